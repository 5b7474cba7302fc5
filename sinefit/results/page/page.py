"""A page of tables and figures as one HTML file that needs no network; independent of what they say.

Whatever comes from a table reaches the page as data, never as HTML: as JSON whose `<` is escaped, which the
page's own program puts into text nodes, or through `html.escape`. Its content security policy forbids it to
load anything.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from sinefit.record.text import to_utf8
from sinefit.results.cells import is_number
from sinefit.results.plots.interactive import describe_panels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from sinefit.results.plots.chart import Chart

    Column = dict[str, Any]

PROGRAMS = ("figures.js", "tables.js", "details.js", "start.js")


@dataclass
class Page:
    """A page in the making.

    Attributes:
        title: above it.
        sections: name for the contents, and HTML.
        tables: what the page's program shows as tables, by name.
        figures: what it draws.
        extra: other data for it.
    """

    title: str
    sections: list[tuple[str, str]] = field(default_factory=list)
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    figures: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def add(self, heading: str, *parts: str) -> None:
        """Add a section of HTML parts."""
        self.sections.append((heading, "\n".join(parts)))

    def add_table(self, name: str, columns: list[Column], caption: str, *, opens: bool = False) -> str:
        """Take a table up; the HTML of the element that will hold it.

        Args:
            name: of the table in the page's data.
            columns: from `describe_columns`.
            caption: for screen readers.
            opens: whether a click on a row shows its details.
        """
        self.tables[name] = {"columns": columns, "caption": caption}
        return f'<div data-table="{escape(name)}"{" data-opens" if opens else ""}></div>'

    def add_chart(self, chart: Chart) -> str:
        """Take a chart up; the HTML of its heading, its figures and its notes."""
        panels = "".join(self._add_figure(chart, *panel) for panel in describe_panels(chart))
        return f'<h3>{escape(chart.title)}</h3><div class="figures">{panels}</div>{notes(chart.notes)}'

    def _add_figure(self, chart: Chart, heading: str, figure: dict[str, Any]) -> str:
        """Take a panel up; the HTML of its heading and of the element that will hold it."""
        title = f"<p>{'<br>'.join(map(escape, heading.splitlines()))}</p>" if heading else ""
        layout = figure["layout"]
        needs = layout.get("meta", {})
        sizes = {"height": layout.get("height"), "--wide": needs.get("wide"), "--narrow": needs.get("narrow")}
        attributes = {
            "class": "figure",
            "role": "img",
            "aria-label": f"{chart.title} {heading}".strip(),
            "data-figure": str(len(self.figures)),
            "style": " ".join(f"{name}: {size}px;" for name, size in sizes.items() if size),
        }
        self.figures.append(figure)
        text = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items() if value)
        return f"<div>{title}<div {text}></div></div>"

    def render(self) -> str:
        """The whole file."""
        headings = [(f"s{number}", escape(heading)) for number, (heading, _) in enumerate(self.sections)]
        links = [f'<a href="#{name}">{heading}</a>' for name, heading in headings if heading]
        body = [
            f'<section id="{name}">{f"<h2>{heading}</h2>" if heading else ""}\n{text}</section>'
            for (name, heading), (_, text) in zip(headings, self.sections, strict=True)
        ]
        page = Template(_asset("page.html")).substitute(
            title=escape(self.title),
            style=_asset("page.css"),
            contents="".join(links),
            body="\n".join(body),
            data=to_json({"tables": self.tables, "figures": self.figures, **self.extra}),
            plotly=_plotly(),
            programs="\n".join(_asset(name).replace('"use strict";\n', "") for name in PROGRAMS),
        )
        return to_utf8(page)


def render_chart(chart: Chart) -> bytes:
    """A page with nothing but a chart."""
    page = Page(chart.title)
    page.add("", page.add_chart(chart))
    return page.render().encode()


def describe_columns(table: pd.DataFrame, names: Iterable[str] | None = None) -> list[Column]:
    """The columns of a table for the page: numbers as they are, to be sorted and rounded there.

    Args:
        table: any.
        names: of its columns; None: all.
    """
    described = []
    for name in table.columns if names is None else names:
        column = table[name]
        numeric = is_number(column)
        cells = [_cell(value, numeric=numeric) for value in column.tolist()]
        described.append({"name": str(name), "kind": "number" if numeric else "text", "cells": cells})
    return described


def notes(lines: Sequence[str]) -> str:
    """Small print below a table or a figure."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="notes">{items}</ul>' if lines else ""


def to_json(value: object) -> str:
    """JSON that can stand inside a script element: it holds neither `</script>` nor `<!--`.

    >>> "<" in to_json("</script>")
    False
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _cell(value: Any, *, numeric: bool) -> Any:  # noqa: ANN401 - a cell of any type
    """A cell as JSON: infinities by their names in JavaScript, nothing for an empty cell."""
    import pandas as pd  # noqa: PLC0415 - loaded by whoever has a table

    if value is None or pd.isna(value):
        return None
    if not numeric:
        return str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(f"{value:.7g}") if isinstance(value, float) else int(value)


@cache
def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 - takes half a second

    program: str = get_plotlyjs()
    return program
