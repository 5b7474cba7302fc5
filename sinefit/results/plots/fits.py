"""The best, the middle and the worst fit, drawn over the function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import RecordError, SinefitError
from sinefit.record import RunFolder
from sinefit.results.cells import format_cell, name_value
from sinefit.results.plots.chart import REFERENCE, Axis, Chart, Line, Panel

if TYPE_CHECKING:
    from sinefit.results.plots.request import Request

RANKS = ("best", "median", "worst")


def draw_fits(request: Request) -> Chart:
    """A panel each for the best, the median and the worst run that did not diverge; fewer for fewer runs.

    Raises:
        SinefitError: if none of them has a prediction to draw.
    """
    values = request.runs
    finite = np.flatnonzero(np.isfinite(values.numbers))
    ranked = finite[np.argsort(values.sign * values.numbers[finite], kind="stable")]
    places = {"best": 0, "median": (len(ranked) - 1) // 2, "worst": len(ranked) - 1}
    chosen = {ranked[place]: rank for rank, place in reversed(places.items())} if len(ranked) else {}
    panels = [_panel(request, int(row), chosen[row]) for row in sorted(chosen, key=ranked.tolist().index)]
    left_out = len(values.numbers) - len(ranked)
    notes = [f"{left_out} runs without a finite {request.metric}: not ranked"] if left_out else []
    drawn = [panel for panel in panels if panel is not None]
    if not drawn:
        msg = (
            "no run has a prediction.csv to draw: runs of functions of several variables have none, and"
            " those of older versions neither; rerun=DIR makes it"
        )
        raise SinefitError(msg)
    return Chart(f"fits, ranked by {request.metric}", tuple(drawn), notes=tuple(notes))


def _panel(request: Request, row: int, rank: str) -> Panel | None:
    """Function and prediction of a run; None if it has no prediction."""
    run = request.runs.table.iloc[row]
    try:
        points = RunFolder(run["folder"]).read_prediction()
    except RecordError:
        return None
    x, target, prediction = ([float(p[name] or 0) for p in points] for name in ("x", "target", "prediction"))
    settings = ", ".join(f"{key}={name_value(run[key])}" for key in [*request.keys, "seed"])
    number = format_cell(float(request.runs.numbers[row]), "{:.3g}")
    lines = (Line("function", x, target, REFERENCE), Line("prediction", x, prediction, 1))
    return Panel(f"{rank}: {request.metric} {number}\n{settings}", Axis("x"), Axis("y"), lines)
