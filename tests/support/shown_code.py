"""Pages with code: their blocks run in order, and print what stands below them."""

from __future__ import annotations

import contextlib
import io
import math
import re
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from processes import fork_server

if TYPE_CHECKING:
    from processes import ForkServer

TOLERANCE = 0.01
"""By how much numbers of training differ between processors, whose sums are rounded otherwise, relatively."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
COMMANDS = {"scripts/run": "sinefit.run", "sinefit-results": "sinefit.cli"}
MISTAKES = ("sinefit: ", "sinefit-results: ")
"""How the messages of commands that are meant to fail begin."""


class Block(NamedTuple):
    """Code of a page: its language, and what is shown below it."""

    language: str
    code: str
    shown: str


def blocks_of(page: Path) -> list[Block]:
    """All blocks of code, in order."""
    fences = re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
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
        exec(compile(code, "page.md", "exec"), namespace)  # noqa: S102 - the project's own text
    return out.getvalue()


class Shell:
    """Runs commands in this folder, each as a process of its own.

    Args:
        server: starts them.
        logs: a folder for what they print; holds the server's log ``errors``.
    """

    def __init__(self, server: ForkServer, logs: Path) -> None:
        self._server = server
        self._out, self._errors = logs / "out", logs / "errors"

    def run(self, code: str) -> str:
        """What commands print, one a line; a command that is meant to fail prints why."""
        said = ""
        for line in code.splitlines():
            name, *arguments = shlex.split(line)
            before = self._errors.stat().st_size
            self._server.start(*arguments, module=COMMANDS[name], out=self._out)
            exit_code = self._server.exit_code()
            errors = self._errors.read_bytes()[before:].decode()
            assert "Traceback" not in errors
            assert exit_code == (1 if errors.startswith(MISTAKES) else 0), errors
            said += self._out.read_text(encoding="utf-8") + errors
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


def check_page(page: Path) -> None:
    """All blocks run in this folder, in one session; Python prints what is shown, commands the lines shown.

    Args:
        page: its first language; the blocks of the others are the same.
    """
    assert {block.language for block in blocks_of(page)} <= {"python", "sh"}
    with (
        tempfile.TemporaryDirectory() as logs,
        fork_server(cwd=Path.cwd(), log=Path(logs, "errors"), COLUMNS="80") as server,
    ):
        check_blocks(blocks_of(page), Shell(server, Path(logs)))


def check_blocks(blocks: list[Block], shell: Shell) -> None:
    """Run blocks in one session, and compare what they print.

    Args:
        blocks: in their order.
        shell: runs those that are commands.
    """
    namespace: dict[str, object] = {}
    for block in blocks:
        if block.language == "python":
            printed = run_python(block.code, namespace).splitlines()
            assert len(printed) == len(block.shown.splitlines()), printed
            assert all(map(is_same_line, block.shown.splitlines(), printed)), printed
        else:
            lines = iter(without_times(shell.run(block.code)))
            missing = [
                shown
                for shown in without_times(block.shown)
                if not any(is_same_line(shown, line) for line in lines)
            ]
            assert not missing, block.code
