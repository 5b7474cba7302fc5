"""Which run is the best, and how it is trained again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from sinefit.record.folder import RunFolder
from sinefit.results.best import best_rows, reproducing_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [
    ("sgd", "diverged", 0.01, 0.99),
    ("sgd", "completed", 0.3, 0.7),
    ("sgd", "stopped", 0.2, 0.8),
    ("adam", "diverged", 0.02, 0.98),
    ("lbfgs", "interrupted", 0.05, 0.95),
]


@pytest.mark.parametrize(("metric", "order"), [("rmse", [2, 3, 4]), ("r2", [2, 3, 4])])
def test_runs_without_a_result_rank_below_all_others(metric: str, order: list[int]) -> None:
    """The last finite metric of a diverged run is no result; r2 is best when high."""
    table = pd.DataFrame(ROWS, columns=["optimizer", "status", "rmse", "r2"])
    table.attrs = {"settings": ["optimizer"], "metrics": ["rmse", "r2"]}
    assert best_rows(table, metric).index.tolist() == order[:1]
    best = best_rows(table, metric, ["optimizer"])
    assert best.index.tolist() == order
    assert best.attrs == table.attrs


@pytest.mark.parametrize(
    ("engine", "typed", "command"),
    [
        ("native", [], "sinefit seed=1"),
        ("plain", [], "sinefit seed=1"),
        ("compiled", [], "sinefit seed=1 engine=compiled"),
        ("eager", [], "sinefit seed=1 engine=eager"),
        ("eager", ["engine=eager"], "sinefit seed=1 engine=eager"),
        ("plain", ["+engine=plain"], "sinefit seed=1 +engine=plain"),
    ],
)
def test_the_command_names_an_engine_of_sweeps(
    tmp_path: Path, run_folder: Callable[..., Path], engine: str, typed: list[str], command: str
) -> None:
    """A single run would choose another; any other engine, and one that was typed, is not named again."""
    run = run_folder(tmp_path, "seed=1", *typed, engine={"name": engine, "runs_together": 8})
    assert reproducing_command(str(run), RunFolder(run).read_result()) == command
