"""Pictures as files: nothing overlaps at four or at four hundred rows, names are harmless."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.dom import minidom

import numpy as np
import pandas as pd
import pytest
from matplotlib import rc_context
from PIL import Image

from sinefit.results.plots import KINDS, draw, join_charts
from sinefit.results.plots.chart import Axis, Chart, Line, Panel
from sinefit.results.plots.interactive import describe_panels
from sinefit.results.plots.request import Request
from sinefit.results.plots.static import STYLE, make_figure, render_static

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.figure import Figure
    from matplotlib.transforms import BboxBase

LINE_HEIGHT = 20
"""Pixels of a line of text at 100 dots an inch, on the slant."""
HOSTILE = "<script>alert(1)</script> $\\frac{"


def make_table(rows: int, folder: str) -> pd.DataFrame:
    """Random settings with long and hostile names; all runs share a folder."""
    dice = np.random.default_rng(rows)
    frame = pd.DataFrame(
        {
            "status": "completed",
            "model.a_setting_with_a_long_name": dice.choice([8, 16, 32, 64, 128], rows),
            "optimizer": dice.choice(
                ["adam", HOSTILE, "a very long name of an optimizer, longer than its box"], rows
            ),
            "optimizer.lr": 10 ** dice.uniform(-4, 0, rows),
            "seed": np.arange(rows),
            "rmse": 10 ** dice.normal(-1, 1, rows),
            "folder": folder,
        }
    )
    frame.attrs = {"settings": [*frame.columns[1:4], "seed"], "metrics": ["rmse"]}
    return frame


def texts_of(figure: Figure) -> Iterator[list[tuple[str, BboxBase]]]:
    """Groups of texts that must not cover each other, with their places after drawing."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            placed = [(text, text.get_window_extent(renderer)) for text in shown if text.get_text()]
            drawn = [(text, box) for text, box in placed if box.width > 1]
            if any(text.get_rotation() for text, _ in drawn):  # their boxes overlap where they do not
                ends = [text.get_transform().transform(text.get_position())[0] for text, _ in drawn]
                assert min(np.diff(ends)) > LINE_HEIGHT
            else:
                yield [(text.get_text(), box) for text, box in drawn]
    parts = [text for text in (figure._suptitle, figure._supxlabel) if text is not None]  # type: ignore[attr-defined]
    legends = [("legend", legend.get_window_extent(renderer)) for legend in figure.legends]
    labels = [
        (label.get_text(), label.get_window_extent(renderer))
        for axes in figure.axes
        for label in (axes.title, axes.xaxis.label, axes.yaxis.label)
        if label.get_text()
    ]
    yield [*((text.get_text(), text.get_window_extent(renderer)) for text in parts), *legends, *labels]


@pytest.mark.parametrize("rows", [4, 400])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"parallel", "front"}])
def test_nothing_overlaps(table: pd.DataFrame, kind: str, rows: int) -> None:
    """Tick labels, titles, legends and notes keep apart, and all of them lie inside of the picture."""
    drawn = make_table(rows, table["folder"].iloc[0])
    with rc_context(STYLE):
        figure = make_figure(draw(kind, Request(drawn)))
        figure.canvas.draw()
        width, height = figure.get_size_inches() * figure.dpi
        for group in texts_of(figure):
            for (one, box), (other, next_box) in pairwise(
                sorted(group, key=lambda each: (each[1].x0, each[1].y0))
            ):
                assert not box.padded(-1.5).overlaps(next_box.padded(-1.5)), (one, other)
            for text, box in group:
                assert -1 <= box.x0 <= box.x1 <= width + 1, text
                assert -1 <= box.y0 <= box.y1 <= height + 1, text


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "front"])
def test_files_are_what_their_ending_says(table: pd.DataFrame, kind: str) -> None:
    """A PNG that opens and is no blank, an SVG that is well-formed and equal each time."""
    chart = draw(kind, Request(table))
    picture = Image.open(io.BytesIO(render_static(chart, "png"))).convert("L")
    assert picture.width >= 1200
    assert np.asarray(picture).std() > 3
    vector = render_static(chart, "svg")
    assert minidom.parseString(vector).documentElement.tagName == "svg"  # noqa: S318 - our own file
    assert vector == render_static(chart, "svg")


def test_names_are_text(table: pd.DataFrame) -> None:
    """Markup and formulas in settings are shown as typed, in SVG and to plotly."""
    drawn = make_table(40, table["folder"].iloc[0])
    for kind in [each for each in KINDS if each != "front"]:
        chart = draw(kind, Request(drawn))
        assert b"<script" not in render_static(chart, "svg")
        if kind != "parallel":  # plotly takes its names as plain text; see the tests in the browser
            assert "<script" not in repr([figure for _, figure in describe_panels(chart)])
    (_, figure), *_ = describe_panels(draw("lines", Request(drawn, x="optimizer.lr", by=("optimizer",))))
    assert any("&lt;script&gt;" in str(trace.get("name")) for trace in figure["data"])


def test_a_band_has_gaps() -> None:
    """Where there is no interval, a band ends; it does not reach across, as a single outline would."""
    nan = float("nan")
    line = Line("a", [1.0, 2.0, 3.0, 4.0], [1.0] * 4, 0, [0.5, nan, 0.5, 0.5], [2.0, nan, 2.0, 3.0])
    panel = Panel("", Axis("x"), Axis("y"), (line,))
    ((_, figure),) = describe_panels(Chart("title", (panel,)))
    bands = [trace for trace in figure["data"] if trace.get("fill")]
    assert [band["x"] for band in bands] == [[1, 1], [3, 4, 4, 3]]
    assert bands[1]["y"] == [0.5, 0.5, 3, 2]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "front"])
def test_plotly_accepts_the_figures(table: pd.DataFrame, kind: str) -> None:
    """Plotly's own validation knows every attribute."""
    from plotly.graph_objects import Figure as PlotlyFigure  # noqa: PLC0415 - takes a second

    for _, figure in describe_panels(draw(kind, Request(table))):
        assert len(PlotlyFigure(figure["data"], figure["layout"]).data) == len(figure["data"])


@pytest.mark.parametrize(("panels", "across"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 2)])
def test_more_than_three_panels_stand_two_in_a_row(tmp_path: Path, panels: int, across: int) -> None:
    """So that a page need not shrink them until nobody can read them."""
    chart = draw("box", Request(make_table(12, str(tmp_path)), by=("optimizer",)))
    with rc_context(STYLE):
        figure = make_figure(join_charts([chart] * panels))
    drawn = [axes for axes in figure.axes if axes.axison]
    assert len(drawn) == panels
    assert figure.axes[0].get_gridspec().ncols == across
