"""A sweep as a whole: its folder, its progress while it runs, its table at the end.

Looks at the job folders only, so that it serves every launcher; knows nothing of how jobs are trained.
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from sinefit.errors import RecordError
from sinefit.interrupts import loading_modules
from sinefit.record.folder import RunFolder
from sinefit.status import Status

if TYPE_CHECKING:
    from pathlib import Path

    from sinefit.record.result import Result

TOP = 10
POLL_SECONDS = 0.5
LOOKING_SHARE = 20
"""The pause between two looks, in looks: ten thousand folders must not take the jobs' time."""


class SweepStopped(BaseException):
    """Ends a sweep at its first failure; no `Exception`, so that Hydra does not take it for the job's."""


class Tally:
    """What the job folders of a sweep say so far.

    Args:
        folder: the sweep's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.done = self.failed = 0
        self.best = math.inf
        self.metric = "objective"
        self._seen: set[Path] = set()

    def update(self) -> None:
        """Read the results that have come since the last call."""
        for path in self.folder.glob("*/result.json"):
            if path in self._seen:
                continue
            try:
                result = RunFolder(path.parent).read_result()
            except RecordError:
                continue
            self._seen.add(path)
            self._count(result)

    def _count(self, result: Result) -> None:
        self.done += 1
        self.failed += result.status == Status.FAILED
        self.metric = str(result.objective["name"])
        self.best = min(self.best, float(result.objective["value"]))

    def __str__(self) -> str:
        """For example ``3 failed, best rmse 0.0123``."""
        failed = f"{self.failed} failed, " if self.failed else ""
        return f"{failed}best {self.metric} {self.best:.4g}"


class Sweep:
    """The sweep that this process runs, if it runs one.

    Attributes:
        folder: its folder; None if there is no sweep.
        metric: the objective's name.
        stage: what is going on, in a few words, where the jobs done do not show it.
    """

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.metric = ""
        self.stage = ""
        self._watch: Watch | None = None
        self._told: set[str] = set()

    def forget(self) -> None:
        """There is no sweep any more, or not yet."""
        self.folder = self._watch = None
        self.stage = ""
        self._told.clear()

    def is_news(self, line: str) -> bool:
        """Whether a line was not asked about before in this sweep, so that batches do not repeat it."""
        is_new = line not in self._told
        self._told.add(line)
        return is_new

    def begin(self, folder: Path, metric: str, num_jobs: int | None) -> None:
        """Show the progress of the sweep in `folder`, of `num_jobs` jobs if that is known."""
        self.folder, self.metric = folder, metric
        self._watch = Watch(Tally(folder), num_jobs)
        self._watch.start()

    def finish(self) -> bool:
        """Stop the progress; write and print the table. Whether a job failed or did not finish."""
        if self._watch is not None:
            self._watch.stop()
        if self.folder is None:
            return False
        with loading_modules():
            from sinefit.results.ending import end_sweep  # noqa: PLC0415 - pandas takes half a second

        folder, self.folder = self.folder, None
        return end_sweep(folder, self.metric, TOP)


class Watch:
    """A thread that shows a sweep's progress: a bar, or a line a tenth where the output is no terminal."""

    def __init__(self, tally: Tally, num_jobs: int | None) -> None:
        self.tally = tally
        self.num_jobs = num_jobs
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End after a last look."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        from sinefit.jobs.progress import SweepProgress  # noqa: PLC0415 - loads rich

        with SweepProgress(self.num_jobs) as progress:
            pause = POLL_SECONDS
            while not self._ended.wait(pause):
                started = time.monotonic()
                self.tally.update()
                progress.show(self.tally.done, str(self.tally), SWEEP.stage)
                pause = max(POLL_SECONDS, LOOKING_SHARE * (time.monotonic() - started))
            self.tally.update()
            progress.show(self.tally.done, str(self.tally), "")


SWEEP = Sweep()
