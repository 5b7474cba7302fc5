"""The API page: its example runs on the sweep that it names, and prints what stands below."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from shown_code import blocks_of, is_same_line, run_python

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_example_prints_what_is_shown(sinefit: Callable[..., tuple[int, str, str]], folder: Path) -> None:
    """From a sweep to its best network."""
    (command,) = re.findall(r"`sinefit (-m .*?)`", PAGE.read_text(encoding="utf-8"))
    assert sinefit(*shlex.split(command))[0] == 0
    assert (folder / "outputs" / "sweeps" / "example").is_dir()
    (block,) = blocks_of(PAGE)
    printed = run_python(block.code, {}).splitlines()
    assert len(printed) == len(block.shown.splitlines())
    assert all(map(is_same_line, block.shown.splitlines(), printed)), printed
