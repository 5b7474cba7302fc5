"""A sweeper that nobody here wrote, hydra-optuna-sweeper, gives its batches to the batched task."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sweeping import App

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("hydra_plugins.hydra_optuna_sweeper") is None,
        reason="hydra-optuna-sweeper is not installed",
    ),
    pytest.mark.filterwarnings("ignore"),
]

SWEEP = (
    "hydra/sweeper=optuna",
    "hydra.sweeper.n_trials=7",
    "hydra.sweeper.n_jobs=3",
    "hydra.sweeper.sampler.seed=1",
    "optimizer=sgd,adam",
    "optimizer.lr=interval(0.001,0.1)",
    "seed=range(0,5)",
)


def test_optuna_batches_are_trained_together(app: App) -> None:
    """`n_jobs` trials are one call of the batched task, numbered on through the batches."""
    calls = []

    def batched(jobs: Sequence[Any], **_options: object) -> list[float]:
        calls.append([job.num for job in jobs])
        return [job.config.optimizer.lr for job in jobs]

    app.optimize(*SWEEP, make_batched=lambda _task: batched)
    assert calls == [[0, 1, 2], [3, 4, 5], [6]]


def test_optuna_leaves_what_it_leaves_under_the_basic_launcher(app: App) -> None:
    """The same trials give the same files."""

    def task(config: Any) -> float:
        return float(config.optimizer.lr)

    ours, theirs = (app.optimize(*SWEEP, task=task, basic=basic) for basic in (False, True))
    assert {name for name in ours if name.endswith(".yaml")} == {
        name for name in theirs if name.endswith(".yaml")
    }
    assert all(
        ours[name] == theirs[name] for name in theirs if "/.hydra/" in name or name.endswith("results.yaml")
    )
    assert len([name for name in ours if name.endswith("config.yaml")]) == 7
