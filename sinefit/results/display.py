"""A table on a terminal of any width: numbers are never wrapped, and what has no room is named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from sinefit.results.cells import format_cell, format_column, is_number
from sinefit.results.shown import choose_columns, describe_errors
from sinefit.results.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd

_GAP = 2
_LONGEST_TEXT = 28
_LONGEST_SWEEP = 20  # room for its date and time
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
    longest = {"sweep": _LONGEST_SWEEP}
    columns = [_Column.of(table, name, longest.get(name, _LONGEST_TEXT)) for name in shown.columns]
    kept = _fit(columns, shown.droppable, console.width)
    _print_grid(kept, console)
    dropped = [column.name for column in columns if column not in kept]
    if dropped:
        console.print(
            Text(f"not shown for lack of room: {', '.join(dropped)} (--all shows them)", style="dim")
        )
    for line in describe_errors(table):
        console.print(Text(line, style="red"), soft_wrap=True)


def print_all(table: pd.DataFrame, names: Sequence[str], console: Console | None = None) -> None:
    """Print these columns whatever the width: in blocks below each other, each beginning with the job."""
    console = console or Console()
    label = _Column.of(table, "job" if "job" in names else names[0], _LONGEST_TEXT)
    longest = console.width - label.width - _GAP
    block: list[_Column] = []
    for column in [label if name == label.name else _Column.of(table, name, longest) for name in names]:
        if block and _total_width([*block, column]) > console.width:
            _print_grid(block, console)
            console.print()
            block = [] if column is label else [label]
        block.append(column)
    _print_grid(block, console)


def print_fitting(
    table: pd.DataFrame, droppable: Sequence[str], console: Console, right: Collection[str] = ()
) -> None:
    """Print all columns that have room.

    Where it is narrow, first headings are folded, then long texts cropped, then columns left out, and named.

    Args:
        table: what is printed.
        droppable: the columns that can be left out, the first one first.
        console: where.
        right: columns of text that are pushed to the right like numbers.
    """
    names = list(map(str, table.columns))
    width = console.width
    for longest, breaks in ((width, ""), (width, ". "), (width, "._ "), (_LONGEST_TEXT, "._ ")):
        whole = [_Column.of(table, name, longest, is_right=name in right or None) for name in names]
        columns = [column.folded(breaks) for column in whole] if breaks else whole
        if _total_width(columns) <= width:
            break
    kept = _unfolded(_fit(columns, list(droppable), width), whole, width)
    _print_grid(kept, console)
    dropped = [name for name in names if name not in {column.name for column in kept}]
    if dropped:
        text = f"not shown for lack of room: {', '.join(dropped)} (--format csv holds them)"
        console.print(Text(text, style="dim"))


@dataclass(frozen=True, eq=False)
class _Column:
    """A column as text: its name, its heading's lines, its cells, its width, the side that cells keep to."""

    name: str
    heading: tuple[str, ...]
    cells: list[str]
    width: int
    is_right: bool

    @classmethod
    def of(
        cls, table: pd.DataFrame, name: str, longest_text: int, *, is_right: bool | None = None
    ) -> _Column:
        """Numbers have all the room that they need, text no more than it is given."""
        cells = format_column(table, name)
        is_right = is_number(table[name]) if is_right is None else is_right
        widest = max(map(cell_len, cells), default=0)
        width = max(widest if is_right else min(widest, longest_text), cell_len(format_cell(name)))
        return cls(name, (format_cell(name),), cells, width, is_right)

    def folded(self, breaks: str) -> _Column:
        """The same with a heading of several lines that end at these signs, no wider than needed."""
        widest = max(map(cell_len, self.cells), default=0)
        room = max(widest, *map(cell_len, fold(self.heading[0], 1, breaks)))
        return replace(self, heading=tuple(fold(self.heading[0], room, breaks)), width=min(self.width, room))

    def lines(self, height: int) -> Iterable[str]:
        """The heading, in so many lines, and the cells, all of the same width."""
        above = [""] * (height - len(self.heading))
        for text in (*above, *self.heading, *self.cells):
            cropped = _crop(text, self.width, keep_end=self.name in _PATHS)
            space = " " * (self.width - cell_len(cropped))
            yield f"{space}{cropped}" if self.is_right else f"{cropped}{space}"


def _fit(columns: list[_Column], droppable: list[str], width: int) -> list[_Column]:
    """The columns that have room; the least important ones are left out first."""
    kept = list(columns)
    for name in droppable:
        if _total_width(kept) <= width:
            break
        kept = [column for column in kept if column.name != name]
    return kept


def _unfolded(kept: list[_Column], whole: list[_Column], width: int) -> list[_Column]:
    """The same columns with as few folds in their headings as there is room for."""
    named = {column.name: column for column in whole}
    for place, column in enumerate(kept):
        for wider in (named[column.name], named[column.name].folded(". ")):
            if _total_width(kept) - column.width + wider.width <= width:
                kept[place] = wider
                break
    return kept


def _total_width(columns: Sequence[_Column]) -> int:
    return sum(column.width + _GAP for column in columns) - _GAP


def _print_grid(columns: Sequence[_Column], console: Console) -> None:
    """Print columns beside each other; by hand, since rich's tables take seconds for ten thousand rows."""
    gap = " " * _GAP
    status = next((index for index, column in enumerate(columns) if column.name == "status"), None)
    start = 0 if status is None else sum(column.width + _GAP for column in columns[:status])
    height = max((len(column.heading) for column in columns), default=1)
    for number, cells in enumerate(zip(*(column.lines(height) for column in columns), strict=True)):
        line = gap.join(cells).rstrip()
        if number < height:
            console.print(Text(line, style="bold"), soft_wrap=True)
        elif status is None or not console.is_terminal:
            console.out(line, highlight=False)
        else:
            text = Text(line)
            text.stylize(_STYLES.get(cells[status].strip(), ""), start, start + columns[status].width)
            console.print(text, soft_wrap=True)


def _crop(text: str, room: int, *, keep_end: bool) -> str:
    """As much of a text as there is room for; of a path the end, which tells it from others."""
    if cell_len(text) <= room:
        return text
    while cell_len(text) >= room:
        text = text[1:] if keep_end else text[:-1]
    return f"…{text}" if keep_end else f"{text}…"
