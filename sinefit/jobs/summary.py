"""How a single run ended, on the terminal; independent of training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sinefit.errors import plural
from sinefit.jobs.folders import shown_from_here
from sinefit.results.baselines import describe_baselines
from sinefit.results.sentences import say
from sinefit.status import GOOD, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinefit.record.folder import RunFolder
    from sinefit.record.result import Result

PARTS = {"train_": "training", "": "validation", "test_": "test"}
"""Prefixes of metrics, and the rows of a table that they are of."""
MEASURES = ("rmse", "mae", "max_abs_error", "r2")
"""Metrics that are shown of each part; the record has more."""


def print_summary(result: Result, folder: RunFolder, console: Console | None = None) -> None:
    """How a run ended, its metrics, and where everything is.

    Args:
        result: of the run.
        folder: of the run.
        console: where to; standard output.
    """
    console = console or Console()
    style = "bold green" if result.status in GOOD else "bold red"
    style = "bold yellow" if result.status == Status.PRUNED else style
    console.print(Text.assemble((result.status, style), " ", describe_training(result)))
    if result.message:
        say(result.message, console)
    if "rows" in result.data:
        _print_parts(result, console)
        if sentence := describe_baselines(result.metrics):
            say(sentence, console)
    else:
        width = max(map(len, result.metrics))
        for name, value in result.metrics.items():
            console.print(Text.assemble("  ", (name.ljust(width), "cyan"), f"  {value:.6g}"))
    written = (folder.model, folder.picture, folder.history, folder.prediction, folder.data, folder.result)
    files = [path.name for path in written if path.exists()]
    say(f"saved in {shown_from_here(folder.path)}", console)
    say(f"  {', '.join(files)}", console, style="dim")


def describe_training(result: Result) -> str:
    """How long a run was trained, in words that follow its status."""
    counts = f"{plural(result.epochs, 'epoch')} ({plural(result.steps, 'step')})"
    return f"after {counts}, {result.train_seconds:.2f} s of training"


def _print_parts(result: Result, console: Console) -> None:
    """The metrics of a run on a table: a line a metric, a column for each part of the rows."""
    rows = result.data["rows"]
    parts = {prefix: f"{name} ({rows[name]:,})" for prefix, name in PARTS.items() if rows.get(name, 0)}
    table = Table(box=None, padding=(0, 2), header_style="dim", pad_edge=True)
    table.add_column("")
    for title in parts.values():
        table.add_column(title, justify="right")
    for name, cells in _list_lines(result, list(parts)):
        table.add_row(Text(name, style="cyan"), *cells)
    console.print(table)


def _list_lines(result: Result, prefixes: list[str]) -> Iterator[tuple[str, list[str]]]:
    """A metric and its values on each part; of several targets also their rmse."""
    each = [name for name in result.metrics if name.startswith("rmse.")]
    for measure in (*MEASURES, *each):
        values = [result.metrics.get(f"{prefix}{measure}") for prefix in prefixes]
        yield measure, ["" if value is None else f"{value:.6g}" for value in values]
