"""What is shown of tables in a notebook: HTML that takes its colors from the page, light or dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from sinefit.results.cells import format_column, is_number
from sinefit.results.statistics.comparison import CONCLUSION
from sinefit.results.statistics.shaped import shape_for_reading
from sinefit.results.statistics.summary import NOTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CELL = "padding:0.2em 0.8em;white-space:nowrap;color:inherit;background:transparent;"
_TABLE = "border-collapse:collapse;color:inherit;background:transparent;font-variant-numeric:tabular-nums"
_HEAD = _CELL + "border-bottom:1px solid rgba(128,128,128,0.6)"


def html_table(frame: pd.DataFrame, names: Sequence[str] | None = None) -> str:
    """A table as HTML, each cell as the terminal shows it.

    Args:
        frame: any; ``attrs`` may say which columns are settings.
        names: of the columns that are shown; all if None.
    """
    names = list(map(str, frame.columns)) if names is None else names
    sides = [f"text-align:{'right' if is_number(frame[name]) else 'left'}" for name in names]
    head = "".join(_cell("th", name, f"{_HEAD};{side}") for name, side in zip(names, sides, strict=True))
    columns = [format_column(frame, name) for name in names]
    rows = (
        "".join(_cell("td", text, f"{_CELL}{side}") for text, side in zip(row, sides, strict=True))
        for row in zip(*columns, strict=True)
    )
    body = "".join(f"<tr style='background:transparent'>{row}</tr>" for row in rows)
    return (
        f"<div style='overflow-x:auto'><table style='{_TABLE}'><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def html_lines(lines: Iterable[str], style: str = "opacity:0.75") -> str:
    """Sentences below each other."""
    return "".join(f"<div style='{style}'>{escape(line)}</div>" for line in lines)


def _cell(tag: str, text: str, style: str) -> str:
    return f"<{tag} style='{style}'>{escape(text)}</{tag}>"


class Statistics(pd.DataFrame):
    """A summary, a comparison or importances: a DataFrame that shows its conclusion and notes below it.

    What pandas makes of it is an ordinary DataFrame.
    """

    @property
    def conclusion(self) -> str:
        """The sentence that a comparison ends with; empty of other statistics."""
        return str(self.attrs.get(CONCLUSION, ""))

    @property
    def notes(self) -> list[str]:
        """What must be known of the numbers."""
        return list(self.attrs.get(NOTES, ()))

    def _repr_html_(self) -> str:
        """For notebooks: as the terminal shows it."""
        conclusion = [self.conclusion] if self.conclusion else []
        shown = shape_for_reading(pd.DataFrame(self))
        return html_table(shown) + html_lines(self.notes) + html_lines(conclusion, "font-weight:bold")

    def __repr__(self) -> str:
        text = shape_for_reading(pd.DataFrame(self)).to_string(index=False)
        return "\n".join(filter(None, [text, *self.notes, self.conclusion]))


def as_statistics(frame: pd.DataFrame) -> Statistics:
    """A table of statistics that shows its notes, too.

    Args:
        frame: of `summarize`, `compare` or `importance`.
    """
    statistics = Statistics(frame)
    statistics.attrs = frame.attrs
    return statistics
