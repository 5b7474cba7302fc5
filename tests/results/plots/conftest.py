"""A sweep whose numbers are known, with histories and predictions, as run folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sinefit.record import RunFolder
from sinefit.results import collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    Write = Callable[..., Path]


def rmse_of(optimizer: str, lr: float, seed: int) -> float:
    """The metric of a run of the sweep."""
    luck = float(np.random.default_rng([seed, int(1000 * lr)]).lognormal(0, 0.3))
    return (1.0 if optimizer == "adam" else 3.0) * lr**0.5 * luck


@pytest.fixture
def table(tmp_path: Path, run_folder: Write) -> pd.DataFrame:
    """Two optimizers, three rates, six seeds; SGD at the rate 1 diverged, and one run failed."""
    sweep = tmp_path / "a <b>sweep</b> $x$"
    number = 0
    for optimizer in ("sgd", "adam"):
        for lr in (0.01, 0.1, 1.0):
            for seed in range(6):
                diverged = optimizer == "sgd" and lr == 1.0
                write(
                    run_folder,
                    sweep / str(number),
                    [f"optimizer={optimizer}", f"optimizer.lr={lr}", f"seed={seed}"],
                    rmse=rmse_of(optimizer, lr, seed),
                    status="diverged" if diverged else "completed",
                    seed=seed,
                )
                number += 1
    overrides = ["optimizer=sgd", "optimizer.lr=0.1", "seed=7"]
    run_folder(sweep / str(number), *overrides, status="failed", error="ValueError: x", metrics={}, seed=7)
    (sweep / "multirun.yaml").write_text("hydra: {}\n")
    return collect(str(sweep))


def write(run_folder: Write, folder: Path, overrides: list[str], rmse: float, **changes: object) -> None:
    """A run with a metric, twenty epochs of losses that follow from it, and a prediction."""
    files = RunFolder(run_folder(folder, *overrides, metrics={"rmse": rmse}, **changes))
    files.write_history([(epoch, rmse / epoch, 2 * rmse / epoch, 0.1) for epoch in range(1, 21)])
    files.write_prediction([(x, x**2, x**2 + rmse) for x in np.linspace(-1, 1, 30)])
