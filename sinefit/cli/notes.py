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


def write_statistics(table: pd.DataFrame, kind: Format, output: Path | None) -> None:
    """The table, then its notes: on the terminal below it, else on standard error."""
    from sinefit.results.statistics.summary import NOTES  # noqa: PLC0415 - help answers without pandas

    write_table(table, list(table.columns), kind, output)
    on_terminal = kind is Format.TERMINAL and output is None
    console = Console(file=sys.stdout if on_terminal else sys.stderr)
    for note in table.attrs[NOTES]:
        console.print(Text(note, style="dim"), soft_wrap=True)
