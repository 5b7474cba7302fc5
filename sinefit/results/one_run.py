"""One run of a table on a page of its own: settings, metrics, folder, and how to train it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from sinefit.results.best import reproducing_command
from sinefit.results.cells import format_column
from sinefit.results.frame import METRICS, SETTINGS

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

_BOOKKEEPING = ("epochs", "steps", "train_seconds", "n_parameters", "seed", "config_hash")


def print_run(rows: pd.DataFrame, metric: str, candidates: int, console: Console) -> None:
    """Print the first row vertically, as the best of so many candidates by a metric."""
    row = rows.head(1)
    settings = [name for name in row.attrs[SETTINGS] if row[name].notna().all()]
    metrics = [metric, *(name for name in row.attrs[METRICS] if name != metric and row[name].notna().all())]
    rest = [name for name in _BOOKKEEPING if name not in settings and row[name].notna().all()]
    width = max(map(len, [*settings, *metrics, *rest]))
    value, folder = format_column(row, metric)[0], row["folder"].iloc[0]
    console.print(Text(f"the best of {candidates} runs by {metric}: {value}", style="bold"), soft_wrap=True)
    for title, names in (("settings", settings), ("metrics", metrics), ("run", ["status", *rest])):
        if names:
            console.print(Text(title, style="dim"))
        for name in names:
            cell = format_column(row, name)[0]
            console.print(Text.assemble("  ", (name.ljust(width), "cyan"), f"  {cell}"), soft_wrap=True)
    console.print(Text("folder", style="dim"))
    console.print(Text(f"  {folder}"), soft_wrap=True)
    console.print(Text("train it again", style="dim"))
    console.print(Text(f"  {reproducing_command(folder)}"), soft_wrap=True)
