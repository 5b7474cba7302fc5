"""The guide: its code runs and prints what is shown, in both languages alike."""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = [DOCS / "guide.md", DOCS / "guide.zh.md"]
EXPERIMENTS = [DOCS / "experiments.md", DOCS / "experiments.zh.md"]
TOLERANCE = 0.01
"""By how much numbers of training differ between processors, whose sums are rounded otherwise, relatively."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
COMMANDS = {"scripts/run": "sinefit.run", "sinefit-results": "sinefit.cli"}


class Block(NamedTuple):
    """Code of the guide: its language, and what is shown below it."""

    language: str
    code: str
    shown: str


def blocks_of(guide: Path) -> list[Block]:
    """All blocks of code, in order."""
    fences = re.findall(r"^```(\w+)\n(.*?)^```$", guide.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    found = []
    for place, (language, code) in enumerate(fences):
        following = fences[place + 1] if place + 1 < len(fences) else ("", "")
        if language != "text":
            found.append(Block(language, code, following[1] if following[0] == "text" else ""))
    return found


def run_python(code: str, namespace: dict[str, object]) -> str:
    """What a block of Python prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "guide.md", "exec"), namespace)  # noqa: S102 - the project's own text
    return out.getvalue()


def run_shell(code: str) -> str:
    """What commands print, each as a process of its own; a command that is meant to fail prints why."""
    said = ""
    for line in code.splitlines():
        name, *arguments = shlex.split(line)
        process = subprocess.run(
            [sys.executable, "-m", COMMANDS[name], *arguments],
            env=os.environ | {"COLUMNS": "80"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in process.stderr
        assert process.returncode == (1 if process.stderr.startswith("sinefit: ") else 0), process.stderr
        said += process.stdout + process.stderr
    return said


def without_times(text: str) -> list[str]:
    """The lines, times replaced and ends trimmed; times differ from machine to machine."""
    text = re.sub(r"[\d.,]+ (s|ms|seconds|MB|GB)\b", "TIME", text)
    return [line.rstrip() for line in text.splitlines() if line.strip() and line.strip() != "..."]


def is_same_line(shown: str, printed: str) -> bool:
    """Equal words and whole numbers; others within the tolerance and a unit of the last shown digit."""
    if NUMBER.sub("#", shown).split() != NUMBER.sub("#", printed).split():
        return False
    return all(map(is_same_number, NUMBER.findall(shown), NUMBER.findall(printed)))


def is_same_number(shown: str, printed: str) -> bool:
    """Whether a shown number is a printed one, on another processor."""
    digits = re.fullmatch(r"-?\d+\.?(\d*)(?:e([-+]\d+))?", shown)
    if digits is None or not (digits[1] or digits[2]):
        return shown == printed
    unit = 10.0 ** (int(digits[2] or 0) - len(digits[1]))
    return math.isclose(float(shown), float(printed), rel_tol=TOLERANCE, abs_tol=1.01 * unit)


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
    namespace: dict[str, object] = {}
    blocks = blocks_of(GUIDES[0])
    assert {block.language for block in blocks} == {"python", "sh"}
    for block in blocks:
        if block.language == "python":
            printed = run_python(block.code, namespace).splitlines()
            assert len(printed) == len(block.shown.splitlines()), printed
            assert all(map(is_same_line, block.shown.splitlines(), printed)), printed
        else:
            lines = iter(without_times(run_shell(block.code)))
            missing = [
                shown
                for shown in without_times(block.shown)
                if not any(is_same_line(shown, line) for line in lines)
            ]
            assert not missing, block.code
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
