"""A user's program is checked by mypy in its strict mode against the package as it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
GOOD = """
import numpy as np
import pandas as pd
import sinefit
from sinefit.core.experiment import Experiment
from sinefit.core.fused import run_many

run: sinefit.Run = sinefit.run("optimizer=adam", {"model.hidden_size": 8}, seed=3)
sweep: sinefit.Sweep = sinefit.sweep({"seed": range(10)}, "trainer.max_epochs=10", optimizer=["adam", "sgd"])
table: pd.DataFrame = sweep.table
best: sinefit.Run = sweep.best(by_median=True)
summary: pd.DataFrame = sweep.summary(by="optimizer")
sentence: str = sweep.compare("optimizer").conclusion
fitted: sinefit.Run = sinefit.fit(np.zeros((4, 2)), np.zeros(4), record=False)
fits: sinefit.Sweep = sinefit.fit(table, "rmse", grid={"seed": [1, 2]})
sweep.plot("curves", by=["optimizer"]).save("curves.png")
loaded = sinefit.load(run.folder)


def train(experiments: list[Experiment]) -> list[float]:
    return [outcome.history[-1].train_loss for outcome in run_many(experiments)]
"""
BAD = """
import sinefit

run: sinefit.Sweep = sinefit.run(3)
sinefit.sweep("seed=1").plot(kind=3)
"""


def check(path: Path, text: str) -> str:
    """What mypy says of a program."""
    path.write_text(text)
    words = [
        "--strict",
        "--cache-dir",
        str(PROJECT / ".mypy_cache"),
        "--config-file",
        str(PROJECT / "pyproject.toml"),
    ]
    return subprocess.run(
        [sys.executable, "-m", "mypy", *words, str(path)], capture_output=True, text=True, check=False
    ).stdout


def test_a_program_is_typed(tmp_path: Path) -> None:
    """Everything that the pages show has its types; wrong arguments and results are found."""
    assert "Success" in check(tmp_path / "good.py", GOOD)
    found = check(tmp_path / "bad.py", BAD)
    assert 'Argument 1 to "run" has incompatible type "int"' in found
    assert 'expression has type "Run", variable has type "Sweep"' in found
    assert 'Argument "kind" to "plot" of "Sweep" has incompatible type "int"' in found
