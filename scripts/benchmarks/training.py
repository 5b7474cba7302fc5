"""Training without folders: per step and run, by what computes the steps; and a long single run."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.composing import compose_experiment
from benchmarks.measuring import measure, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sinefit.core.experiment import Engine, Experiment

STEPS = 32


def benchmark_training(rounds: int) -> None:
    """Hidden size 10 and 64, SGD, 1,000 points in batches of 32; ready-made runs to outcomes with metrics."""
    import os

    import torch

    from sinefit.core.run import run

    torch.set_num_threads(1)
    processors = len(os.sched_getaffinity(0))
    rows = []
    for hidden, runs, epochs in ((10, 1024, 100), (10, 64, 100), (64, 256, 100)):
        experiment = compose_experiment(
            "+experiment=seed", f"model.hidden_size={hidden}", f"trainer.max_epochs={epochs}", "engine=native"
        )
        short = replace(experiment, trainer=replace(experiment.trainer, max_epochs=10))

        def single(experiment: Experiment = experiment, engine: Engine = "native") -> float:
            outcome = run(replace(experiment, engine=engine))
            return outcome.train_seconds / outcome.steps

        sides: dict[str, Callable[[], float]] = {
            "plain, one run": lambda short=short, single=single: single(short, "plain"),
            "native, one run": single,
            "native, 1 thread": _time_stack(experiment, runs, 1),
            f"native, {processors} threads": _time_stack(experiment, runs, processors),
            "compiled by torch": _time_stack(replace(short, engine="compiled"), runs, 1),
        }
        for name, seconds in measure(sides, rounds).items():
            middle = sorted(seconds)[len(seconds) // 2]
            count = "1" if name.endswith("one run") else f"{runs:,}"
            rows.append((f"1-{hidden}-1, {name}", count, f"{1e6 * middle:.2f} us"))
    show("training alone", ("network, engine", "runs", "a step and run"), rows)


def _time_stack(experiment: Experiment, runs: int, workers: int) -> Callable[[], float]:
    """Seconds of a step and run in a stack of so many runs."""
    train = time_stack([replace(experiment, seed=seed) for seed in range(runs)], workers)
    return lambda: train() / (runs * experiment.trainer.max_epochs * STEPS)


def time_stack(experiments: Sequence[Experiment], workers: int | None = None) -> Callable[[], float]:
    """Seconds of a stack, from ready-made runs to their outcomes; one thread a processor if not said."""
    from sinefit.core.fused import plan_stacks, train_stack

    def train() -> float:
        plan = plan_stacks(experiments)
        members = plan.pop_members(range(len(experiments)))
        started = time.perf_counter()
        for _ in train_stack(members, workers=workers):
            pass
        return time.perf_counter() - started

    return train
