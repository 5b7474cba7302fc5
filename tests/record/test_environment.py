"""What a record says of where its run was trained."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import sinefit
from sinefit.record.environment import describe_environment


def git(*words: str) -> str:
    """What git prints in the working directory."""
    name = ("-c", "user.name=x", "-c", "user.email=x@y")
    done = subprocess.run(["git", *name, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_commit_is_that_of_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With whether files were changed; None in a folder of no repository."""
    assert describe_environment()["git_commit"] is None
    for name, text, is_dirty in (("clean", "x = 1\n", False), ("changed", "x = 2\n", True)):
        (folder / name).mkdir()
        monkeypatch.chdir(folder / name)
        git("init", "--quiet")
        Path("model.py").write_text("x = 1\n")
        git("add", "model.py")
        git("commit", "--quiet", "-m", name)
        Path("model.py").write_text(text)
        environment = describe_environment()
        assert environment["git_commit"] == git("rev-parse", "HEAD")
        assert environment["git_dirty"] is is_dirty


def test_a_repository_runs_nothing(folder: Path) -> None:
    """A program that its settings name for watching files is not started."""
    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "-m", "x")
    git("config", "core.fsmonitor", "touch ran; false")
    assert len(describe_environment()["git_commit"]) == 40
    assert not (folder / "ran").exists()


def test_a_deleted_working_directory_has_no_commit(folder: Path) -> None:
    """There is no folder of which git could be asked."""
    folder.rmdir()
    assert describe_environment()["git_commit"] is None


def test_a_checkout_of_sinefit_is_named_besides(folder: Path) -> None:
    """Whatever repository a run is started in, the commit of the code of a checkout is known."""
    checkout = Path(sinefit.__file__).resolve().parents[1]
    if not (checkout / ".git").exists():
        pytest.skip("sinefit is installed, not checked out")
    assert folder.exists()
    assert describe_environment()["sinefit_commit"].startswith(git("-C", str(checkout), "rev-parse", "HEAD"))
