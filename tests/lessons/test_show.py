"""The command ``sinefit gradients``, as it is typed."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from processes import start_process
from torch import nn

from sinefit.run import config_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]


def test_as_a_process(folder: Path) -> None:
    """It ends well, writes no file, and shows all lessons with what torch refuses."""
    process = start_process("gradients", "model=siren", "optimizer=lbfgs", cwd=folder)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    assert len(re.findall(r"^\d\. ", out, re.MULTILINE)) == 9
    assert out.count("RuntimeError") == 4
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("columns", [50, 80, 120])
@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("model=siren", "loss=sobolev"),
        ("model=fourier", "loss=huber"),
        ("loss=ode", "model.activation=tanh"),
        ("data.batch_size=1", "dtype=float64"),
    ],
    ids=" ".join,
)
def test_fits_the_terminal(
    sinefit: Command,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    settings: tuple[str, ...],
) -> None:
    """No line is wider than the terminal; names, shapes and notes stay whole, from 80 columns on all rows."""
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, err = sinefit("gradients", *settings)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= columns
    assert {"tensor", "shape", "is_leaf", "requires_grad", "grad_fn"} <= set(out.split())
    graph = out.partition("\n2. ")[0]
    assert re.search(r"^ *prediction +\(\d+, 1\) +no +yes\b", graph, re.MULTILINE)
    assert re.search(r"^ *loss .*\w+Backward0 *$", graph, re.MULTILINE)
    if columns >= 80:
        assert re.search(r"^ *loss +\(\) +no +yes +\w+Backward0 *$", out, re.MULTILINE)
    assert list(folder.iterdir()) == []


def test_numbers_are_lengths(sinefit: Command, folder: Path) -> None:
    """The gradient of two levels under a mean squared error is printed as its Euclidean length."""
    (folder / "model").mkdir()
    (folder / "model" / "level.yaml").write_text("_target_: test_show.Level")
    settings = ("model=level", "data.num_points=2", "data.batch_size=2")
    _, out, _ = sinefit("gradients", "--config-dir", str(folder), *settings)
    # sin(-2 pi) = sin(2 pi) = 0, the prediction is 3 + 4: the derivative by each level is 2 (7 - 0).
    (length,) = re.findall(r"^ *levels +None +([\d.]+) *$", out, re.MULTILINE)
    assert length == f"{math.hypot(14, 14):.4g}"


class Level(nn.Module):
    """The same prediction everywhere: the sum of two levels."""

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.Parameter(torch.tensor([3.0, 4.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 1) to (N, 1)."""
        return self.levels.sum().expand(len(x), 1)


def test_choices_of_ones_own(sinefit: Command, folder: Path) -> None:
    """A config folder of a hostile name is read."""
    (folder / "model").mkdir()
    shutil.copy(config_folder() / "model" / "siren.yaml", folder / "model" / "mine.yaml")
    code, out, _ = sinefit("gradients", "--config-dir", str(folder), "model=mine")
    assert code == 0
    assert "Sine 1" in out


def test_what_the_readme_shows(sinefit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line that the README shows of it is printed, in that order."""
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = sinefit("gradients", "+experiment=seed")
    printed = iter([line.rstrip() for line in out.splitlines()])
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## What backward() and autograd.grad() do\n")[2].partition("\n## ")[0]
    shown = [line for line in re.findall(r"^    (.+)", section, re.MULTILINE) if "scripts/run" not in line]
    assert len(shown) > 15
    assert all(line in printed for line in shown)


def test_completion(sinefit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `gradients` settings are completed as they are without it."""
    monkeypatch.setenv("COMP_LINE", "sinefit gradients model=")
    _, out, _ = sinefit("-sc", "query=bash")
    assert {"model=mlp", "model=siren", "model=fourier"} <= set(out.split())
