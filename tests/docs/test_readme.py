"""The README's commands compose, and its Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sinefit.cli.main import app
from sinefit.settings.command import read_command
from sinefit.settings.compose import SET_UP, config_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).parents[2]
AGAIN = {"resume", "resume.failed", "rerun"}
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for line in README.splitlines()
    if line.startswith(("    scripts/run", "    sinefit "))
    and "$" not in line
    and line.split()[1] not in SET_UP
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_commands_compose(hydra_restore_singletons: None, arguments: list[str]) -> None:
    """Every command shown names settings that exist, and values that can be swept."""
    del hydra_restore_singletons
    words = [word for word in arguments if word.split("=")[0] not in AGAIN and word != "gradients"]
    command = read_command(words, config_folder())
    assert command.config is not None or "--" in "".join(words)
    assert command.jobs is None or len(command.jobs) > 0


def test_shown_mistake(sinefit: Command, folder: Path) -> None:
    """The messages shown are those that are printed."""
    del folder
    call = re.search(r"\$ scripts/run (.*)\n((?:    .*\n)+)", README)
    assert call is not None
    code, _, err = sinefit(*call.group(1).split())
    assert code == 1
    assert err == "".join(line.removeprefix("    ") + "\n" for line in call.group(2).splitlines())


def test_python_block(sinefit: Command, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The Python shown runs, on a run folder of that name."""
    assert sinefit("trainer=quick", "hydra.run.dir=outputs/runs/example")[0] == 0
    assert (folder / "outputs" / "runs" / "example").is_dir()
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - the project's own text
    assert "tensor" in capsys.readouterr().out


def test_every_choice_is_listed() -> None:
    """The table of groups names every file under conf/."""
    for group in (ROOT / "conf").iterdir():
        if group.is_dir() and group.name != "hydra":
            (row,) = [line for line in README.splitlines() if re.match(rf"\| `\+?{group.name}` \|", line)]
            listed = {name.strip() for name in row.split("|")[2].split(",")}
            assert listed == {path.stem for path in group.glob("[!_]*.yaml")}


def test_result_commands_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option of `sinefit-results` that is shown exists."""
    shown = set(
        re.findall(r"--[a-z-]+", "\n".join(re.findall(r"sinefit-results [^\n`]+(?:\\\n[^\n]+)?", README)))
    )
    for command in (
        "table",
        "best",
        "summary",
        "compare",
        "importance",
        "plot",
        "report",
        "ensemble",
        "predict",
        "export",
        "send",
    ):
        app([command, "--help"], standalone_mode=False)
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert shown <= known
