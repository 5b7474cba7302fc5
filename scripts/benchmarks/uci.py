"""The regression benchmark of Hernandez-Lobato and Adams (2015), with the protocol of its later users.

A network of one hidden layer with 50 units (100 for protein), 20 splits (5 for protein) of `split=uci`.
Within each split, settings are chosen by a fifth of its training rows; the chosen ones are trained again on
all of them, and the test rows are looked at once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from torch.optim import Adam
from torch.optim.lr_scheduler import CosineAnnealingLR

from benchmarks.measuring import show
from sinefit.core.data import Table
from sinefit.core.data.scaling import pick_network
from sinefit.core.experiment import Experiment, build_model, draw_samples
from sinefit.core.fused import run_many
from sinefit.core.models import MLP
from sinefit.core.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sinefit.core.outcome import Outcome

Choice = TypeVar("Choice")
PUBLISHED = {
    "boston": (3.01, 2.97, 3.28, 2.90),
    "concrete": (5.67, 5.23, 6.03, 4.82),
    "energy": (1.80, 1.66, 2.09, 0.54),
    "kin8nm": (0.10, 0.10, 0.09, 0.08),
    "naval": (0.01, 0.01, 0.00, 0.00),
    "power": (4.12, 4.02, 4.11, 4.01),
    "protein": (4.73, 4.36, 4.71, 4.27),
    "wine": (0.64, 0.62, 0.64, 0.62),
    "yacht": (1.02, 1.11, 1.58, 0.67),
}
"""Test RMSE of probabilistic backpropagation (arXiv 1502.05336), MC dropout (1506.02142), deep ensembles
(1612.01474), and MC dropout tuned for 400 epochs (1811.09385)."""
SPLITS, SPLITS_OF_PROTEIN = 20, 5
SEEDS = 5
WEIGHT_DECAYS = (0.0, 1e-4, 1e-3, 3e-3, 1e-2)
EPOCHS = {2_000: (50, 150, 400, 1200), 20_000: (15, 40, 100, 200), 100_000: (10, 40, 100, 200)}
"""By the most rows of a set: larger ones take more steps an epoch."""
BATCHES = {20_000: 32, 100_000: 256}
"""Likewise: at this learning rate small batches of many rows are too noisy."""
LR = 0.01
SINGLE, TOGETHER = 1, 10
"""Settings that are trained again: the best by itself, and those of the ensemble."""


@dataclass(frozen=True)
class Setting:
    """What is tuned."""

    activation: str
    weight_decay: float
    epochs: int


def list_settings(num_rows: int) -> list[Setting]:
    """All that are tried in each split: 40, with fewer epochs where there are more rows.

    Args:
        num_rows: of the set.
    """
    epochs = choose_by_size(EPOCHS, num_rows)
    return [Setting(*values) for values in product(("relu", "tanh"), WEIGHT_DECAYS, epochs)]


def choose_by_size(choices: dict[int, Choice], num_rows: int) -> Choice:
    """What stands beside the smallest number of rows that a set does not exceed."""
    return next(each for most, each in choices.items() if num_rows <= most)


def benchmark_uci(data: Path, names: Sequence[str]) -> None:
    """Print test RMSE beside the published numbers.

    Args:
        data: the folder of NAME.csv, with the target in column y.
        names: of sets; all if there are none.
    """
    torch.set_num_threads(1)
    rows = []
    for name in names or PUBLISHED:
        started = time.perf_counter()
        rmse = np.array([judge_split(data / f"{name}.csv", fold) for fold in range(count_splits(name))])
        took = time.perf_counter() - started
        means, errors = rmse.mean(0), rmse.std(0, ddof=1) / np.sqrt(len(rmse))
        ours = [f"{mean:.3g} +- {error:.1g}" for mean, error in zip(means, errors, strict=True)]
        published = [f"{value:.2f}" for value in PUBLISHED[name]]
        rows.append([name, *published, *ours, f"{took:.0f} s"])
        show(
            f"test RMSE, mean and standard error over splits; 40 settings, {SEEDS} seeds tried in each",
            ("set", "PBP", "dropout", "deep ens.", "drop. 400", "one setting", "ensemble", "took"),
            rows,
        )


def count_splits(name: str) -> int:
    """How many splits a set has."""
    return SPLITS_OF_PROTEIN if name == "protein" else SPLITS


def judge_split(path: Path, fold: int) -> tuple[float, float]:
    """Test RMSE of the best setting (the mean over its seeds), and of the ensemble of the best ones.

    Args:
        path: of the set.
        fold: number of the split.
    """
    chooses = Table(str(path), "y", split="uci", fold=fold)
    num_rows = chooses.draw(0).table.description["file"]["rows"]
    chooses = replace(chooses, batch_size=choose_by_size(BATCHES, num_rows))
    settings = list_settings(num_rows)
    outcomes = run_many([run for each in settings for run in make_experiments(chooses, each)])
    validated = np.array([each.metrics["rmse"] for each in outcomes]).reshape(len(settings), SEEDS)
    ranked = np.argsort(np.nan_to_num(validated, nan=np.inf).mean(1), kind="stable")[:TOGETHER]
    judges = replace(chooses, validation_share=0.0)
    experiments = [run for at in ranked for run in make_experiments(judges, settings[at])]
    outcomes = run_many(experiments)
    single = [each.metrics["test_rmse"] for each in outcomes[: SINGLE * SEEDS]]
    together = np.mean([predict_test(*each) for each in zip(experiments, outcomes, strict=True)], axis=0)
    return float(np.mean(single)), float(np.sqrt(np.mean((together - measure_test(experiments[0])) ** 2)))


def make_experiments(table: Table, setting: Setting) -> list[Experiment]:
    """Runs of these settings, a seed each, which share all that does not depend on it."""
    units = 100 if "protein" in table.path else 50
    first = Experiment(
        data=table,
        model=partial(MLP, input_size="auto", hidden_size=units, activation=setting.activation),
        loss=torch.nn.MSELoss(),
        optimizer=partial(Adam, lr=LR, weight_decay=setting.weight_decay),
        scheduler=partial(CosineAnnealingLR, T_max=setting.epochs),
        trainer=Trainer(max_epochs=setting.epochs),
    )
    return [replace(first, seed=seed) for seed in range(SEEDS)]


def predict_test(experiment: Experiment, outcome: Outcome) -> NDArray[np.float64]:
    """What a run says of the test rows, (N,)."""
    samples = draw_samples(experiment)
    model = build_model(experiment, samples, pick_network(outcome.parameters))
    with torch.no_grad():
        return samples.restore(model(samples.test.inputs)).flatten().numpy()


def measure_test(experiment: Experiment) -> NDArray[np.float64]:
    """The targets of the test rows, (N,)."""
    samples = draw_samples(experiment)
    return samples.restore(samples.test.targets).flatten().numpy()
