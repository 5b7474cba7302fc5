"""A sweep as a whole: its progress while it runs, its table at the end; independent of training."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from sinefit.core.metrics import find_metric
from sinefit.errors import RecordError
from sinefit.interrupts import loading_modules
from sinefit.jobs.pace import Pace
from sinefit.jobs.progress import PLAIN_LINES, Bar, Reporter
from sinefit.record.folder import RunFolder
from sinefit.results.folders import find_sweep_runs
from sinefit.results.sentences import say
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from sinefit.core.outcome import Epoch
    from sinefit.jobs.job import Job
    from sinefit.record.result import Result

TOP = 10
"""Rows of the table that are printed at the end."""
POLL_SECONDS = 0.5
LOOKING_SHARE = 20
"""The pause between two looks at the folders, in looks: ten thousand of them must not take the jobs' time."""
LEAST_SECONDS = 2.0
"""Without a terminal, the least time between two lines on the jobs that are done."""
SAY_SECONDS = 10.0
"""Without a terminal, a stack that trains for long is heard of this often."""


class Sweep(Reporter):
    """A sweep that this process runs: counts its jobs as they end, and shows how far it is.

    Args:
        folder: the sweep's, absolute.
        objective: the metric that its jobs are ranked by.
        num_jobs: how many jobs there will be, or None if nobody knows.
        in_processes: whether its jobs run in other processes, so that only their folders tell of them.
        is_resumed: whether it goes on with what was started before.
        prints_table: whether its end is printed, rather than only written.

    Attributes:
        has_begun: whether jobs may have been started.
    """

    def __init__(  # noqa: PLR0913 - the kinds of sweeps
        self,
        folder: Path,
        objective: str,
        num_jobs: int | None,
        *,
        in_processes: bool,
        is_resumed: bool = False,
        prints_table: bool = True,
    ) -> None:
        self.folder = folder
        self.prints_table = prints_table
        self.is_resumed = is_resumed
        self.has_begun = False
        self.metric = find_metric(objective)
        self.done = self.failed = self.pruned = 0
        self.best = self.metric.worst
        self._bar = Bar("jobs", num_jobs)
        self._said: set[str] = set()
        self._reported: set[Path] = set()
        self._printed = 0, time.monotonic()
        self._pace = Pace()
        self._reached = 0.0
        self._trains_singly = False
        self._watch = _FolderWatch(self) if in_processes else None

    def __enter__(self) -> Self:
        self._bar.__enter__()
        if self._watch is not None:
            self._pace.start(0)
            self._watch.start()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._watch is not None:
            self._watch.stop()
        self._bar.__exit__()

    def expect(self, folders: Sequence[RunFolder]) -> None:
        """Take note of where the jobs go: perhaps elsewhere than into the sweep's folder."""
        if self._watch is not None:
            self._watch.folders = list(folders)

    def say(self, lines: Iterable[str]) -> None:
        """Print lines above the bar; what was said before in this sweep is not repeated."""
        for line in lines:
            if line not in self._said:
                self._said.add(line)
                say(line, self._bar.console)

    @contextmanager
    def following_run(self, max_epochs: int) -> Iterator[Callable[[Epoch], None]]:
        """Show the epochs of a run that is trained by itself."""
        if not self._trains_singly:
            self._pace.start(self.done)
        self._trains_singly = True
        yield lambda row: self._show(
            self.done + row.epoch / max_epochs, f"epoch {row.epoch:,}/{max_epochs:,}"
        )

    def follow_stack(self, num_jobs: int, epochs: int) -> Callable[[int], None]:
        """Show the share of a stack's epochs that is trained.

        Args:
            num_jobs: that are trained in it.
            epochs: of all of them.
        """
        self._pace.start(self.done)
        self._trains_singly = False
        done, trained = self.done, 0

        def add(more: int) -> None:
            nonlocal trained
            trained = min(trained + more, epochs)  # the runs of a stack that breaks are trained again
            self._show(done + num_jobs * trained / epochs, f"{trained / epochs:.0%} of a stack")

        return add

    def report(self, job: Job, result: Result) -> None:
        """Count a job that has ended; one that is found done behind a rung was counted before."""
        if job.folder.path not in self._reported:
            self._reported.add(job.folder.path)
            self.count(result)

    def count(self, result: Result) -> None:
        """Count a result, and show how far the sweep is."""
        self.done += 1
        self.failed += result.status == Status.FAILED
        self.pruned += result.status == Status.PRUNED
        value = float(result.objective["value"])
        if result.status != Status.PRUNED and self.metric.is_better(value, self.best):
            self.best = value
        self._show(self._reached)
        self._print_if_due()

    def describe(self) -> list[str]:
        """For example ``3 failed``, ``63 pruned`` and ``best rmse 0.0123``."""
        counts = {"failed": self.failed, "pruned": self.pruned}
        parts = [f"{count:,} {noun}" for noun, count in counts.items() if count]
        return parts + (
            [f"best {self.metric.name} {self.best:.4g}"] if self.best != self.metric.worst else []
        )

    def _left(self) -> str:
        return self._pace.left(max(self.done, self._reached), self._bar.total)

    def _show(self, reached: float, doing: str = "") -> None:
        """Show what is trained now.

        Args:
            reached: how many jobs that and those that are done amount to.
            doing: it in words.
        """
        self._reached = reached
        ahead = max(0.0, reached - self.done)
        self._bar.show(self.done, [*self.describe(), doing, self._left()], ahead)
        if doing and time.monotonic() - self._printed[1] >= SAY_SECONDS:
            self._print(doing)

    def _print_if_due(self) -> None:
        """A line each tenth of the jobs, but not oftener than every few seconds."""
        total, (printed, when) = self._bar.total, self._printed
        step = max(1, (total or PLAIN_LINES * PLAIN_LINES) // PLAIN_LINES)
        is_due = self.done >= printed + step and time.monotonic() - when >= LEAST_SECONDS
        if is_due or self.done == total:
            self._print()

    def _print(self, doing: str = "") -> None:
        """A line on how far the sweep is, where the output is no terminal."""
        self._printed = self.done, time.monotonic()
        if not self._bar.is_shown:
            of = f"/{self._bar.total:,}" if self._bar.total is not None else ""
            done = f"{self.done:,}{of} jobs done"
            say(", ".join(filter(None, [done, *self.describe(), doing, self._left()])), self._bar.console)

    def finish(self) -> bool:
        """Write and print the table; whether a job failed or did not finish."""
        with loading_modules():
            from sinefit.results.ending import end_sweep  # noqa: PLC0415 - pandas takes half a second

        console = self._bar.console if self.prints_table else Console(quiet=True)
        return end_sweep(self.folder, self.metric.name, TOP, console)


class _FolderWatch:
    """A thread that finds the results of jobs in other processes, for the launchers of Hydra's plugins.

    Attributes:
        folders: where it looks; if there are none, in all folders of the sweep's.
    """

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self.folders: list[RunFolder] = []
        self._seen: set[Path] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End after a last look."""
        self._ended.set()
        self._thread.join()
        self._look()

    def _run(self) -> None:
        pause = POLL_SECONDS
        while not self._ended.wait(pause):
            started = time.monotonic()
            self._look()
            pause = max(POLL_SECONDS, LOOKING_SHARE * (time.monotonic() - started))

    def _look(self) -> None:
        for folder in self.folders or map(RunFolder, find_sweep_runs(str(self._sweep.folder))):
            if folder.path not in self._seen and folder.result.exists():
                try:
                    result = folder.read_result()
                except RecordError:
                    continue
                self._seen.add(folder.path)
                self._sweep.count(result)
