"""Tab completion in real shells, and the files that it is installed into."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

from sinefit.settings.shells import SHELLS

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

SECONDS = 60
RC = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/completions/sinefit.fish"}
START = {"bash": ["bash", "-i"], "zsh": ["zsh", "-i"], "fish": ["fish", "-i"]}


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without files, in which no shell is known."""
    monkeypatch.setenv("HOME", str(folder))
    for name in ("ZDOTDIR", "XDG_CONFIG_HOME", "SHELL"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_completes(sinefit: Command, home: Path, shell: str) -> None:
    """A choice, a key, behind -m too, a command of sinefit-results: what Tab adds to the line."""
    assert sinefit("--install-completion", shell)[0] == 0
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"HOME": str(home), "PATH": path, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    child = pexpect.spawn(
        START[shell][0],
        START[shell][1:],
        cwd=str(home),
        env=environment,
        encoding="utf-8",
        timeout=SECONDS,
        dimensions=(24, 200),
    )
    try:
        child.sendline("echo rea''dy")
        child.expect("ready")
        for typed, added in (
            ("sinefit optimizer=adag", "rad"),
            ("sinefit -m model.num_hid", "den_layers="),
            ("sinefit-results summ", "ary"),
        ):
            child.send(f"{typed}\t")
            # fish writes the whole word anew, the others what they add to it
            child.expect(typed.rpartition(" ")[2] + added if shell == "fish" else added)
            child.send("\x15")  # Ctrl-U: an empty line again
    finally:
        child.close(force=True)


@pytest.mark.parametrize("shell", SHELLS)
def test_taken_back_the_file_is_what_it_was(sinefit: Command, home: Path, shell: str) -> None:
    """Installed twice it stands there once; removed, every other byte is there, also behind a link."""
    file = home / RC[shell]
    file.parent.mkdir(parents=True, exist_ok=True)
    before = b"" if shell == "fish" else b"export A=1\n# \xff no end of line"
    if before:
        (home / "dotfiles").write_bytes(before)
        (home / "dotfiles").chmod(0o600)
        file.symlink_to(home / "dotfiles")
    code, out, err = sinefit("--install-completion", shell)
    assert (code, err) == (0, "")
    assert f"written to {file}" in out
    once = file.read_bytes()
    assert once.startswith(before)
    assert sinefit(f"--install-completion={shell}")[1] == f"the completion for {shell} was there already\n"
    assert file.read_bytes() == once
    assert sinefit("--remove-completion", shell)[1].startswith(f"removed from {file}")
    assert (file.read_bytes() if before else b"") == before
    assert file.is_symlink() == bool(before)
    assert not before or (home / "dotfiles").stat().st_mode & 0o777 == 0o600
    assert sinefit("--remove-completion", shell)[1] == f"there was no completion of sinefit for {shell}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--install-completion", "tcsh"), "must name one of bash, zsh, fish, got 'tcsh'"),
        (("--install-completion", "bash", "zsh"), "takes one word, got bash zsh"),
        (("--remove-completion=",), "must name one of bash, zsh, fish, got ''"),
    ],
)
def test_other_shells_are_refused(sinefit: Command, home: Path, words: tuple[str, ...], message: str) -> None:
    """The message names the shells that there are; nothing is written."""
    code, _, err = sinefit(*words)
    assert code == 1
    assert message in err
    assert not list(home.iterdir())


def test_a_file_of_somebody_elses_stays(sinefit: Command, home: Path) -> None:
    """In fish a command has one file: what is there already is not overwritten."""
    file = home / RC["fish"]
    file.parent.mkdir(parents=True)
    file.write_text("complete -c sinefit -a mine\n")
    code, _, err = sinefit("--install-completion", "fish")
    assert code == 1
    assert "sinefit.fish holds something else than the completion of sinefit" in err
    assert file.read_text() == "complete -c sinefit -a mine\n"
