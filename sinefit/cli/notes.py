"""A table of statistics on the terminal or in a file, with what must be known of its numbers below it."""

from __future__ import annotations

import math
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
LOSSES = ("diverged", "failed")
SHARES = (*LOSSES, "pruned", "share", "improvement")


def shape_for_reading(table: pd.DataFrame) -> pd.DataFrame:
    """The table for people: both ends of an interval as one, or why there is none, and shares as percentages.

    What is empty or zero in all rows is left out: the notes say it.
    """
    losses = [name for name in LOSSES if name in table]
    unneeded = {name for name in table if table[name].isna().all()}
    unneeded |= set() if table[losses].any(axis=None) else set(losses)
    unneeded |= set() if "pruned" in table and table["pruned"].any() else {"pruned"}
    unneeded |= {"p_holm"} if len(table) == 1 else set()  # there is nothing to correct for
    of = "interval" if "n" in table else "difference interval"
    ends = {"low": ("high", of), "ratio_low": ("ratio_high", "ratio interval")}
    shown: dict[str, object] = {}
    for name in table.columns:
        if name in ends and (name not in unneeded or "n" in table):
            high, joined = ends[name]
            shown[joined] = _join_ends(table, name, high)
        elif name in SHARES and name not in unneeded:
            shown[name] = [f"{value:.1%}" for value in table[name].tolist()]
        elif name not in unneeded and name not in dict(ends.values()):
            shown[name] = table[name]
    result = type(table)(shown, index=table.index)
    result.attrs = table.attrs
    return result


def _join_ends(table: pd.DataFrame, low: str, high: str) -> list[str]:
    """Intervals as text; where there are too few runs or pairs for one, that."""
    from sinefit.results.statistics.intervals import REASONS  # noqa: PLC0415 - help answers without pandas

    counts = table["n" if "n" in table else "pairs"]
    return [
        REASONS.get(count, "-") if math.isnan(one) else f"{_three_digits(one)} to {_three_digits(other)}"
        for one, other, count in zip(table[low], table[high], counts, strict=True)
    ]


def _three_digits(number: float) -> str:
    """A number whose zeros at the end are kept, so that columns are as wide everywhere.

    >>> _three_digits(0.046), _three_digits(120)
    ('0.0460', '120')
    """
    return f"{number:#.3g}".rstrip(".")


def write_statistics(table: pd.DataFrame, kind: Format, output: Path | None, columns: list[str]) -> None:
    """Write the table, then its notes: on the terminal below it, else on standard error.

    Args:
        table: of `summarize`, `compare` or `importance`.
        kind: the format.
        output: a file; standard output if None.
        columns: these and no others, of the table or of its form for people; all of them if empty.
    """
    from sinefit.results.frame import require_columns  # noqa: PLC0415 - help answers without pandas
    from sinefit.results.statistics.summary import NOTES  # noqa: PLC0415 - help answers without pandas

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
