"""All messages of the product, against `messages.json`; ``tests/support/messages.py`` writes it anew."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import messages
import pytest

if TYPE_CHECKING:
    from pathlib import Path

EXPECTED: dict[str, dict[str, list[str]]] = json.loads(messages.FILE.read_text(encoding="utf-8"))
COMMANDS = list(messages.list_commands())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the commands are typed."""
    folder = tmp_path_factory.mktemp("messages")
    messages.make_place(folder)
    return folder


@pytest.mark.parametrize(("chapter", "command", "is_computed"), COMMANDS, ids=[each[1] for each in COMMANDS])
def test_a_command_says_what_it_said(place: Path, chapter: str, command: str, *, is_computed: bool) -> None:
    """The same words and exit code, no traceback; a mistake leaves no file and changes none."""
    before = list_files(place)
    said = messages.tell(command, place, is_computed=is_computed)
    assert said == EXPECTED[chapter][command]
    if said[0] == "exit code 1" and not chapter.startswith("sinefit-results") and " -m " not in command:
        assert list_files(place) == before


def list_files(folder: Path) -> set[tuple[Path, int]]:
    """Every file and folder, with the time of its last change."""
    return {(path, path.lstat().st_mtime_ns) for path in folder.rglob("*")}


def test_the_page_is_whole() -> None:
    """It holds these commands and no others, and nobody sees a traceback."""
    assert [(chapter, command) for chapter, lines in EXPECTED.items() for command in lines] == [
        (chapter, command) for chapter, command, _ in COMMANDS
    ]
    text = messages.FILE.read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert "a traceback" not in text
