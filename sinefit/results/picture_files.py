"""A chart as the content of a file, whose ending says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sinefit.results.plots.chart import Chart

ENDINGS = (".png", ".svg", ".html")
"""The last one is a page whose pictures can be zoomed."""


def render_picture(chart: Chart, ending: str) -> bytes:
    """The content of a file.

    Args:
        chart: what is drawn.
        ending: one of `ENDINGS`.
    """
    if ending == ".html":
        from sinefit.results.page import render_chart  # noqa: PLC0415 - loads plotly

        return render_chart(chart)
    from sinefit.results.plots.static import render_static  # noqa: PLC0415 - loads matplotlib

    return render_static(chart, ending.removeprefix("."))
