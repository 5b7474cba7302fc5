"""The end of a sweep: its table is written, the best rows and all failures are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sinefit.record.folder import TABLE_NAMES
from sinefit.results.collection import collect_sweep
from sinefit.results.display import print_table
from sinefit.results.shown import describe_errors
from sinefit.status import Status

if TYPE_CHECKING:
    from pathlib import Path

FAILURES = {str(Status.FAILED), "unfinished", "broken"}


def end_sweep(folder: Path, metric: str, top: int, console: Console | None = None) -> bool:
    """Write the sweep's table, print its best rows, its failures, and where it is.

    Args:
        folder: the sweep's.
        metric: the column that says what is best, the least first.
        top: how many rows are printed.
        console: where to; standard output.

    Returns:
        Whether a job failed or did not finish.
    """
    console = console or Console()
    table = collect_sweep(folder)
    if table.empty:
        console.print(Text(f"no job was started in {folder}"), soft_wrap=True)
        return True
    if metric in table.columns:
        is_ranked = table["status"].isin([Status.COMPLETED, Status.CONVERGED, Status.STOPPED])
        ranked = table[is_ranked].sort_values(metric, kind="stable").head(top)
        ranked.attrs = table.attrs
        if len(ranked):
            print_table(ranked, console)
    failed = table[table["status"].isin(FAILURES)]
    failed.attrs = table.attrs
    for line in describe_errors(failed, most=len(failed)):
        console.print(Text(line, style="red"), soft_wrap=True)
    taken = int(table["taken_from"].notna().sum())
    if taken:
        console.print(
            Text(f"{taken} jobs were taken over from earlier runs (column taken_from)"), soft_wrap=True
        )
    counts = ", ".join(f"{count} {status}" for status, count in table["status"].value_counts().items())
    console.print(Text(f"{len(table)} jobs: {counts}"), soft_wrap=True)
    shown = table["sweep"].iloc[0]
    console.print(Text(f"table: {shown}/{TABLE_NAMES[0]} (with types: {TABLE_NAMES[1]})"), soft_wrap=True)
    return len(failed) > 0
