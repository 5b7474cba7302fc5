"""A table on a terminal of any width: numbers are never wrapped, and what has no room is named."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from sinefit.errors import plural
from sinefit.results.cells import format_cell, format_column, is_number
from sinefit.results.rows import BROKEN
from sinefit.results.sentences import say
from sinefit.results.shown import choose_columns, describe_errors
from sinefit.results.text import fold, list_some
from sinefit.status import GOOD, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd

MOST_NAMED = 4
"""Metrics that are named of those that a table leaves out."""
_GAP = 2
_WIDE = 10_000
_LAYOUTS = ((_WIDE, ""), (_WIDE, ". "), (_WIDE, "._ "), (28, "._ "), (20, "._ "))
"""The longest text of a cell, and the signs after which headings are folded: tried until a table fits."""
_PATHS = ("sweep", "folder")
_STYLES = dict.fromkeys(GOOD, "green") | dict.fromkeys((Status.FAILED, BROKEN), "red")


def print_table(table: pd.DataFrame, console: Console | None = None, metric: str | None = None) -> None:
    """Print what differs between the rows; say once what does not, what had no room, and all errors.

    Args:
        table: from `sinefit.collect`.
        console: where to; standard output if None.
        metric: the column that the table is about; the runs' objective if None.
    """
    console = console or Console()
    shown = choose_columns(table, metric)
    if shown.constants:
        console.print(Text(f"constant: {', '.join(shown.constants)}", style="dim"))
    print_fitting(table[shown.columns], shown.droppable, console, hint="--all shows them")
    if shown.aside:
        counted = plural(len(shown.aside), "other metric")
        named = list_some(shown.aside, MOST_NAMED)
        console.print(Text(f"{counted}: {named} (--all shows them)", style="dim"), soft_wrap=True)
    for line in describe_errors(table):
        say(line, console, style="red")


def print_all(table: pd.DataFrame, names: Sequence[str], console: Console | None = None) -> None:
    """Print these columns whatever the width: in blocks below each other, each beginning with the job.

    Args:
        table: any.
        names: of columns.
        console: where to; standard output if None.
    """
    console = console or Console()
    label = _make_column(table, "job" if "job" in names else names[0]).fitted(*_LAYOUTS[-2])
    longest = console.width - label.width - _GAP
    block: list[_Column] = []
    for name in names:
        column = label if name == label.name else _make_column(table, name).fitted(longest, "")
        if block and _total_width([*block, column]) > console.width:
            _print_grid(block, console)
            console.print()
            block = [] if column is label else [label]
        block.append(column)
    _print_grid(block, console)


def print_fitting(
    table: pd.DataFrame,
    droppable: Sequence[str],
    console: Console,
    right: Collection[str] = (),
    hint: str = "--format csv holds them",
) -> None:
    """Print all columns that have room.

    Where it is narrow, first headings are folded, then long texts cropped, then columns left out, and named.

    Args:
        table: what is printed.
        droppable: the columns that can be left out, the first one first.
        console: where.
        right: columns of text that are pushed to the right like numbers.
        hint: how to see the columns that were left out.
    """
    width = console.width
    whole = {str(name): _make_column(table, str(name), is_right=name in right) for name in table.columns}
    for longest, breaks in _LAYOUTS:
        kept = {name: column.fitted(longest, breaks) for name, column in whole.items()}
        if _total_width(kept.values()) <= width:
            break
    dropped = []
    for name in droppable:
        if _total_width(kept.values()) > width:
            dropped.append(name)
            del kept[name]
    for name, column in kept.items():  # as few folds in headings as there is room for
        for wider in (whole[name].fitted(longest, ""), whole[name].fitted(longest, ". ")):
            if _total_width(kept.values()) - column.width + wider.width <= width:
                kept[name] = wider
                break
    _print_grid(list(kept.values()), console)
    if dropped:
        names = ", ".join(name for name in whole if name in dropped)
        console.print(Text(f"not shown for lack of room: {names} ({hint})", style="dim"))


@dataclass(frozen=True, eq=False)
class _Column:
    """A column as text: its name, its heading's lines, its cells, its width, the side that cells keep to."""

    name: str
    heading: tuple[str, ...]
    cells: list[str]
    width: int
    is_right: bool

    def fitted(self, longest: int, breaks: str) -> _Column:
        """The same column in little room.

        Args:
            longest: letters of a cell of text.
            breaks: signs after which the heading is folded; none leaves it whole.
        """
        name = format_cell(self.name)
        widest = self.width if self.is_right else min(self.width, longest)
        if not breaks:
            return replace(self, width=max(widest, cell_len(name)))
        room = max(widest, *map(cell_len, fold(name, 1, breaks)))
        return replace(self, heading=tuple(fold(name, room, breaks)), width=room)

    def lines(self, height: int) -> Iterable[str]:
        """The heading, in so many lines, and the cells, all of the same width."""
        above = [""] * (height - len(self.heading))
        for text in (*above, *self.heading, *self.cells):
            cropped = _crop(text, self.width, keep_end=self.name in _PATHS)
            space = " " * (self.width - cell_len(cropped))
            yield f"{space}{cropped}" if self.is_right else f"{cropped}{space}"


def _make_column(table: pd.DataFrame, name: str, *, is_right: bool = False) -> _Column:
    """A column as wide as its cells; numbers are pushed to the right."""
    cells = format_column(table, name)
    is_right = is_right or is_number(table[name])
    return _Column(name, (format_cell(name),), cells, max(map(cell_len, cells), default=0), is_right)


def _total_width(columns: Collection[_Column]) -> int:
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
            style = _STYLES.get(cells[status].strip(), "yellow")
            text.stylize(style, start, start + columns[status].width)
            console.print(text, soft_wrap=True)


def _crop(text: str, room: int, *, keep_end: bool) -> str:
    """As much of a text as there is room for; of a path the end, which tells it from others."""
    if cell_len(text) <= room:
        return text
    widths = itertools.accumulate(map(cell_len, reversed(text) if keep_end else text))
    kept = sum(1 for _ in itertools.takewhile(lambda width: width < room, widths))
    return f"…{text[len(text) - kept :]}" if keep_end else f"{text[:kept]}…"
