"""What runs and sweeps say on the terminal while they train; independent of training."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from sinefit.errors import plural
from sinefit.status import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Self

    from sinefit.core.outcome import Epoch
    from sinefit.jobs.job import Job
    from sinefit.record.folder import RunFolder
    from sinefit.record.result import Result

log = logging.getLogger("sinefit")

REFRESH_SECONDS = 0.1
PLAIN_LINES = 10
"""Lines of progress where the output is no terminal."""


class Reporter:
    """Is told what becomes of jobs; this one, for jobs in other processes, keeps it to itself."""

    @contextmanager
    def following_run(self, max_epochs: int) -> Iterator[Callable[[Epoch], None] | None]:
        """Follow a run that is trained by itself; what is yielded is called after each epoch."""
        del max_epochs
        yield None

    def follow_stack(self, epochs: int) -> Callable[[int], None] | None:
        """Follow a stack of so many epochs; what is returned is called with each number of trained ones."""
        del epochs
        return None

    def say(self, lines: Iterable[str]) -> None:
        """Tell something of several jobs; here, of this one, in its log."""
        for line in lines:
            log.warning("%s", line)

    def report(self, job: Job, result: Result) -> None:
        """Take note of how a job ended.

        Args:
            job: its settings and its folder.
            result: what is recorded of it.
        """


class RunReporter(Reporter):
    """Shows the epochs of a single run, and how it ended."""

    @contextmanager
    def following_run(self, max_epochs: int) -> Iterator[Callable[[Epoch], None]]:
        """A bar on the terminal; ten plain lines where the output is no terminal."""
        bar = Bar("epochs", max_epochs)
        every = max(1, max_epochs // PLAIN_LINES)

        def show(row: Epoch) -> None:
            bar.show(row.epoch, f"loss {row.train_loss:.4g}")
            if not bar.is_shown and row.epoch % every == 0:
                bar.console.print(f"epoch {row.epoch}/{max_epochs}  loss {row.train_loss:.4g}")

        with bar:
            yield show

    def report(self, job: Job, result: Result) -> None:
        """Print the summary; a failure is raised instead."""
        if result.error is None:
            print_summary(result, job.folder)


class Bar:
    """A bar on the terminal, and nothing where the output is no terminal.

    Args:
        label: what is counted.
        total: how many there will be, or None if nobody knows.
        console: where to; standard output.

    Attributes:
        is_shown: whether the output is a terminal.
    """

    def __init__(self, label: str, total: int | None, console: Console | None = None) -> None:
        self.console = console or Console()
        self.is_shown = self.console.is_terminal
        self.total = total
        self._shown = 0.0
        self._bar = Progress(
            TextColumn(label),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
            disable=not self.is_shown,
        )
        self._task = self._bar.add_task(label, total=total, text="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._bar.stop()

    def show(self, done: int, text: str) -> None:
        """Show a state, at most ten times a second.

        Args:
            done: how many of the total.
            text: a few words beside the bar.
        """
        now = time.monotonic()
        if self.is_shown and (now - self._shown >= REFRESH_SECONDS or done == self.total):
            self._shown = now
            self._bar.update(self._task, completed=done, text=text)


def print_summary(result: Result, folder: RunFolder, console: Console | None = None) -> None:
    """How a run ended, its metrics, and where everything is.

    Args:
        result: of the run.
        folder: of the run.
        console: where to; standard output.
    """
    console = console or Console()
    style = "bold green" if result.status in GOOD else "bold red"
    counts = f"{plural(result.epochs, 'epoch')} ({plural(result.steps, 'step')})"
    took = f"after {counts}, {result.train_seconds:.2f} s of training"
    console.print(Text.assemble((result.status, style), " ", took))
    if result.message:
        console.print(Text(result.message))
    width = max(map(len, result.metrics))
    for name, value in result.metrics.items():
        console.print(Text.assemble("  ", (name.ljust(width), "cyan"), f"  {value:.6g}"))
    written = (folder.model, folder.picture, folder.history, folder.prediction, folder.result)
    files = [path.name for path in written if path.exists()]
    here = Path.cwd()
    shown = folder.path.relative_to(here) if folder.path.is_relative_to(here) else folder.path
    console.print(Text(f"saved in {shown}"), soft_wrap=True)
    console.print(Text(f"  {', '.join(files)}", style="dim"), soft_wrap=True)
