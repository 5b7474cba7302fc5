"""Standard output that is full, closed or ASCII: nothing that was trained is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RUN = ("trainer=quick", "data.num_points=40", "picture=false", "hydra.run.dir='ü 漢'")


def call_shell(folder: Path, redirection: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Train a run with its output redirected."""
    words = " ".join(f'"{word}"' for word in RUN)
    command = f"{sys.executable} -m sinefit.run {words} {redirection}"
    return subprocess.run(  # noqa: S602 - redirections are the shell's
        command,
        shell=True,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [
        (">/dev/full", 1, "what was printed is not complete: No space left on device; what was to be saved"),
        (">&-", 0, ""),
        ("| true", 0, ""),
    ],
)
def test_output_that_cannot_be_written(folder: Path, redirection: str, code: int, said: str) -> None:
    """The run is trained and recorded; only a full disk is told."""
    done = call_shell(folder, redirection)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert bool(done.stderr) == bool(said)
    assert RunFolder(folder / "ü 漢").read_result().status == "completed"


def test_a_terminal_of_ascii_and_no_columns(folder: Path) -> None:
    """Other letters are shown as their codes."""
    done = call_shell(folder, "", PYTHONIOENCODING="ascii", COLUMNS="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "saved in \\xfc \\u6f22" in done.stdout


def test_a_deleted_working_directory(
    sinefit: Callable[..., tuple[int, str, str]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message instead of a traceback."""
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    (folder / "gone").rmdir()
    code, _, err = sinefit(*RUN)
    monkeypatch.chdir(folder)
    assert (code, err) == (
        1,
        "sinefit: the working directory has been deleted; type cd and the name of another\n",
    )
