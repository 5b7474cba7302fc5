"""A table of statistics on the terminal or in a file, with what must be known of its numbers below it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console

from sinefit.cli.options import Format
from sinefit.cli.writing import write_table
from sinefit.results.sentences import say

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

DROPPABLE = (
    *("failed", "std", "iqm", "worst", "mean", "best", "difference interval", "difference", "p"),
    *("improvement", "interval", "diverged", "pruned", "ratio interval", "pairs", "n", "rank"),
)
"""Columns that a narrow terminal goes without, the first ones first."""


def write_statistics(table: pd.DataFrame, kind: Format, output: Path | None, columns: list[str]) -> None:
    """Write the table, then its notes: on the terminal below it, else on standard error.

    Args:
        table: of `summarize`, `compare` or `importance`.
        kind: the format.
        output: a file; standard output if None.
        columns: these and no others, of the table or of its form for people; all of them if empty.
    """
    # Help answers without pandas.
    from sinefit.results.frame import require_columns  # noqa: PLC0415
    from sinefit.results.statistics.shaped import SHARES, shape_for_reading  # noqa: PLC0415
    from sinefit.results.statistics.summary import NOTES  # noqa: PLC0415

    on_terminal = kind is Format.TERMINAL and output is None
    console = Console(file=sys.stdout if on_terminal else sys.stderr)
    if columns:
        shaped = shape_for_reading(table)
        everything = table.assign(**{str(name): shaped[name] for name in shaped if name not in table})
        require_columns(everything, columns)
        write_table(everything[columns], columns, kind, output)
    elif on_terminal:
        from sinefit.results.display import print_fitting  # noqa: PLC0415

        shown = shape_for_reading(table)
        right = [str(name) for name in shown if name in SHARES or "interval" in str(name)]
        needed = {"difference": "ratio", "p": "p_holm"}  # unless there is the other, which says more
        droppable = [name for name in DROPPABLE if name in shown and needed.get(name, name) in shown]
        print_fitting(shown, droppable, console, right)
    else:
        write_table(table, list(table.columns), kind, output)
    for note in table.attrs[NOTES]:
        say(note, console, style="dim")
