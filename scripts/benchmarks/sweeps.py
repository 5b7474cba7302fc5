"""Whole sweeps, from the shell's call to the finished table: the launcher `fused` against other launchers.

The long baselines are measured on one job and on every fifth job of 240, and scaled from there.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import CONSOLE, MAIN, run_process, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.measuring import Process

SIZES = "model.hidden_size=8,16,32,64"
OPTIMIZERS = "optimizer=sgd,adam,rmsprop"
RATES = "optimizer.lr=0.1,0.03,0.01,0.003"
SWEEPS = {
    24: (SIZES, OPTIMIZERS, "optimizer.lr=0.03,0.01", "seed=0"),
    240: (SIZES, OPTIMIZERS, RATES, "seed=range(0,5)"),
    1008: (SIZES, OPTIMIZERS, RATES, "seed=range(0,21)"),
    10032: (SIZES, OPTIMIZERS, RATES, "seed=range(0,209)"),
}
"""Number of jobs to what is swept."""
PART = 48
PART_WORDS = (SIZES, OPTIMIZERS, RATES, "seed=0")
ONE_WORDS = ("model.hidden_size=8", "optimizer=sgd", "optimizer.lr=0.01", "seed=0")
LAUNCHERS = {"basic": (), "joblib": ("hydra.launcher.n_jobs=-1",)}
"""What fused is measured against, with its settings."""


def run_sweep(parent: str, launcher: str, words: Sequence[str]) -> Process:
    """Run a sweep in a new folder, which stays until all is measured: deletions slow a file system down."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    return run_process(["-c", MAIN, "-m", f"hydra/launcher={launcher}", *words], folder)


def benchmark_sweep(rounds: int) -> None:
    """Sweeps of 24 to 10,032 jobs under `fused`, against what other launchers take for them."""
    fused: dict[int, list[Process]] = {count: [] for count in SWEEPS}
    others: dict[str, list[Callable[[int], float]]] = {name: [] for name in LAUNCHERS}
    with tempfile.TemporaryDirectory() as folder:
        run_sweep(folder, "fused", SWEEPS[24])
        for _ in range(rounds):
            for name, settings in LAUNCHERS.items():
                others[name].append(scaled(folder, name, settings))
            for count, words in SWEEPS.items():
                fused[count].append(run_sweep(folder, "fused", words))
    rows = []
    for count, processes in fused.items():
        seconds = statistics.median(process.seconds for process in processes)
        memory = statistics.median(process.megabytes for process in processes)
        row = [f"{count:,}", f"{seconds:.1f} s", f"{1000 * seconds / count:.1f} ms", f"{memory:,.0f} MB"]
        for times in others.values():
            theirs = [time(count) for time in times]
            ratios = [a / b.seconds for a, b in zip(theirs, processes, strict=True)]
            row += [f"{statistics.median(theirs):,.0f} s", f"{statistics.median(ratios):.0f}"]
        rows.append(row)
    columns = ["jobs", "fused", "a job", "memory"]
    for name in others:
        columns += [name, f"{name} / fused"]
    show("mixed sweeps, whole processes", columns, rows)


def scaled(folder: str, launcher: str, settings: Sequence[str]) -> Callable[[int], float]:
    """How long a launcher takes for any number of jobs: measured with 1 and 48, a straight line beyond."""
    one = run_sweep(folder, launcher, (*ONE_WORDS, *settings)).seconds
    part = run_sweep(folder, launcher, (*PART_WORDS, *settings)).seconds
    each = (part - one) / (PART - 1)
    return lambda count: one + (count - 1) * each


def benchmark_scale(rounds: int) -> None:
    """Cost against the number of jobs, as a table and as a picture in docs/pictures."""
    seconds: dict[int, list[float]] = {count: [] for count in SWEEPS}
    with tempfile.TemporaryDirectory() as folder:
        run_sweep(folder, "fused", SWEEPS[24])
        for _ in range(rounds):
            for count, words in SWEEPS.items():
                seconds[count].append(run_sweep(folder, "fused", words).seconds)
        basic = scaled(folder, "basic", ())
    medians = {count: statistics.median(values) for count, values in seconds.items()}
    rows = [
        (f"{count:,}", f"{median:.1f} s", f"{1000 * median / count:.1f} ms")
        for count, median in medians.items()
    ]
    show("launcher fused, whole processes", ("jobs", "seconds", "a job"), rows)
    path = Path(__file__).parents[2] / "docs" / "pictures" / "scale.png"
    draw_scale(medians, {count: basic(count) for count in medians}, path)
    CONSOLE.print(f"drawn in docs/pictures/{path.name}")


def draw_scale(fused: dict[int, float], basic: dict[int, float], path: Path) -> None:
    """Seconds against jobs, both axes logarithmic."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
    for times, label, color, marker in (
        (basic, "basic, scaled from 48 jobs", "#D55E00", "s"),
        (fused, "fused", "#0072B2", "o"),
    ):
        axes.loglog(list(times), list(times.values()), marker=marker, color=color, label=label)
        for count, seconds in times.items():
            axes.annotate(
                f"{seconds:,.0f} s", (count, seconds), (0, 7), textcoords="offset points", ha="center"
            )
    axes.set_xticks(list(fused), [f"{count:,}" for count in fused])
    axes.minorticks_off()
    axes.set_xlabel("jobs of a sweep")
    axes.set_ylabel("seconds, whole process")
    axes.margins(0.1, 0.16)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    plt.close(figure)
