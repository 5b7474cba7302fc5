"""What runs and sweeps say on the terminal while they train; independent of training."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from sinefit.jobs.notebook_bar import NotebookBar
from sinefit.jobs.pace import Pace
from sinefit.jobs.summary import print_summary
from sinefit.results.sentences import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Self

    from sinefit.core.outcome import Epoch
    from sinefit.jobs.job import Job
    from sinefit.record.result import Result

log = logging.getLogger("sinefit")

REFRESH_SECONDS = 0.1
SHORTEST_BAR, LONGEST_BAR = 6, 40
PLAIN_LINES = 10
"""Lines of progress where the output is no terminal."""


class Reporter:
    """Is told what becomes of jobs; this one, for jobs in other processes, keeps it to itself."""

    @contextmanager
    def following_run(self, max_epochs: int) -> Iterator[Callable[[Epoch], None] | None]:
        """Follow a run that is trained by itself; what is yielded is called after each epoch."""
        del max_epochs
        yield None

    def follow_stack(self, num_jobs: int, epochs: int) -> Callable[[int], None] | None:
        """Follow a stack.

        Args:
            num_jobs: that are trained in it.
            epochs: of all of them.

        Returns:
            What is called with each number of trained epochs.
        """
        del num_jobs, epochs
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
    """Shows the epochs of a single run, and how it ended.

    Args:
        prints_summary: whether its metrics are printed at the end.
    """

    def __init__(self, *, prints_summary: bool = True) -> None:
        self.prints_summary = prints_summary

    def say(self, lines: Iterable[str]) -> None:
        """Print lines before the first epoch, and keep them in the log."""
        for line in lines:
            log.info("%s", line)
            say(line, Console())

    @contextmanager
    def following_run(self, max_epochs: int) -> Iterator[Callable[[Epoch], None]]:
        """A bar on the terminal; ten plain lines where the output is no terminal."""
        bar, pace = Bar("epochs", max_epochs), Pace()
        every = max(1, max_epochs // PLAIN_LINES)

        def show(row: Epoch) -> None:
            if not pace.is_started:  # a resumed run begins later than with the first epoch
                pace.start(row.epoch)
            bar.show(row.epoch, [f"loss {row.train_loss:.4g}", pace.left(row.epoch, max_epochs)])
            if not bar.is_shown and self.prints_summary and row.epoch % every == 0:
                bar.console.print(f"epoch {row.epoch}/{max_epochs}  loss {row.train_loss:.4g}")

        with bar:
            yield show

    def report(self, job: Job, result: Result) -> None:
        """Print the summary; a failure is raised instead."""
        if result.error is None and self.prints_summary:
            print_summary(result, job.folder)


class Bar:
    """A bar on the terminal or in a notebook, and nothing where the output is neither.

    It appears with the first state that it is shown, below what was printed before.

    Args:
        noun: what is counted, in the plural.
        total: how many there will be, or None if nobody knows.
        console: where to; standard output.

    Attributes:
        is_shown: whether the output can show it.
    """

    def __init__(self, noun: str, total: int | None, console: Console | None = None) -> None:
        self.console = console or Console()
        self._notebook = NotebookBar.find()
        is_terminal = self.console.is_interactive and self.console.file.isatty()
        self.is_shown = is_terminal or self._notebook is not None
        self.noun = noun
        self.total = total
        self._shown = 0.0
        self._bar = BarColumn()
        self._progress = Progress(
            self._bar,
            TextColumn("{task.description}"),
            console=self.console,
            transient=True,
            auto_refresh=False,
            disable=not is_terminal,
        )
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._progress.stop()
        if self._notebook is not None:
            self._notebook.stop()

    def show(self, done: int, parts: Sequence[str], ahead: float = 0.0) -> None:
        """Show a state, at most ten times a second.

        Args:
            done: how many of the total.
            parts: words beside the bar, without empty ones; where there is little room, the last but one
                is left out first.
            ahead: what is trained beyond those that are done, such as half of a job.
        """
        now = time.monotonic()
        if not self.is_shown or (now - self._shown < REFRESH_SECONDS and done != self.total):
            return
        self._shown = now
        count = f"{done:,}/{self.total:,}" if self.total is not None else f"{done:,}"
        words = [f"{count} {self.noun}", *filter(None, parts)]
        if self._notebook is not None:
            self._notebook.show(done + ahead, self.total, ", ".join(words))
            return
        while len(words) > 1 and len(", ".join(words)) + SHORTEST_BAR > self.console.width:
            del words[max(1, len(words) - 2)]
        text = ", ".join(words)
        self._bar.bar_width = max(SHORTEST_BAR, min(LONGEST_BAR, self.console.width - len(text)) - 1)
        self._progress.update(self._task, completed=done + ahead, description=text)
        self._progress.start()
        self._progress.refresh()
