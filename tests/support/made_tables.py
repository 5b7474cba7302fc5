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
