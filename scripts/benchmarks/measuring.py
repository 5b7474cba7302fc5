"""How all benchmarks measure: sides in turn, medians; whole processes from their start to their end."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

MAIN = "from sinefit.run import main; main()"
CONSOLE = Console(width=110)


def measure(
    sides: dict[str, Callable[[], float]], rounds: int, *, warm_up: bool = True
) -> dict[str, list[float]]:
    """Seconds of each side, `rounds` times in turn, with `warm_up` after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + warm_up):
        for name, side in sides.items():
            took = side()
            if number >= warm_up:
                seconds[name].append(took)
    return seconds


def report(title: str, seconds: dict[str, list[float]], baseline: str) -> None:
    """Print each side's median, and its ratio to the baseline's, round by round."""
    rows = []
    for name, values in seconds.items():
        ratios = [a / b for a, b in zip(values, seconds[baseline], strict=True)]
        middle = f"{statistics.median(ratios):.2f}"
        rows.append(
            (name, f"{statistics.median(values):.3f} s", middle, f"{min(ratios):.2f}-{max(ratios):.2f}")
        )
    show(title, ("", "median", "ratio", "range"), rows)


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, its first column to the left and numbers to the right."""
    table = Table()
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    CONSOLE.print(f"\n[bold]{title}")
    CONSOLE.print(table)


@dataclass(frozen=True)
class Process:
    """What a process took.

    Attributes:
        seconds: from its start to its end.
        processor_seconds: of all its threads, which a busy machine spoils less.
        megabytes: the most memory it held.
    """

    seconds: float
    processor_seconds: float
    megabytes: float


def run_process(
    arguments: Sequence[str],
    folder: Path,
    environment: dict[str, str] | None = None,
    python: str = sys.executable,
) -> Process:
    """Run Python with these arguments in a folder.

    Args:
        arguments: of the interpreter.
        folder: where it runs.
        environment: more variables.
        python: the interpreter; that of another checkout for an earlier version.

    Raises:
        CalledProcessError: if it fails.
    """
    # As on a user's machine, where Python keeps the modules that it has compiled.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            [python, *arguments],
            cwd=folder,
            env=inherited | (environment or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if code:
        raise subprocess.CalledProcessError(code, arguments, (folder / "output.txt").read_text())
    return Process(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
