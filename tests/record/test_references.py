"""References within saved settings are bounded before anybody follows them."""

from __future__ import annotations

from typing import Any

import pytest

from sinefit.record.references import check_references

CHAIN = {f"a{n}": f"${{a{n + 1}}}" for n in range(60)}
BOMBS: dict[str, dict[str, Any]] = {
    "itself": {"a": "${a}"},
    "circle": {"a": {"x": "${b}"}, "b": {"y": "${a}"}},
    "relative circle": {"a": {"x": "${.x}"}},
    "texts": {f"a{n}": f"${{a{n + 1}}}${{a{n + 1}}}" for n in range(40)},
    "nodes": {f"a{n}": {"x": f"${{a{n + 1}}}", "y": f"${{a{n + 1}}}"} for n in range(40)},
    "lists": {f"a{n}": [f"${{a{n + 1}}}", f"${{a{n + 1}}}"] for n in range(40)},
    "relative nodes": {f"a{n}": {"x": f"${{..a{n + 1}}}", "y": f"${{..a{n + 1}}}"} for n in range(40)},
    "chain": CHAIN,
    "long texts": {f"a{n}": "${x:" + "[" * 490 for n in range(100)},
}


@pytest.mark.parametrize("name", BOMBS)
def test_settings_that_stand_for_too_much(name: str) -> None:
    """A few lines that would take hours or gigabytes are refused at once."""
    with pytest.raises(ValueError, match="refers to itself, or to more than any run's settings do"):
        check_references(BOMBS[name])


def test_usual_references() -> None:
    """Those of a run, relative ones, lists, resolvers and references to nothing."""
    check_references(
        {
            "optimizer": {"lr": 0.1, "rates": [1, "${.lr}", "${optimizer.lr}"]},
            "scheduler": {"max_lr": "${optimizer.lr}", "steps": "${trainer.epochs}", "all": "${optimizer}"},
            "trainer": {"epochs": 3, "name": "${oc.env:USER}-${scheduler.max_lr}", "x": "${nope.x}"},
        }
    )
