"""Fits of tables: predicted against measured on equal axes, whatever the predictions are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib import rc_context
from predicted_tables import make_rows, write_table_run, write_table_sweep

from sinefit.errors import SinefitError
from sinefit.results.collection import collect
from sinefit.results.plots import draw
from sinefit.results.plots.chart import Chart
from sinefit.results.plots.interactive import describe_panels
from sinefit.results.plots.measured import explain_hidden, measured_panel, near_limits
from sinefit.results.plots.panels import add_residual
from sinefit.results.plots.request import Request
from sinefit.results.plots.static import STYLE, make_figure

if TYPE_CHECKING:
    from pathlib import Path

nan, inf = math.nan, math.inf


def test_points_lie_where_the_rows_are_and_the_diagonal_goes_from_corner_to_corner() -> None:
    """Measured across, predicted upwards, on two axes with the same ends."""
    panel = measured_panel([1.0, 3.0, 2.0], [1.5, 2.0, 2.0], "firmness", "3 rows")
    diagonal, points = panel.lines
    assert (points.x, points.y, points.marks) == ([1.0, 3.0, 2.0], [1.5, 2.0, 2.0], "points")
    assert panel.x.limits == panel.y.limits == tuple(diagonal.x) == tuple(diagonal.y)
    assert (panel.x.label, panel.y.label) == ("measured firmness", "predicted firmness")
    low, high = near_limits([1.0, 3.0, 2.0], [1.5, 2.0, 2.0])
    assert low < 1.0
    assert high > 3.0
    below = add_residual(panel).below
    assert below is not None
    assert below.lines[1].y == pytest.approx(np.subtract(points.y, points.x))


@pytest.mark.parametrize(
    ("prediction", "hidden"),
    [
        ([1.0, 2.0, 3.0], []),
        ([1.0, nan, 3.0], ["1 of 3 predictions is not finite or too far off to be seen"]),
        ([inf, -inf, 1e300], ["3 of 3 predictions are not finite or too far off to be seen"]),
        ([1.0, 2.0, 1e9], ["1 of 3 predictions is not finite or too far off to be seen"]),
    ],
)
def test_wild_predictions_hide_nothing(prediction: list[float], hidden: list[str]) -> None:
    """The axes follow what was measured; what cannot be seen is counted, and both renderers draw the rest."""
    panel = add_residual(measured_panel([1.0, 2.0, 3.0], prediction, "y", "rows"))
    assert explain_hidden([panel]) == hidden
    assert panel.y.limits is not None
    low, high = panel.y.limits
    assert -2 < low < 1
    assert 3 < high < 6
    with rc_context(STYLE):
        make_figure(Chart("", (panel,))).canvas.draw()
    ((_, figure),) = describe_panels(Chart("", (panel,)))
    assert figure["layout"]["xaxis"]["range"] == figure["layout"]["yaxis"]["range"]
    assert "inf" not in repr(figure["data"])


@pytest.mark.parametrize("target", [[5.0], [0.0, 0.0], [nan]])
def test_one_row_and_equal_rows_have_an_axis(target: list[float]) -> None:
    """Its ends differ."""
    low, high = near_limits(target, target)
    assert low < high


def test_the_picture_is_square() -> None:
    """Both axes have the same length on paper, and residuals lie exactly below."""
    panel = add_residual(measured_panel([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "y", "rows"))
    with rc_context(STYLE):
        figure = make_figure(Chart("", (panel, panel)))
        figure.canvas.draw()
    for below, above in (figure.axes[:2], figure.axes[2:]):
        if below.get_ylabel() != "residual":
            below, above = above, below  # noqa: PLW2901
        box, low = above.get_window_extent(), below.get_window_extent()
        assert box.width == pytest.approx(box.height, rel=1e-6)
        assert (low.x0, low.x1) == pytest.approx((box.x0, box.x1), abs=1)


def test_fits_of_tables_have_equal_axes(tmp_path: Path) -> None:
    """Best, median and worst run of one file, their points as recorded."""
    sweep = write_table_sweep(tmp_path / "a sweep", make_rows(3.0), make_rows(0.5), make_rows(-1.0))
    chart = draw("fits", Request(collect(str(sweep))))
    assert [panel.title.split(":")[0] for panel in chart.panels] == ["best", "median", "worst"]
    assert len({panel.x.limits for panel in chart.panels} | {panel.y.limits for panel in chart.panels}) == 1
    for panel, error in zip(chart.panels, (0.5, -1.0, 3.0), strict=True):
        points = panel.lines[-1]
        assert points.name == "prediction of validation rows"
        assert np.subtract(points.y, points.x) == pytest.approx(np.full(12, error))
        assert panel.lines[0].x == list(panel.x.limits or ())
    assert "residual: prediction minus measured, on a scale of its own for each run" in chart.notes


def test_functions_and_tables_stand_side_by_side(tmp_path: Path, known_sweep: Path) -> None:
    """Each with the axes of its own data; a run without a prediction is counted."""
    write_table_run(tmp_path / "tables" / "0", make_rows(0.001))
    write_table_run(tmp_path / "tables" / "1", None, seed=1)
    (tmp_path / "tables" / "multirun.yaml").write_text("hydra: {}\n")
    chart = draw("fits", Request(collect([str(known_sweep), str(tmp_path / "tables")])))
    best, median, *others = chart.panels
    assert others == []
    assert (best.has_diagonal, median.has_diagonal) == (True, False)
    assert best.x.limits == pytest.approx((-0.4, 10.4), abs=0.01)
    assert median.x.limits == (-1.0, 1.0)
    assert "1 run not drawn for lack of a prediction.csv" in chart.notes
    assert any("prediction minus measured or function" in note for note in chart.notes)


def test_two_files_have_two_scales(tmp_path: Path) -> None:
    """What was measured in one unit says nothing of another."""
    rows = [(None, 1000 * target, 1000 * prediction) for _, target, prediction in make_rows(0.1)]
    write_table_run(tmp_path / "s" / "0", make_rows(0.1), file="one")
    write_table_run(tmp_path / "s" / "1", rows, file="two")
    (tmp_path / "s" / "multirun.yaml").write_text("hydra: {}\n")
    one, two = draw("fits", Request(collect(str(tmp_path / "s")))).panels
    assert one.x.limits is not None
    assert two.x.limits is not None
    assert (one.x.limits[1], two.x.limits[1]) == pytest.approx((10.5, 10500), rel=0.01)


def test_tables_with_one_input_are_drawn_over_it(tmp_path: Path) -> None:
    """Rows as points, also where an input was measured twice, and residuals as points."""
    rows = [(1.0, 2.0, 2.5), (1.0, 3.0, 2.5), (4.0, 5.0, 4.5)]
    sweep = write_table_sweep(tmp_path / "s", rows, inputs=("days",))
    (panel,) = draw("fits", Request(collect(str(sweep)))).panels
    measured, prediction = panel.lines
    assert (measured.name, measured.marks, measured.x) == ("validation rows", "points", [1.0, 1.0, 4.0])
    assert (prediction.marks, prediction.y) == ("line", [2.5, 2.5, 4.5])
    assert panel.x.limits is not None
    low, high = panel.x.limits
    assert low < 1.0
    assert high > 4.0
    assert panel.below is not None
    assert (panel.below.x.label, panel.y.label) == ("days", "firmness")
    assert (panel.below.lines[1].y, panel.below.lines[1].marks) == ([0.5, -0.5, -0.5], "points")


def test_it_is_said_which_runs_have_no_prediction(tmp_path: Path) -> None:
    """Those of tables with several targets among them."""
    write_table_run(tmp_path / "s" / "0", None)
    (tmp_path / "s" / "multirun.yaml").write_text("hydra: {}\n")
    with pytest.raises(
        SinefitError, match="functions of several variables and of tables with several target"
    ):
        draw("fits", Request(collect(str(tmp_path / "s"))))


def test_rows_that_train_are_named_where_none_validate(tmp_path: Path) -> None:
    """As the record says."""
    write_table_run(tmp_path / "s" / "0", make_rows(0.1), validation=0)
    (tmp_path / "s" / "multirun.yaml").write_text("hydra: {}\n")
    (panel,) = draw("fits", Request(collect(str(tmp_path / "s")))).panels
    assert panel.lines[-1].name == "prediction of training rows"


def test_a_broken_description_of_the_table_does_no_harm(tmp_path: Path) -> None:
    """The points are drawn without names."""
    write_table_run(tmp_path / "s" / "0", make_rows(0.1))
    (tmp_path / "s" / "0" / "data.json").write_text('{"file": 3')
    (tmp_path / "s" / "multirun.yaml").write_text("hydra: {}\n")
    (panel,) = draw("fits", Request(collect(str(tmp_path / "s")))).panels
    assert panel.below is not None
    assert (panel.below.x.label, panel.y.label) == ("measured", "predicted")
