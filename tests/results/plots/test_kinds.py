"""A kind of picture of one's own is one entry of the table of kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from typer.testing import CliRunner

from sinefit.cli.main import app
from sinefit.results.plots import KINDS, Kind
from sinefit.results.plots.chart import Axis, Chart, Line, Panel
from sinefit.results.report import render_report

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from sinefit.results.plots.request import Request


def draw_scatter(request: Request) -> Chart:
    """Each run as a point over its seed."""
    seeds = request.runs.table["seed"].astype(float).tolist()
    line = Line("runs", seeds, request.runs.numbers.tolist(), 0, marks="points")
    return Chart("a scatter", (Panel("", Axis("seed"), Axis(request.metric), (line,)),))


@pytest.mark.parametrize("draw", [draw_scatter, f"{__name__}:draw_scatter"])
def test_a_kind_of_ones_own(
    known_sweep: Path, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, draw: object
) -> None:
    """One entry, a function or its place, and the command, its completion and the report have it."""
    monkeypatch.setitem(KINDS, "scatter", Kind("each run as a point", draw))  # type: ignore[arg-type]
    file = known_sweep.parent / "scatter.png"
    done = CliRunner().invoke(app, ["plot", str(known_sweep), "--kind", "scatter", "--output", str(file)])
    assert (done.exit_code, done.stdout) == (0, "")
    with Image.open(file) as picture:
        assert picture.width >= 1200
    assert "a scatter" in render_report(table, "a title")


def test_a_kind_that_does_not_exist_is_named_before_anything_is_read() -> None:
    """With all kinds that there are."""
    done = CliRunner().invoke(app, ["plot", "no such folder", "--kind", "pie"])
    assert str(done.exception) == f"there is no kind of picture 'pie'; type one of {', '.join(KINDS)}"
