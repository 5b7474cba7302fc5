"""A table as text in other people's formats: csv, json, markdown, latex.

Pandas' own Markdown and LaTeX need packages that are no dependencies (tabulate, jinja2).
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from sinefit.record.text import to_utf8
from sinefit.results.cells import format_cell, format_column, is_number
from sinefit.results.frame import SETTINGS, SUMMARIZED
from sinefit.results.shown import choose_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

_LATEX = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    sign: rf"\text{name}{{}}"
    for sign, name in {
        "\\": "backslash",
        "~": "asciitilde",
        "^": "asciicircum",
        "<": "less",
        ">": "greater",
        "|": "bar",
    }.items()
}
_MARKDOWN = re.compile(r"[\\|`*<\[~]|(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])|&(?=[#a-zA-Z])")
"""Signs that mean something in Markdown; not an underscore within a word."""


def to_csv(table: pd.DataFrame) -> str:
    """Comma-separated values, numbers in full, empty cells empty."""
    return table.to_csv(index=False, lineterminator="\n")


def to_json(table: pd.DataFrame) -> str:
    """A list with one object a row; empty cells, nan and infinity are null."""
    cells = table.astype(object)
    rows = cells.where(cells.notna() & ~cells.isin([math.inf, -math.inf]), None).to_dict("records")
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def to_markdown(table: pd.DataFrame) -> str:
    """A table as GitHub reads it; numbers with four digits, aligned to the right."""
    rule = ["---:" if is_number(table[name]) else ":---" for name in table]
    head, *rows = (map(_escape_markdown, row) for row in (map(format_cell, table), *_rows(table)))
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *rows))


def to_latex(table: pd.DataFrame) -> str:
    """A `tabular` for a paper, by the package booktabs; numbers with four digits, aligned to the right.

    A summary has its median with the interval in one column, the best in bold.
    """
    is_best: list[bool] = [False] * len(table)
    if SUMMARIZED in table.attrs and {"rank", "n", "median", "low", "high"} <= set(table):
        is_best = (table["rank"] == 1).fillna(value=False).tolist()
        table = _shape_summary(table, table.attrs[SUMMARIZED])

    def line(cells: Iterable[str], bold: int | None = None) -> str:
        texts = ["".join(_LATEX.get(sign, sign) for sign in cell) for cell in cells]
        if bold is not None:
            texts[bold] = rf"\textbf{{{texts[bold]}}}"
        text = " & ".join(texts)
        guard = "{}" if text.startswith(("[", "*")) else ""  # else it were an argument of the \\ above
        return rf"{guard}{text} \\"

    kinds = "".join("r" if is_number(table[name]) else "l" for name in table)
    median = list(table).index(table.attrs[SUMMARIZED]) if any(is_best) else None
    rows = [line(row, median if best else None) for row, best in zip(_rows(table), is_best, strict=True)]
    head = [r"% \usepackage{booktabs}", rf"\begin{{tabular}}{{{kinds}}}", r"\toprule"]
    head += [line(map(format_cell, table)), r"\midrule"]
    return "\n".join([*head, *rows, r"\bottomrule", r"\end{tabular}", ""])


def _shape_summary(summary: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A summary as papers print it: settings, n, median [low, high], and what share was lost if any was."""
    ends = zip(summary["median"].tolist(), summary["low"].tolist(), summary["high"].tolist(), strict=True)
    shown = summary[[*summary.attrs[SETTINGS], "n"]].assign(
        **{metric: [_join(*map(float, each)) for each in ends]}
    )
    for lost in ("diverged", "pruned"):
        if summary[lost].any():
            shown[lost] = [f"{share:.0%}" for share in summary[lost].tolist()]
    shown.attrs = summary.attrs
    return shown


def _join(middle: float, low: float, high: float) -> str:
    """A median with its interval, where there is one; a dash without a value.

    >>> _join(0.16234, 0.15, 0.2), _join(0.16234, math.nan, math.nan), _join(math.nan, math.nan, math.nan)
    ('0.1623 [0.15, 0.2]', '0.1623', '-')
    """
    if math.isnan(middle):
        return "-"
    return f"{middle:.4g}" if math.isnan(low) else f"{middle:.4g} [{low:.4g}, {high:.4g}]"


_FORMATS = {"csv": to_csv, "markdown": to_markdown, "json": to_json, "latex": to_latex}


def format_table(table: pd.DataFrame, kind: str, columns: Sequence[str] | None = None) -> str:
    """A table in one of the formats csv, json, markdown, latex.

    Args:
        table: as `collect` returns it.
        kind: the format.
        columns: which ones; None: all in csv and json, what differs between the rows in markdown and
            latex, where a line above says what does not.
    """
    write = _FORMATS[kind]
    if columns is not None or kind in {"csv", "json"}:
        return to_utf8(write(table if columns is None else table[list(columns)]))
    shown = choose_columns(table)
    constants = ", ".join(shown.constants)
    above = (
        f"Constant: {_escape_markdown(constants)}\n\n" if kind == "markdown" else f"% constant: {constants}\n"
    )
    return (above if constants else "") + write(table[shown.columns])


def _escape_markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _rows(table: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    return zip(*(format_column(table, name) for name in map(str, table)), strict=True)
