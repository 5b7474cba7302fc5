"""The page on the launcher: its files and commands do what it says, in a folder without sinefit."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PAGE = (Path(__file__).parents[2] / "docs" / "launcher.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line) for line in PAGE.splitlines() if line.startswith("    python ")]
TUTORIAL, DRAWN, CHOSEN, TOGETHER, DRY = range(5)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the page shows, in a folder."""
    folder = tmp_path_factory.mktemp("app of 'one's own'")
    for name, text in re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def run(written: Path, number: int) -> tuple[str, list[dict[str, object]]]:
    """What a command of the page prints, and the configs of its jobs."""
    words = COMMANDS[number]
    done = subprocess.run(
        [sys.executable, *words[1:], f"hydra.sweep.dir=swept{number}"],
        cwd=written,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    saved = sorted((written / f"swept{number}").glob("*/.hydra/config.yaml"), key=lambda p: int(p.parts[-3]))
    return done.stdout, [yaml.safe_load(path.read_text()) for path in saved]


@pytest.mark.parametrize("number", [TUTORIAL, CHOSEN])
def test_the_tutorials_app_is_swept(written: Path, number: int) -> None:
    """Both databases are printed, and each job's config is saved."""
    printed, configs = run(written, number)
    assert [each["db"]["driver"] for each in configs] == ["mysql", "postgresql"]  # type: ignore[index]
    assert "password: drowssap" in printed
    assert "password: secret" in printed


def test_the_tutorials_app_is_searched(written: Path) -> None:
    """Eight whole numbers are drawn from the range."""
    _, configs = run(written, DRAWN)
    drawn = [each["db"]["timeout"] for each in configs]  # type: ignore[index]
    assert len(drawn) == 8
    assert all(isinstance(each, int) and 1 <= each <= 1000 for each in drawn)


def test_a_batched_task_is_called_once(written: Path) -> None:
    """Its jobs are numbered and have folders; a dry run writes nothing."""
    printed, configs = run(written, TOGETHER)
    assert [line for line in printed.splitlines() if line[:1].isdigit()] == ["0 0 1", "1 1 4", "2 2 9"]
    assert len(configs) == 3
    printed, configs = run(written, DRY)
    assert "2 2 9" in printed
    assert not configs


def test_every_command_is_tried() -> None:
    """No command of the page is left out here."""
    assert len(COMMANDS) == DRY + 1
