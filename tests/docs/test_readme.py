"""The README's commands compose, and its Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sinefit.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Callable

    from omegaconf import DictConfig

    Command = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).parents[2]
AGAIN = {"resume", "resume.failed", "rerun"}
SWEPT = re.compile(r"(=[^,\[(]*),[^\]]*$")  # of values with commas, the first
RANGE = re.compile(r"range\([^)]*\)$")
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for line in README.splitlines()
    if line.startswith(("    scripts/run", "    sinefit ")) and "$" not in line
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_commands_compose(compose: Callable[..., DictConfig], arguments: list[str]) -> None:
    """Every command shown names settings that exist."""
    words = [word for word in arguments if "=" in word and word.split("=")[0] not in AGAIN]
    assert compose(*[RANGE.sub("0", SWEPT.sub(r"\1", word)) for word in words])


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
    ):
        app([command, "--help"], standalone_mode=False)
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert shown <= known
