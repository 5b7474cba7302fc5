"""Training alone, without Hydra and without folders: per step and run, by what computes the steps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.measuring import measure, show

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused import Engine

STEPS = 32


def benchmark_training(rounds: int) -> None:
    """Hidden size 10 and 64, SGD, 1,000 points in batches of 32; ready-made runs to outcomes with metrics."""
    import os

    import torch

    from sinefit.core.experiment import run

    torch.set_num_threads(1)
    processors = len(os.sched_getaffinity(0))
    rows = []
    for hidden, runs, epochs in ((10, 1024, 100), (10, 64, 100), (64, 256, 100)):
        experiment = make_experiment(hidden, epochs)
        short = make_experiment(hidden, 10)
        sides: dict[str, Callable[[], float]] = {
            "plain, one run": lambda short=short: run(short).train_seconds / (10 * STEPS),
            "native, 1 thread": stack(experiment, runs, epochs, "native", 1),
            f"native, {processors} threads": stack(experiment, runs, epochs, "native", processors),
            "compiled by torch": stack(short, runs, 10, "compiled", 1),
        }
        for name, seconds in measure(sides, rounds).items():
            middle = sorted(seconds)[len(seconds) // 2]
            count = "1" if name.startswith("plain") else f"{runs:,}"
            rows.append((f"1-{hidden}-1, {name}", count, f"{1e6 * middle:.2f} us"))
    show("training alone", ("network, engine", "runs", "a step and run"), rows)


def make_experiment(hidden: int, epochs: int) -> Experiment:
    """The textbook's experiment with another size and length."""
    import hydra

    from sinefit.run import config_folder
    from sinefit.settings.build import build_experiment
    from sinefit.settings.plain import plain_settings

    with hydra.initialize_config_dir(str(config_folder()), version_base="1.3"):
        overrides = [f"model.hidden_size={hidden}", "optimizer=sgd", f"trainer.max_epochs={epochs}"]
        return build_experiment(plain_settings(hydra.compose("config", overrides=overrides)))


def stack(
    experiment: Experiment, runs: int, epochs: int, engine: Engine, workers: int
) -> Callable[[], float]:
    """Seconds of a step and run in a stack of so many runs."""
    from dataclasses import replace

    from sinefit.core.fused import Plan, train_stack

    def train() -> float:
        plan = Plan(engine)
        for seed in range(runs):
            plan.add(seed, replace(experiment, seed=seed))
        members = plan.take(range(runs))
        started = time.perf_counter()
        for _ in train_stack(members, engine=engine, workers=workers):
            pass
        return (time.perf_counter() - started) / (runs * epochs * STEPS)

    return train
