"""The page on trackers: its commands run, and say what is shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from shown_code import blocks_of, check_page

from sinefit.trackers.curves import HISTORY
from sinefit.trackers.ending import STATES
from sinefit.trackers.mlflow_run import LONGEST_PARAMETER, LONGEST_TAG

if TYPE_CHECKING:
    import pytest

PAGE = Path(__file__).parents[2] / "docs" / "trackers.md"


def test_the_commands_of_the_page_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one folder, one after the other; each says the lines that are shown below."""
    del folder
    monkeypatch.setenv("DO_NOT_TRACK", "true")
    assert len(blocks_of(PAGE)) == 3
    check_page(PAGE)


def test_the_page_says_what_the_program_does() -> None:
    """States, limits and the number of points are the program's."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z, ]+) \| ([A-Z]+) \|", text, re.MULTILINE)
    assert {word: state for words, state in rows for word in words.split(", ")} == STATES
    assert f"parameters of\n{LONGEST_PARAMETER:,} and tags of {LONGEST_TAG:,} letters" in text
    assert f"{HISTORY} at most if not given" in text
