"""The C program alone: how near it is to what the processor can do, and a case that others have published.

Steps are timed in one thread, by processor time, without what follows a run (metrics, history, files).
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.composing import compose_experiment
from benchmarks.measuring import show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from torch import nn

    from sinefit.core.data import Samples
    from sinefit.core.experiment import Experiment

SHAPES = {
    "1-10-1": 256,
    "1-64-1": 64,
    "1-32-32-1": 64,
    "13-50-1": 64,
    "9-100-1": 64,
    "4-32-16-4": 64,
    "1-256-256-1": 16,
}
"""Networks, and how many runs of each are measured."""
SIDE = 1024
"""Rows and columns of the matrices whose product tells what the processor can do."""
SECONDS = 0.3
"""How long each measurement takes at least."""


@dataclass(frozen=True)
class Drawn:
    """Points with targets (N, O), drawn by a function of their inputs (N, I); a data choice."""

    inputs: int
    function: Callable[[torch.Tensor], torch.Tensor]
    num_points: int = 1000
    batch_size: int = 32
    shuffle: bool = True

    def draw(self, seed: int) -> Samples:
        """The points of a seed, evaluated where they are trained."""
        import torch

        from sinefit.core.data import Points, Samples

        generator = torch.Generator().manual_seed(seed)
        inputs = 2 * torch.rand(self.num_points, self.inputs, generator=generator, dtype=torch.float64) - 1
        points = Points(inputs, self.function(inputs))
        return Samples(points, None, points, None)


def benchmark_kernel(rounds: int) -> None:
    """Multiply-adds of networks as a share of those in a large product of matrices by BLAS, same thread."""
    import torch

    torch.set_num_threads(1)
    rows = []
    for name, runs in SHAPES.items():
        row = [name, f"{runs}"]
        for dtype in ("float32", "float64"):
            experiment = perceptron(name, f"dtype={dtype}")
            experiments = [experiment] * runs
            each, peak = [], []
            for _ in range(rounds):
                peak.append(products_a_second(experiment.dtype))
                each.append(seconds_a_step(experiments) / runs)
            sizes = [int(size) for size in name.split("-")]
            weights = sum(a * b for a, b in pairwise(sizes))
            needed = experiment.data.batch_size * (3 * weights - sizes[0] * sizes[1])
            share = statistics.median(needed / (a * b) for a, b in zip(each, peak, strict=True))
            row += [f"{1e6 * statistics.median(each):.2f} us", f"{100 * share:.0f} %"]
        rows.append(row)
    columns = ("network, relu, batch 32", "runs", "a step and run, float32", "of BLAS", "float64", "of BLAS")
    show("steps of the C program, one thread, processor time", columns, rows)


def benchmark_chains(rounds: int) -> None:
    """The published case of SimpleChains.jl: 4-32-16-4, exponentials of 10,000 matrices, full batches."""
    import torch

    torch.set_num_threads(1)
    steps, runs = 10_000, 8

    def exponential(inputs: torch.Tensor) -> torch.Tensor:
        return torch.linalg.matrix_exp(inputs.view(-1, 2, 2)).view(-1, 4)

    base = perceptron("4-32-16-4", "optimizer=adam", activation="Tanh")
    experiment = replace(base, data=Drawn(4, exponential, 10_000, 10_000, shuffle=False))
    times = [seconds_a_step([experiment] * runs) * steps / runs for _ in range(rounds)]
    rows = [("4-32-16-4 tanh, Adam, 10,000 points", f"{runs}", f"{statistics.median(times):.1f} s")]
    show("10,000 full-batch steps, a run, one thread (scaled)", ("case", "runs at once", "a run"), rows)


def perceptron(name: str, *overrides: str, activation: str = "ReLU") -> Experiment:
    """An experiment with a network of these sizes, on as many inputs and outputs."""
    sizes = [int(size) for size in name.split("-")]
    experiment = compose_experiment(
        "+experiment=seed", "engine=native", "trainer.max_epochs=1000000", *overrides
    )

    def waves(inputs: torch.Tensor) -> torch.Tensor:
        return inputs.sum(dim=1, keepdim=True).sin().expand(-1, sizes[-1]).contiguous()

    return replace(experiment, model=partial(chain, sizes, activation), data=Drawn(sizes[0], waves))


def chain(sizes: Sequence[int], activation: str) -> nn.Sequential:
    """Linear layers with activations between them, which `torch.nn` names."""
    from torch import nn

    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), getattr(nn, activation)())]
    return nn.Sequential(*layers[:-1])


def seconds_a_step(experiments: Sequence[Experiment]) -> float:
    """Processor seconds of one step of all experiments together."""
    from sinefit.core.fused import plan_stacks
    from sinefit.core.fused.native.steps import NativeSteps

    first = experiments[0].data
    plan = plan_stacks(experiments)
    steps, epoch, took = NativeSteps(plan.pop_members(range(len(experiments)))), 1, 0.0
    epoch += len(steps.train(epoch, 1).train_loss_EA)
    done, most = 0, 1
    while took < SECONDS:
        started = time.process_time()
        trained = len(steps.train(epoch, most).train_loss_EA)
        took += time.process_time() - started
        epoch, done, most = epoch + trained, done + trained, 2 * trained
    return took / (done * -(-first.num_points // first.batch_size))


def products_a_second(dtype: torch.dtype) -> float:
    """Multiply-adds a second in a product of two matrices."""
    import torch

    left, right = torch.rand(2, SIDE, SIDE, dtype=dtype)
    count, started = 0, time.process_time()
    while time.process_time() - started < SECONDS:
        left @ right
        count += 1
    return count * SIDE**3 / (time.process_time() - started)
