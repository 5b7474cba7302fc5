"""The launcher's plain values of a job's config are those that OmegaConf resolves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hydra_plugins.sinefit_fused._plain import PlainValues
from omegaconf import OmegaConf

if TYPE_CHECKING:
    from collections.abc import Sequence

Places = list[tuple[str, ...]]

FOLLOWED: dict[str, tuple[dict[str, Any], Places, Sequence[Any]]] = {
    "nothing to resolve": ({"a": {"b": 1}, "c": [1, {"d": None}]}, [("a", "b")], [2.5]),
    "a reference to a swept value": ({"a": {"b": 1}, "c": "${a.b}"}, [("a", "b")], [7]),
    "a reference in a list": ({"a": 1, "c": ["x", "${a}"]}, [("a",)], [True]),
    "a swept reference's place": ({"a": 1, "c": "${a}"}, [("c",)], ["typed"]),
    "lists and mappings as values": ({"a": 1, "b": 2}, [("a",), ("b",)], [[1, 2], {"x": "y"}]),
    "texts of other scripts": ({"a": "正弦", "b": "${a}"}, [], []),
}


@pytest.mark.parametrize(("contents", "places", "values"), FOLLOWED.values(), ids=FOLLOWED)
def test_plain_values_are_omegaconfs(contents: dict[str, Any], places: Places, values: Sequence[Any]) -> None:
    """With values set at some places, and references followed."""
    config = OmegaConf.create(contents)
    for place, value in zip(places, values, strict=True):
        OmegaConf.update(config, ".".join(place), value, merge=False)
    assert PlainValues(contents, places).render(values) == OmegaConf.to_container(config, resolve=True)


LEFT: dict[str, tuple[dict[str, Any], Places, Sequence[Any]]] = {
    "a reference to a reference": ({"a": "${b}", "b": "${c}", "c": 1}, [], []),
    "a reference within a text": ({"a": 1, "b": "run ${a}"}, [], []),
    "a resolver": ({"a": "${oc.env:HOME}"}, [], []),
    "a relative reference": ({"a": {"x": 1, "y": "${.x}"}}, [], []),
    "a reference to a mapping": ({"a": {"x": 1}, "b": "${a}"}, [], []),
    "a reference to nothing": ({"b": "${a}"}, [], []),
    "a reference to a missing value": ({"a": "???", "b": "${a}"}, [], []),
    "a value that refers": ({"a": 1, "b": 2}, [("b",)], ["${a}"]),
    "a value that refers from within": ({"a": 1, "b": 2}, [("b",)], [["${a}"]]),
    "an escaped dollar": ({"a": r"\${b}"}, [], []),
    "Hydra's own node": ({"a": "${hydra:job.num}"}, [], []),
}


@pytest.mark.parametrize(("contents", "places", "values"), LEFT.values(), ids=LEFT)
def test_what_is_not_evident_is_left_to_omegaconf(
    contents: dict[str, Any], places: Places, values: Sequence[Any]
) -> None:
    """None then, never a guess."""
    assert PlainValues(contents, places).render(values) is None


def test_jobs_share_nothing() -> None:
    """A job that changes its values changes nobody else's."""
    values, typed = PlainValues({"a": [1], "b": 2}, [("b",)]), [{"x": 1}]
    first = values.render([typed])
    assert first is not None
    first["a"].append(2)
    first["b"][0]["x"] = 2
    assert values.render([typed]) == {"a": [1], "b": [{"x": 1}]}
