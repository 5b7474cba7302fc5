"""A table of statistics on the terminal or in a file, with what must be known of its numbers below it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sinefit.cli.options import Format
from sinefit.cli.writing import write_table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


DROPPABLE = (
    *("failed", "std", "iqm", "worst", "mean", "best", "interval", "p", "difference", "diverged"),
    *("ratio interval", "improvement"),
)
"""Columns that a narrow terminal goes without, the first ones first."""


def join_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Two columns of an interval as one for reading; shares as percentages."""
    from sinefit.results.cells import format_cell  # noqa: PLC0415 - help answers without pandas

    shown: dict[str, object] = {}
    ends = {"low": ("high", "interval"), "ratio_low": ("ratio_high", "ratio interval")}
    for name in table.columns:
        if name in ends:
            high, joined = ends[name]
            pairs = zip(table[name].tolist(), table[high].tolist(), strict=True)
            shown[joined] = [f"{low:.3g} to {up:.3g}" if format_cell(low) else "-" for low, up in pairs]
        elif name in {"diverged", "failed", "share", "improvement"}:
            shown[name] = [f"{value:.1%}" for value in table[name].tolist()]
        elif name not in {"high", "ratio_high"}:
            shown[name] = table[name]
    result = type(table)(shown, index=table.index)
    result.attrs = table.attrs
    return result


def write_statistics(table: pd.DataFrame, kind: Format, output: Path | None) -> None:
    """The table, then its notes: on the terminal below it, else on standard error."""
    from sinefit.results.statistics.summary import NOTES  # noqa: PLC0415 - help answers without pandas

    on_terminal = kind is Format.TERMINAL and output is None
    console = Console(file=sys.stdout if on_terminal else sys.stderr)
    if on_terminal:
        from sinefit.results.display import print_fitting  # noqa: PLC0415

        print_fitting(join_intervals(table), DROPPABLE, console)
    else:
        write_table(table, list(table.columns), kind, output)
    for note in table.attrs[NOTES]:
        console.print(Text(note, style="dim"), soft_wrap=True)
