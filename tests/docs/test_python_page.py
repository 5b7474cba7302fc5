"""The page on Python: its examples run, in one session and an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

from shown_code import blocks_of, run_python

import sinefit

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_examples_run(folder: Path) -> None:
    """All blocks one after the other, and the files that they write are there."""
    namespace: dict[str, object] = {}
    for block in blocks_of(PAGE):
        run_python(block.code, namespace)
    written = {path.name for path in folder.iterdir()}
    assert written == {"curves.png", "report.html", "outputs"}


def test_every_call_is_explained() -> None:
    """What the page calls is public, and the page links what exists."""
    text = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"sinefit\.(\w+)", text)) <= set(sinefit.__all__)
    assert {"run", "sweep", "fit", "load", "SinefitError"} <= set(re.findall(r"sinefit\.(\w+)", text))
