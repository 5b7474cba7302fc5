"""Tables as `sinefit.collect` makes them, with numbers that tests choose."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rows = Sequence[dict[str, Any]]


def make_table(rows: Rows, keys: Sequence[str], metrics: Sequence[str] = ("rmse",)) -> pd.DataFrame:
    """A table as `sinefit.collect` makes it."""
    table = pd.DataFrame(
        [
            {"status": "completed", "config_hash": str(number), "seed": 0} | row
            for number, row in enumerate(rows)
        ]
    )
    table.attrs = {"settings": list(keys), "metrics": list(metrics)}
    return table


def grid(value: Callable[[str, float, int], float], seeds: int = 8) -> pd.DataFrame:
    """Two optimizers, two rates, some seeds."""
    rows = [
        {"optimizer": optimizer, "optimizer.lr": lr, "seed": seed, "rmse": value(optimizer, lr, seed)}
        for optimizer, lr, seed in product(("sgd", "adam"), (0.1, 0.01), range(seeds))
    ]
    return make_table(rows, ["optimizer", "optimizer.lr", "seed"])


def noisy(optimizer: str, lr: float, seed: int) -> float:
    """Adam is better by a factor of two, apart from luck."""
    luck = np.random.default_rng([seed, len(optimizer), int(1000 * lr)]).lognormal(0, 0.3)
    return float((1.0 if optimizer == "adam" else 2.0) * (1 + lr) * luck)


def folded(seeds: int = 2, folds: int = 5, splits: int = 1) -> pd.DataFrame:
    """Runs on a table: two sizes, some seeds, folds and splits; each fold is harder than the one before.

    A straight line beats the small network in rmse. Metrics of test rows rank the sizes the other way round.
    """
    cells = product((8, 32), range(seeds), range(folds), range(splits))
    rows = [
        {"model.hidden_size": size, "seed": seed, "data.fold": fold, "data.split_seed": split}
        | _measure(size, seed, fold, split)
        for size, seed, fold, split in cells
    ]
    metrics = [name for name in rows[0] if name not in {*_FOLDED, "seed"}]
    return make_table(rows, [*_FOLDED, "seed"], metrics)


_FOLDED = ("model.hidden_size", "data.fold", "data.split_seed")


def _measure(size: int, seed: int, fold: int, split: int) -> dict[str, float]:
    """The metrics of a run."""
    luck = float(np.random.default_rng([size, seed, fold, split]).lognormal(0, 0.02))
    rmse = (1.0 + fold) * luck * (5.0 if size == 8 else 1.0)
    return {
        "rmse": rmse,
        "r2": 1 - (rmse / 30) ** 2,
        "train_rmse": 0.5 * rmse,
        "test_rmse": 20.0 / rmse,
        "test_r2": 1 - 0.4 / rmse**2,
        "mean_rmse": 6.0 * (1 + fold),
        "linear_rmse": 4.0 * (1 + fold),
        "test_linear_rmse": 4.5,
    }
