"""A run alone, and starting up."""

from __future__ import annotations

import math
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.composing import compose_experiment
from benchmarks.measuring import MAIN, measure, report, run_process

if TYPE_CHECKING:
    from collections.abc import Callable


def benchmark_run(rounds: int) -> None:
    """Training of `experiment=seed`, 3,200 steps, against the loop that a textbook prints."""
    import torch
    from torch import nn, optim
    from torch.utils.data import DataLoader, TensorDataset

    from sinefit.core.plain import run_plain

    torch.set_num_threads(1)
    kept: dict[str, list[torch.Tensor]] = {}

    def textbook() -> float:
        x = torch.linspace(-2 * math.pi, 2 * math.pi, 1000).unsqueeze(1)
        y = torch.sin(x)
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(1, 10), nn.ReLU(), nn.Linear(10, 1))
        loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
        optimizer = optim.SGD(model.parameters(), lr=0.01)
        criterion = nn.MSELoss()
        started = time.perf_counter()
        for _ in range(100):
            total = 0.0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = criterion(model(inputs), targets)
                loss.backward()
                optimizer.step()
                total += loss.item()
        took = time.perf_counter() - started
        kept["textbook"] = [parameter.detach() for parameter in model.parameters()]
        return took

    def ours(gradient: str) -> Callable[[], float]:
        experiment = compose_experiment("+experiment=seed", f"trainer.gradient={gradient}", "seed=0")

        def train() -> float:
            outcome = run_plain(experiment)
            kept[gradient] = list(outcome.parameters.values())
            return outcome.train_seconds

        return train

    sides = {
        "the textbook's loop": textbook,
        "sinefit, gradient=backward": ours("backward"),
        "sinefit, gradient=autograd_grad": ours("autograd_grad"),
    }
    seconds = measure(sides, rounds)
    report("training, 100 epochs of 32 steps, one thread", seconds, "the textbook's loop")
    equal = all(all(map(torch.equal, kept["textbook"], other)) for other in kept.values())
    sys.stdout.write(f"parameters bit-equal: {equal}\n")


def benchmark_start(rounds: int) -> None:
    """Whole processes of what should answer at once."""
    completing = {"COMP_LINE": "sinefit optimizer=", "COMP_POINT": "18"}

    def process(*command: str) -> Callable[[], float]:
        def start() -> float:
            with tempfile.TemporaryDirectory() as folder:
                return run_process(command, Path(folder), completing).seconds

        return start

    sides = {
        "python -c 'import hydra'": process("-c", "import hydra"),
        "sinefit --help": process("-c", MAIN, "--help"),
        "tab completion": process("-c", MAIN, "-sc", "query=bash"),
    }
    report("start, whole processes", measure(sides, rounds), "python -c 'import hydra'")
