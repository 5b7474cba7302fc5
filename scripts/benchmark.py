"""How fast sinefit is, as ratios: both sides in one call, alternating, medians. Run it with .venv/bin/python.

python scripts/benchmark.py run      training of experiment=seed against the textbook's loop
python scripts/benchmark.py sweep    240 mixed jobs, launcher fused against basic, whole processes
python scripts/benchmark.py start    `sinefit --help` and tab completion against `import hydra`
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def measure(sides: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each side, `rounds` times in turn after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            took = side()
            if number > 0:
                seconds[name].append(took)
    return seconds


def report(title: str, seconds: dict[str, list[float]], baseline: str) -> None:
    """Print each side's median, and its ratio to the baseline's, round by round."""
    print(f"\n{title}\n{'':<34}{'median':>10}{'ratio':>8}{'min':>7}{'max':>7}")
    for name, values in seconds.items():
        ratios = [a / b for a, b in zip(values, seconds[baseline], strict=True)]
        middle = statistics.median(ratios)
        spread = f"{min(ratios):>7.2f}{max(ratios):>7.2f}"
        print(f"{name:<34}{statistics.median(values):>8.3f} s{middle:>8.2f}{spread}")


def benchmark_run(rounds: int) -> None:
    """Training of `experiment=seed`, 3,200 steps, against the loop that a textbook prints."""
    import hydra
    import torch
    from torch import nn, optim
    from torch.utils.data import DataLoader, TensorDataset

    from sinefit.building import build_experiment
    from sinefit.composed import plain_settings
    from sinefit.core.experiment import run
    from sinefit.run import config_folder

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
        with hydra.initialize_config_dir(str(config_folder()), version_base="1.3"):
            overrides = ["+experiment=seed", f"trainer.gradient={gradient}", "seed=0"]
            experiment = build_experiment(plain_settings(hydra.compose("config", overrides=overrides)))

        def train() -> float:
            outcome = run(experiment)
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
    print(f"parameters bit-equal: {equal}")


def benchmark_start(rounds: int) -> None:
    """Whole processes of what should answer at once."""
    main = "from sinefit.run import main; main()"

    def process(*command: str) -> Callable[[], float]:
        environment = os.environ | {"COMP_LINE": "sinefit optimizer=", "COMP_POINT": "18"}

        def start() -> float:
            started = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
            return time.perf_counter() - started

        return start

    sides = {
        "python -c 'import hydra'": process(sys.executable, "-c", "import hydra"),
        "sinefit --help": process(sys.executable, "-c", main, "--help"),
        "tab completion": process(sys.executable, "-c", main, "-sc", "query=bash"),
    }
    report("start, whole processes", measure(sides, rounds), "python -c 'import hydra'")


def benchmark_sweep(rounds: int) -> None:
    """Whole processes: a mixed sweep under `fused`, and every tenth of its jobs under `basic`, scaled."""
    main = "from sinefit.run import main; main()"
    grid = ["model.hidden_size=8,16,32,64", "optimizer=sgd,adam,rmsprop", "optimizer.lr=0.1,0.03,0.01,0.003"]

    def sweep(launcher: str, seeds: str, rates: str) -> Callable[[], float]:
        def run() -> float:
            words = [word for word in grid if not word.startswith("optimizer.lr")]
            arguments = ["-m", f"hydra/launcher={launcher}", *words, f"optimizer.lr={rates}", f"seed={seeds}"]
            started = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-c", main, *arguments]
                subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            return time.perf_counter() - started

        return run

    # 24 jobs under basic stand for 240; starting up is counted tenfold with them, 3 s of some 170.
    few = sweep("basic", "0,1", "0.01")
    sides = {
        "basic, 24 jobs x 10": lambda: 10 * few(),
        "fused, 240 jobs": sweep("fused", "range(0,5)", "0.1,0.03,0.01,0.003"),
        "basic, 24 jobs": few,
        "fused, 24 jobs": sweep("fused", "0,1", "0.01"),
    }
    seconds = measure(sides, rounds)
    names = list(sides)
    for title, pair in (("240 jobs", names[:2]), ("24 jobs", names[2:])):
        report(f"{title}, whole processes", {name: seconds[name] for name in pair}, pair[0])


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["run", "sweep", "start"])
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    {"run": benchmark_run, "sweep": benchmark_sweep, "start": benchmark_start}[arguments.what](
        arguments.rounds
    )


if __name__ == "__main__":
    main()
