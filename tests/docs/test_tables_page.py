"""The page on tables of one's own: its commands and its Python run, in both languages alike."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from shown_code import blocks_of, check_page

from sinefit.core.data.files.kinds import MOST_LEVELS
from sinefit.core.data.table.split import KINDS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "tables.md", DOCS / "tables.zh.md"]


def test_every_block_of_the_page_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one folder and one session, with the table that the project ships; the files shown are written."""
    shutil.copytree(DOCS / "tables", folder / "docs" / "tables")
    monkeypatch.syspath_prepend(folder)
    check_page(PAGES[0])
    assert sys.modules.pop("pears").__file__ == str(folder / "pears.py")
    for name in ("pears.sinefit", "pears.onnx", "pears.pt2", "predicted.csv"):
        assert (folder / name).stat().st_size > 100


def test_both_languages_of_the_page_hold_the_same() -> None:
    """The same blocks and outputs, pictures, chapters and rows of tables."""
    english, chinese = (page.read_text(encoding="utf-8") for page in PAGES)
    assert blocks_of(PAGES[0]) == blocks_of(PAGES[1])
    for pattern in (r"\]\((pictures/[^)]+)\)", r"^(#+) \d*", r"^(\| `\w+`|\|)", r"^(- )"):
        found = re.findall(pattern, english, re.MULTILINE)
        assert found
        assert found == re.findall(pattern, chinese, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_page_names_every_split_and_the_size_of_a_category(page: Path) -> None:
    """What it says of settings follows the program."""
    text = page.read_text(encoding="utf-8")
    assert [*re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)] == [kind for kind in KINDS if kind != "auto"]
    assert f" {MOST_LEVELS} " in text


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_of_the_page(page: Path) -> None:
    """What is linked exists, and the guide of the same language links back."""
    targets = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert all((DOCS / target).exists() for target in targets)
    guide = page.name.replace("tables", "guide")
    assert guide in targets
    assert f"]({page.name})" in (DOCS / guide).read_text(encoding="utf-8")
