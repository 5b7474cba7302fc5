"""What one run says on the terminal: its progress, then a short summary; knows nothing of training."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from sinefit.status import GOOD

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from sinefit.core.outcome import Epoch
    from sinefit.record.folder import RunFolder
    from sinefit.record.result import Result

REFRESH_SECONDS = 0.1
PLAIN_LINES = 10
PLAIN_SECONDS = 10.0
"""Without a terminal, a stack that trains for long is heard of this often."""


class Bar:
    """A bar on the terminal, and nothing where the output is no terminal.

    Args:
        label: what is counted.
        total: how many there will be, or None if nobody knows.
        console: where to; standard output.
    """

    def __init__(self, label: str, total: int | None, console: Console | None = None) -> None:
        self.total = total
        self.console = console or Console()
        self._bar = Progress(
            TextColumn(label),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(compact=True),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._task = self._bar.add_task(label, total=total, text="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def update(self, completed: int, text: str) -> None:
        """Show how many are done, and a few words."""
        self._bar.update(self._task, completed=completed, text=text)


class RunProgress(Bar):
    """A bar with epochs, loss and time left; ten plain lines where the output is no terminal.

    Args:
        max_epochs: epochs after which the run ends.
        console: where to; standard output.
    """

    def __init__(self, max_epochs: int, console: Console | None = None) -> None:
        super().__init__("epochs", max_epochs, console)
        self.max_epochs = max_epochs
        self._every = max(1, max_epochs // PLAIN_LINES)
        self._shown = 0.0

    def __call__(self, row: Epoch) -> None:
        """Show an epoch's row of the history, at most ten times a second."""
        if not self.console.is_terminal:
            if row.epoch % self._every == 0:
                self.console.print(f"epoch {row.epoch}/{self.max_epochs}  loss {row.train_loss:.4g}")
            return
        now = time.monotonic()
        if now - self._shown >= REFRESH_SECONDS or row.epoch == self.max_epochs:
            self._shown = now
            self.update(row.epoch, f"loss {row.train_loss:.4g}")


class SweepProgress(Bar):
    """A bar with jobs done, failed, time left and the best so far; plain lines without a terminal.

    Args:
        num_jobs: how many jobs there will be, or None if nobody knows.
        console: where to; standard output.
    """

    def __init__(self, num_jobs: int | None, console: Console | None = None) -> None:
        super().__init__("jobs", num_jobs, console)
        self._done = 0
        self._printed = time.monotonic()

    def show(self, done: int, text: str, stage: str) -> None:
        """Show how many jobs are done, a few words on them, and what is going on."""
        if self.console.is_terminal:
            self.update(done, stage or text)
            return
        of = f"/{self.total}" if self.total else ""
        step = max(1, (self.total or PLAIN_LINES * PLAIN_LINES) // PLAIN_LINES)
        if done >= self._done + step or (done == self.total and done > self._done):
            self._done, self._printed = done, time.monotonic()
            self.console.print(f"{done}{of} jobs done, {text}")
        elif stage and time.monotonic() - self._printed >= PLAIN_SECONDS:
            self._printed = time.monotonic()
            self.console.print(stage)


def print_summary(result: Result, folder: RunFolder, console: Console | None = None) -> None:
    """How the run ended, its metrics, and where everything is."""
    console = console or Console()
    style = "bold green" if result.status in GOOD else "bold red"
    took = (
        f"after {result.epochs:,} epochs ({result.steps:,} steps), {result.train_seconds:.2f} s of training"
    )
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
