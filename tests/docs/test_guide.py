"""The guide: its code runs and prints what is shown, in both languages alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shown_code import blocks_of, check_page, is_same_line, is_same_number

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = [DOCS / "guide.md", DOCS / "guide.zh.md"]
EXPERIMENTS = [DOCS / "experiments.md", DOCS / "experiments.zh.md"]


def test_numbers_are_compared_as_the_guide_says() -> None:
    """One percent or a unit of the last digit is let pass; whole numbers and words are not."""
    assert is_same_line("rmse  0.0853, 12 jobs, 4.52e-05", "rmse  0.08529,  12 jobs, 4.55e-05")
    assert not is_same_line("rmse 0.0853", "rmse 0.0870")
    assert not is_same_line("12 jobs", "13 jobs")
    assert not is_same_line("rmse 0.0853", "mse 0.0853")
    assert is_same_number("-0.3", "-0.4")
    assert not is_same_number("-0.3", "-0.5")


def test_every_block_runs_and_prints_what_is_shown(folder: Path) -> None:
    """Python prints what is shown, commands the lines shown; all in order, in one folder and one session."""
    check_page(GUIDES[0])
    for name in ("model.pt", "curves.png", "report.html", "f_principle.png"):
        assert (folder / name).stat().st_size > 1000


def test_both_languages_hold_the_same() -> None:
    """The same blocks and outputs, the same pictures, as many chapters."""
    english, chinese = (guide.read_text(encoding="utf-8") for guide in GUIDES)
    assert blocks_of(GUIDES[0]) == blocks_of(GUIDES[1])
    for pattern in (r"\]\((pictures/[^)]+)\)", r"^(#+) \d*", r"^(\|) "):
        found = re.findall(pattern, english, re.MULTILINE)
        assert found
        assert found == re.findall(pattern, chinese, re.MULTILINE)


def test_the_experiments_hold_the_same() -> None:
    """Commands, pictures, sources and the numbers of every row of a table, in the same order."""
    english, chinese = (page.read_text(encoding="utf-8") for page in EXPERIMENTS)
    for pattern in (r"^    (sinefit.+)", r"\]\(([^)]+\.png)\)", r"(arxiv.org/[^)]+)\)", r"^(#+) "):
        found = re.findall(pattern, english, re.MULTILINE)
        assert len(found) >= 7
        assert found == re.findall(pattern, chinese, re.MULTILINE)
    numbers = [re.findall(r"(?<=\| )[\d.,e-]+(?= \|)", page) for page in (english, chinese)]
    assert len(numbers[0]) > 50
    assert numbers[0] == numbers[1]


def test_the_guide_says_of_the_experiments_what_their_page_says() -> None:
    """Name, number of runs and time of each."""
    for guide, page in zip(GUIDES, EXPERIMENTS, strict=True):
        told, known = (
            re.findall(r"^\| (`\w+` \| \d+ \| [^|]+) \|", path.read_text(encoding="utf-8"), re.MULTILINE)
            for path in (guide, page)
        )
        assert len(known) == 7
        assert told == known


@pytest.mark.parametrize("guide", GUIDES + EXPERIMENTS, ids=lambda path: path.name)
def test_links_and_pictures(guide: Path) -> None:
    """What is linked exists, pictures are small and say what they show."""
    prose = re.sub(r"^```.*?^```$", "", guide.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"(!?)\[([^\]]+)\]\(([^)]+)\)", prose)
    assert links
    for mark, text, target in links:
        if target.startswith("https://"):
            continue
        file = guide.parent / target
        assert file.exists(), target
        if mark:
            assert file.stat().st_size < 150_000
            assert len(text) > 10
