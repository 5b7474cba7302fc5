"""The end of a sweep: its table is written, the best rows and all failures are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from sinefit.errors import plural
from sinefit.record.folder import TABLE_NAMES
from sinefit.results.best import rank_rows
from sinefit.results.collection import collect_sweep, write_sweep_table
from sinefit.results.display import print_table
from sinefit.results.rows import BROKEN, UNFINISHED
from sinefit.results.sentences import say
from sinefit.results.shown import count_statuses, describe_errors, describe_pruned
from sinefit.results.statistics.repeats import warn_of_unequal_rows
from sinefit.status import GOOD, Status

if TYPE_CHECKING:
    from pathlib import Path


def end_sweep(folder: Path, metric: str, top: int, console: Console | None = None) -> bool:
    """Write the sweep's table, print its best rows, its failures, and where it is.

    Args:
        folder: the sweep's.
        metric: the column that says what is best.
        top: how many rows are printed.
        console: where to; standard output.

    Returns:
        Whether a job failed or did not finish.
    """
    console = console or Console()
    table = collect_sweep(folder)
    if table.empty:
        say(f"no job was started in {folder}", console)
        return True
    is_written = write_sweep_table(folder, table)
    good = table[table["status"].isin(GOOD)]
    if metric in table.columns and len(good):
        print_table(rank_rows(good, metric).head(top), console, metric)
        for note in warn_of_unequal_rows(good):
            say(note, console, style="dim")
    failed = table[table["status"].isin([Status.FAILED, UNFINISHED, BROKEN])]
    for line in describe_errors(failed, most=len(failed)):
        say(line, console, style="red")
    taken = int(table["taken_from"].notna().sum())
    if taken:
        say(f"{plural(taken, 'job')} taken over from earlier runs (column taken_from)", console)
    if line := describe_pruned(table):
        say(line, console)
    say(f"{plural(len(table), 'job')}: {count_statuses(table)}", console)
    if is_written:
        say(f"table: {table['sweep'].iloc[0]}/{TABLE_NAMES[0]} (with types: {TABLE_NAMES[1]})", console)
    return len(failed) > 0
