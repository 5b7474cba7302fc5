"""Which run is the best."""

from __future__ import annotations

import pandas as pd
import pytest

from sinefit.results.best import best_rows

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
