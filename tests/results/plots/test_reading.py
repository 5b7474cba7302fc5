"""What makes pictures legible: names, letters, equal axes, points of random searches."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pytest
import yaml
from made_tables import make_table

from sinefit.record.folder import RunFolder
from sinefit.results.plots import draw, fonts
from sinefit.results.plots.chart import Axis, Chart, Line, Panel
from sinefit.results.plots.fonts import find_fonts
from sinefit.results.plots.groups import best_groups
from sinefit.results.plots.request import Request
from sinefit.results.plots.static import make_figure, render_static
from sinefit.results.text import tell_apart

if TYPE_CHECKING:
    import pandas as pd

SHIPPED = Path(mpl.get_data_path()) / "fonts" / "ttf"


@pytest.mark.parametrize("room", [12, 16, 40])
@pytest.mark.parametrize(
    "names",
    [
        ["x" * 60 + "1", "x" * 60 + "2"],
        ["1" + "x" * 60, "2" + "x" * 60],
        ["x" * 30 + "1" + "x" * 30, "x" * 30 + "2" + "x" * 30],
        [f"{'x' * 20}{k}{'y' * 40}{k % 3}" for k in range(12)],
        ["short", "x" * 61, "x" * 61, "x" * 62],
    ],
)
def test_cropped_names_stay_different(names: list[str], room: int) -> None:
    """Whatever they share; short ones are left as they are."""
    cropped = tell_apart(names, room)
    assert len(set(cropped)) == len(set(names))
    assert max(map(len, cropped)) <= room
    assert all(short == name for short, name in zip(cropped, names, strict=True) if len(name) <= room)


def test_every_group_has_its_entry_in_the_legend() -> None:
    """Names that begin alike, or with an underscore, or in another script."""
    notes = [
        "_one",
        "_two",
        "data of a very long name, taken on day 1",
        "data of a very long name, taken on day 2",
    ]
    rows = [{"note": note, "model": "m" * 30, "seed": seed, "rmse": 0.1} for note in notes for seed in (0, 1)]
    groups, _ = best_groups(Request(make_table(rows, ["note", "model"])), ["note", "model"], 7)
    names = [group.name for group in groups]
    assert len(set(names)) == 4
    lines = tuple(Line(name, [0.0, 1.0], [0.0, 1.0], style) for style, name in enumerate(names))
    (legend,) = make_figure(Chart("", (Panel("", Axis("x"), Axis("y"), lines),))).legends
    assert len(legend.get_texts()) == 4


def chart_of(title: str) -> Chart:
    """A picture that holds a text."""
    return Chart(title, (Panel("", Axis("x"), Axis("y"), (Line("", [0.0, 1.0], [0.0, 1.0], 0),)),))


def test_letters_are_found_in_installed_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the picture's own font lacks is looked for in the others, as far as they can be read."""
    monkeypatch.setattr(fonts, "OWN_FONT", "cmsy10")  # a font of signs
    paths = [str(SHIPPED / "DejaVuSerif.ttf"), str(SHIPPED / "none.ttf"), str(SHIPPED / "cmex10.ttf")]
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", lambda: paths)
    assert find_fonts(chart_of("\u0416")) == (["cmsy10", "DejaVu Serif"], "")


def test_letters_without_a_font_are_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In plain words, without a warning for each letter; not for SVG, which its reader draws."""
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", list)
    chart = chart_of("\u6570\u636e \u6570 a")
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error")
        assert render_static(chart, "png")
        assert render_static(chart, "svg")
    (record,) = caplog.records
    assert "boxes stand for \u6570\u636e, which no installed font has" in record.getMessage()


def test_fits_have_equal_axes_residuals_and_the_training_range(table: pd.DataFrame) -> None:
    """So that the best can be compared with the worst; the range is that of the settings."""
    for folder in table["folder"]:
        config = RunFolder(folder).config
        if config.exists():
            settings = yaml.safe_load(config.read_text()) | {
                "data": {"lower": -1.0, "upper": 0.25, "gap": None}
            }
            config.write_text(yaml.safe_dump(settings))
    panels = draw("fits", Request(table)).panels
    assert len({(panel.x.limits, panel.y.limits) for panel in panels}) == 1
    assert panels[0].x.limits == (-1.0, 1.0)
    for panel in panels:
        assert panel.shaded == (((-1.0, 0.25),), "training range")
        assert panel.below is not None
        zero, residual = panel.below.lines
        function, prediction = panel.lines
        assert residual.y == pytest.approx(np.subtract(prediction.y, function.y))
        assert set(zero.y) == {0.0}
    figure = make_figure(Chart("", panels))
    assert len(figure.axes) == 6


def test_a_random_search_is_drawn_as_points() -> None:
    """A line from run to run would jump about; settings of few values give the colors."""
    rates = np.random.default_rng(0).uniform(0.001, 0.1, 30)
    rows = [
        {"optimizer.lr": rate, "optimizer": ("sgd", "adam")[k % 2], "seed": 0, "rmse": rate + 1}
        for k, rate in enumerate(rates.tolist())
    ]
    rows[3]["status"] = "diverged"
    chart = draw("lines", Request(make_table(rows, ["optimizer.lr", "optimizer"])))
    (panel,) = chart.panels
    assert {line.name: line.marks for line in panel.lines} == {"sgd": "points", "adam": "points"}
    drawn = sorted(pair for line in panel.lines for pair in zip(line.x, line.y, strict=True))
    assert drawn == sorted((rate, rate + 1) for k, rate in enumerate(rates.tolist()) if k != 3)
    assert "1 run without a finite rmse: not drawn" in chart.notes


def test_a_grid_over_seeds_keeps_its_lines(table: pd.DataFrame) -> None:
    """Three rates, six seeds each."""
    assert {line.marks for line in draw("lines", Request(table)).panels[0].lines} == {"line and points"}
