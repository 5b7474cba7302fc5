"""A sweep whose numbers are known, as run folders with histories, predictions and configs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import yaml
from made_records import make_outcome

from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OPTIMIZERS, RATES, SEEDS = ("sgd", "adam"), (0.01, 0.1, 1.0), range(6)
FREQUENCIES = range(1, 10)
FINITE = [(o, lr, seed) for o in OPTIMIZERS for lr in RATES for seed in SEEDS if (o, lr) != ("sgd", 1.0)]
"""The runs that did not diverge."""


def rmse_of(optimizer: str, lr: float, seed: int) -> float:
    """The metric of a run."""
    luck = float(np.random.default_rng([seed, int(1000 * lr)]).lognormal(0, 0.3))
    return (1.0 if optimizer == "adam" else 3.0) * lr**0.5 * luck


def write_known_sweep(sweep: Path, write_run: Callable[..., Path]) -> Path:
    """Two optimizers, three rates, six seeds; SGD at the rate 1 diverged, and one more run failed."""
    runs = [(optimizer, lr, seed) for optimizer in OPTIMIZERS for lr in RATES for seed in SEEDS]
    for number, run in enumerate(runs):
        _write(write_run, sweep / str(number), run)
    overrides = ["optimizer=sgd", "optimizer.lr=0.1", "seed=7"]
    error = "ValueError: <script>window.hacked = 1</script>"
    write_run(sweep / str(len(runs)), *overrides, status="failed", error=error, metrics={}, seed=7)
    (sweep / "multirun.yaml").write_text("hydra: {}\n")
    return sweep


def _write(write_run: Callable[..., Path], folder: Path, run: tuple[str, float, int]) -> None:
    """A run with twenty epochs of losses that follow from its metric, and a prediction that does."""
    optimizer, lr, seed = run
    rmse, status = rmse_of(*run), "completed" if run in FINITE else "diverged"
    overrides = [f"optimizer={optimizer}", f"optimizer.lr={lr}", f"seed={seed}"]
    files = RunFolder(write_run(folder, *overrides, metrics={"rmse": rmse}, status=status, seed=seed))
    looks = [
        (step, *(rmse * step / (100 * frequency) for frequency in FREQUENCIES)) for step in range(10, 210, 10)
    ]
    outcome = make_outcome(
        history=[(epoch, rmse / epoch, 2 * rmse / epoch, lr) for epoch in range(1, 21)],
        prediction=[(x, x**2, x**2 + rmse) for x in np.linspace(-1, 1, 30)],
        probe=([f"amplitude_{frequency}" for frequency in FREQUENCIES], looks),
    )
    files.write(outcome, files.read_result())
    settings = {"optimizer": {"_target_": optimizer, "lr": lr}, "seed": seed, "data": {"n": [1, 2]}}
    files.config.write_text(yaml.safe_dump(settings, sort_keys=False))
