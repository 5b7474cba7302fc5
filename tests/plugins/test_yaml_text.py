"""The joined YAML texts are those of OmegaConf, byte for byte."""

from __future__ import annotations

from typing import Any

from hydra_plugins.sinefit_fused._yaml_text import YamlText, entry_text, list_text
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text().filter(lambda text: "$" not in text and "\\" not in text and text.isprintable()),
    st.from_regex(r"\A[+~]{0,2}[a-z_.]{1,9}=[A-Za-z0-9_.+\-]{0,9}\Z"),
    st.from_regex(r"\A/?[0-9a-f_.:+\-]{1,9}\Z"),
    st.sampled_from(
        [
            "",
            "???",
            "null",
            "NULL",
            "~",
            "Yes",
            "off",
            "1_0",
            "0x1",
            ".inf",
            "1e5",
            "12:30",
            "=",
            "<<",
            "a: b",
        ]
    ),
)
KEYS = st.one_of(
    st.sampled_from(["lr", "on", "null", "a b", "k" * 200, "1", "ü", "y"]), st.text("abc_-", min_size=1)
)
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=4), st.dictionaries(st.text("xyz", min_size=1), SCALARS)
)


@settings(max_examples=400, deadline=None)
@given(KEYS, VALUES, st.integers(0, 3))
def test_entry_is_written_as_by_omegaconf(key: str, value: Any, depth: int) -> None:
    """An entry at any depth has the lines that it has in the whole text."""
    nested: Any = {key: value}
    for _ in range(depth):
        nested = {"outer": nested}
    whole = OmegaConf.to_yaml(OmegaConf.create(nested))
    assert whole.split("\n", depth)[depth] == entry_text(depth, key, value)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text().filter(lambda text: "$" not in text and "\\" not in text and text.isprintable()), max_size=4
    )
)
def test_list_is_written_as_by_omegaconf(items: list[str]) -> None:
    """A list of strings, as in overrides.yaml, has OmegaConf's lines."""
    assert list_text(items) == OmegaConf.to_yaml(OmegaConf.create(items))


@settings(max_examples=200, deadline=None)
@given(SCALARS, VALUES, VALUES)
def test_places_are_filled_as_if_written_at_once(first: Any, second: Any, third: Any) -> None:
    """A text with other values in its places is the text of the mapping with those values."""
    origin: Any = {"a": 1, "b": {"c": "x", "d": {"e": [1], "f": "y: z"}}, "g": {}}
    text = YamlText(origin, [("b", "d", "e"), ("a",), ("b", "c")])
    other = {"a": second, "b": {"c": third, "d": {"e": first, "f": "y: z"}}, "g": {}}
    assert text.render([first, second, third]) == OmegaConf.to_yaml(OmegaConf.create(other))
    assert origin["a"] == 1
