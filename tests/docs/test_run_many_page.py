"""The page on `run_many`: its blocks run in one session, and print what stands below them."""

from __future__ import annotations

from pathlib import Path

from shown_code import blocks_of, is_same_line, run_python

PAGE = Path(__file__).parents[2] / "docs" / "run-many.md"


def test_every_block_prints_what_is_shown(folder: Path) -> None:
    """Nothing but Python stands on the page, and it leaves no file."""
    namespace: dict[str, object] = {}
    for block in blocks_of(PAGE):
        printed, shown = run_python(block.code, namespace).splitlines(), block.shown.splitlines()
        assert block.language == "python"
        assert len(printed) == len(shown) >= int("print(" in block.code), block.code
        assert all(map(is_same_line, shown, printed)), printed
    assert [*folder.iterdir()] == []
