"""One run of a table on a page of its own: settings, metrics, folder, and how to train it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from sinefit.record.folder import RunFolder
from sinefit.results.best import reproducing_command
from sinefit.results.cells import format_column
from sinefit.results.frame import METRICS, SETTINGS
from sinefit.results.rows import RECORDED
from sinefit.results.sentences import say as say_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.console import Console


def print_run(
    rows: pd.DataFrame, metric: str, headline: str, console: Console, remarks: Sequence[str] = ()
) -> None:
    """Print the first row vertically, below what is said of it.

    Args:
        rows: from `sinefit.collect`.
        metric: what it was chosen by; its value ends the headline.
        headline: why it was chosen.
        console: where to.
        remarks: sentences below the headline.
    """
    row = rows.head(1).dropna(axis="columns")
    settings = [name for name in row.attrs[SETTINGS] if name in row]
    metrics = [metric, *(name for name in row.attrs[METRICS] if name != metric and name in row)]
    rest = ["status", *(name for name in RECORDED if name in row and name not in settings)]
    cells = {name: format_column(row, name)[0] for name in (*settings, *metrics, *rest)}
    width = max(map(len, cells))
    folder = row["folder"].iloc[0]
    again = reproducing_command(folder, RunFolder(folder).read_result())

    def say(*parts: str | tuple[str, str]) -> None:
        console.print(Text.assemble(*parts), soft_wrap=True)

    say((f"{headline}: {cells[metric]}", "bold"))
    for remark in remarks:
        say_sentence(remark, console)
    for title, names in (("settings", settings), ("metrics", metrics), ("run", rest)):
        if names:
            say((title, "dim"))
        for name in names:
            say("  ", (name.ljust(width), "cyan"), f"  {cells[name]}")
    for title, text in (
        ("folder", folder),
        ("train it again", again),
    ):
        say((title, "dim"))
        say(f"  {text}")
