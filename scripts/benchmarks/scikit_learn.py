"""`sinefit.sklearn.SearchCV` beside scikit-learn's own search, over `MLPRegressor` and over our `Regressor`.

In one process, as people search in a notebook: sizes, epochs, batches, rates and folds are the same on all
sides, and each uses both processors where it can. The last case is the one that suits us least: a single
candidate, of which nothing but its folds can train together.
"""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import measure, report

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES, RATES, FOLDS, EPOCHS, SEEDS = (10, 20, 50), (0.01, 0.003, 0.001), 5, 100, (0, 1)


def benchmark_scikit_learn(rounds: int) -> None:
    """Print seconds and ratios of three searches on 1,000 rows, and of one candidate on 100 rows.

    Args:
        rounds: how often each side is measured.
    """
    report(
        "9 candidates, 2 seeds, 5 folds, 1,000 rows",
        measure(_sides(1000, SIZES, RATES, SEEDS), rounds),
        "SearchCV",
    )
    report("1 candidate, 5 folds, 100 rows", measure(_sides(100, (10,), (0.01,), (0,)), rounds), "SearchCV")


def _sides(
    rows: int, sizes: tuple[int, ...], rates: tuple[float, ...], seeds: tuple[int, ...]
) -> dict[str, Callable[[], float]]:
    import numpy as np
    from sklearn.model_selection import GridSearchCV
    from sklearn.neural_network import MLPRegressor

    from sinefit.sklearn import Regressor, SearchCV

    warnings.filterwarnings("ignore")  # that MLPRegressor could go on
    x = np.random.default_rng(0).normal(size=(rows, 5))
    y = np.sin(x[:, 0]) * x[:, 1] + x[:, 2]
    ours = Regressor(num_hidden_layers=1, activation="relu", scheduler="constant", max_epochs=EPOCHS)
    theirs = MLPRegressor(batch_size=32, max_iter=EPOCHS, tol=0.0, n_iter_no_change=1000, alpha=0.0)
    grid = {"hidden_size": sizes, "lr": rates, "random_state": seeds}
    their_grid = {
        "hidden_layer_sizes": [(size,) for size in sizes],
        "learning_rate_init": rates,
        "random_state": seeds,
    }

    def timed(search: Any) -> Callable[[], float]:  # noqa: ANN401 - scikit-learn has no types
        def fit() -> float:
            started = time.perf_counter()
            search.fit(x, y)
            return time.perf_counter() - started

        return fit

    return {
        "SearchCV": timed(SearchCV(ours, grid, cv=FOLDS)),
        "GridSearchCV, Regressor": timed(GridSearchCV(ours, grid, cv=FOLDS)),
        "GridSearchCV, MLPRegressor": timed(GridSearchCV(theirs, their_grid, cv=FOLDS)),
        "GridSearchCV, MLPRegressor, n_jobs=2": timed(GridSearchCV(theirs, their_grid, cv=FOLDS, n_jobs=2)),
    }
