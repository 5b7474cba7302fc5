"""The page on scikit-learn: its examples run and print what is shown; its table has every parameter."""

from __future__ import annotations

from pathlib import Path

from shown_code import blocks_of, run_python

from sinefit.sklearn import Regressor

PAGE = Path(__file__).parents[2] / "docs" / "scikit-learn.md"


def test_every_block_prints_what_is_shown(folder: Path) -> None:
    """In one session; nothing is left on disk."""
    namespace: dict[str, object] = {}
    for block in blocks_of(PAGE):
        assert run_python(block.code, namespace) == block.shown
    assert not list(folder.iterdir())


def test_every_parameter_is_in_the_table() -> None:
    """With the default that it has."""
    text = PAGE.read_text(encoding="utf-8")
    for name, value in Regressor().get_params().items():
        shown = f'"{value}"' if isinstance(value, str) else value
        assert name == "target_loss" or f"`{name}={shown}`" in text
