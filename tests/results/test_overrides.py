"""Overrides as names and typed cells, compared with what Hydra's own parser makes of them."""

from __future__ import annotations

import math

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from sinefit.results.overrides import parse_override

TYPED = [
    "model.hidden_size=8",
    "optimizer.lr=0.01",
    "optimizer.lr=1e-3",
    "x=1E5",
    "x=.5",
    "x=5.",
    "x=-3",
    "x=+3",
    "x=007",
    "x=1_000",
    "x=inf",
    "x=-inf",
    "x=true",
    "x=False",
    "x=null",
    "optimizer=adam",
    "x=12a",
    "x=2026-11-23",
    "x=a/b/c",
    "x='8'",
    "x='a, b'",
    'x="it\'s"',
    r"x='it\'s'",
    r"x='end\\'",
    r"x=a\,b",
    "x='true'",
    "x=''",
    "x='" + "long " * 60 + "'",
]


@pytest.mark.parametrize("text", TYPED)
def test_values_are_typed_as_by_hydra(text: str) -> None:
    """A value has the type and the value that Hydra's parser gives it."""
    expected = OverridesParser.create().parse_override(text)
    value = expected.value()
    key, cell = parse_override(text)
    assert key == expected.get_key_element().lstrip("+")
    assert (cell, type(cell)) == (value, type(value))


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=30), st.sampled_from("'\""))
def test_quoted_text_comes_back(text: str, quote: str) -> None:
    """Whatever stands in quotes is read as Hydra reads it."""
    escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    override = f"x={quote}{escaped}{quote}"
    value = OverridesParser.create().parse_override(override).value()
    assert parse_override(override) == ("x", str(value))


@pytest.mark.parametrize(
    ("text", "column", "cell"),
    [
        ("+trainer.extra=1", "trainer.extra", 1),
        ("++optimizer.lr=2", "optimizer.lr", 2),
        ("~scheduler", "scheduler", "deleted"),
        ("~scheduler=step", "scheduler", "deleted"),
        ("widths=[8,16]", "widths", "[8,16]"),
        ("extra={a:1,b:'x=y'}", "extra", "{a:1,b:'x=y'}"),
        ("x=", "x", ""),
        ("x=a=b", "x", "a=b"),
        ("seed=99999999999999999999", "seed", "99999999999999999999"),
    ],
)
def test_prefixes_lists_and_odd_values(text: str, column: str, cell: object) -> None:
    """Prefixes leave the name, deletions say so, lists and numbers beyond 64 bits stay text."""
    assert parse_override(text) == (column, cell)


def test_nan_is_a_number() -> None:
    """A setting of nan is the float."""
    assert math.isnan(float(str(parse_override("x=nan")[1])))
