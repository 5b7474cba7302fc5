"""A table on a terminal of any width: numbers are never wrapped, and what has no room is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sinefit.results.cells import format_column, is_number
from sinefit.results.shown import choose_columns, describe_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.console import JustifyMethod

_GAP = 2
_LONGEST_TEXT = 28
_PATHS = ("sweep", "folder")
_STYLES = {
    "completed": "green",
    "converged": "green",
    "stopped": "green",
    "diverged": "yellow",
    "interrupted": "yellow",
    "unfinished": "yellow",
    "failed": "red",
    "broken": "red",
}


def print_table(table: pd.DataFrame, console: Console | None = None) -> None:
    """Print what differs between the rows; say once what does not, what had no room, and all errors."""
    console = console or Console()
    shown = choose_columns(table)
    if shown.constants:
        console.print(Text(f"constant: {', '.join(shown.constants)}", style="dim"))
    columns, dropped = _fit(table, shown.columns, shown.droppable, console.width)
    console.print(_grid(table, columns, _LONGEST_TEXT))
    if dropped:
        console.print(
            Text(f"not shown for lack of room: {', '.join(dropped)} (--all shows them)", style="dim")
        )
    for line in describe_errors(table):
        console.print(Text(line, style="red"), soft_wrap=True)


def print_all(table: pd.DataFrame, columns: Sequence[str], console: Console | None = None) -> None:
    """Print these columns whatever the width: in blocks below each other, each beginning with the job."""
    console = console or Console()
    label = "job" if "job" in columns else columns[0]
    block: list[str] = []
    for name in columns:
        widths = [_column_width(table, shown, console.width) for shown in [*block, name]]
        if block and sum(widths) + _GAP * len(block) > console.width:
            console.print(_grid(table, block, console.width))
            console.print()
            block = [label] if label != name else []
        block.append(name)
    console.print(_grid(table, block, console.width))


def _fit(
    table: pd.DataFrame, columns: list[str], droppable: list[str], width: int
) -> tuple[list[str], list[str]]:
    """The columns that have room, and those that do not."""
    kept = list(columns)
    widths = {name: _column_width(table, name, _LONGEST_TEXT) for name in columns}
    for name in droppable:
        if sum(widths[other] + _GAP for other in kept) - _GAP <= width:
            break
        kept.remove(name)
    return kept, [name for name in columns if name not in kept]


def _column_width(table: pd.DataFrame, name: str, longest_text: int) -> int:
    """Numbers have all the room that they need, text no more than it is given."""
    widest = max(map(cell_len, format_column(table, name)), default=0)
    return max(widest if is_number(table[name]) else min(widest, longest_text), cell_len(name))


def _grid(table: pd.DataFrame, columns: Sequence[str], longest_text: int) -> Table:
    grid = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    cells = []
    for name in columns:
        room = _column_width(table, name, longest_text)
        justify: JustifyMethod = "right" if is_number(table[name]) else "left"
        grid.add_column(Text(name), justify=justify, no_wrap=True, overflow="ellipsis", width=room)
        texts = format_column(table, name)
        if name in _PATHS:
            texts = [_crop_left(text, room) for text in texts]
        cells.append([Text(text, style=_STYLES.get(text, "") if name == "status" else "") for text in texts])
    for row in zip(*cells, strict=True):
        grid.add_row(*row)
    return grid


def _crop_left(text: str, room: int) -> str:
    """The end of a path, which tells it from others."""
    if cell_len(text) <= room:
        return text
    while cell_len(text) >= room:
        text = text[1:]
    return f"…{text}"
