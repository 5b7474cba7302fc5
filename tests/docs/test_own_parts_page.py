"""The page on parts of one's own: its examples train, as files beside the shell."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Command = Callable[..., tuple[int, str, str]]

PAGE = (Path(__file__).parents[2] / "docs" / "own-parts.md").read_text(encoding="utf-8")
CODE = "\n\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [shlex.split(line)[1:] for line in PAGE.splitlines() if line.startswith("    sinefit ")]
CONTRACTS = ("function", "model", "loss", "optimizer", "schedule", "data set")


@pytest.fixture
def mine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the page's code in `mine.py`, beside a file that must not stand for torch."""
    (folder / "mine.py").write_text(CODE)
    (folder / "torch.py").write_text("raise SystemExit")
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield folder
    sys.modules.pop("mine", None)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words)[:30])
def test_an_example_trains(sinefit: Command, mine: Path, words: list[str]) -> None:
    """Each command of the page trains the part that stands above it."""
    code, _, err = sinefit("trainer=quick", "picture=false", "hydra.run.dir=here", *words)
    assert (code, err) == (0, "")
    losses = [row["train_loss"] for row in RunFolder(mine / "here").read_history()]
    assert losses[-1] < losses[0]  # type: ignore[operator]


def test_every_group_has_its_contract() -> None:
    """The page has a heading and a command for each kind of part."""
    assert [*re.findall(r"^## An? (.*)$", PAGE, re.MULTILINE)][: len(CONTRACTS)] == [*CONTRACTS]
    assert len(COMMANDS) == len(CONTRACTS)
