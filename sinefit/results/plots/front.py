"""The front of two objectives: runs as points, and the settings than which no others are better in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError, plural
from sinefit.results.cells import name_cells
from sinefit.results.frame import FRONT
from sinefit.results.plots.chart import MOST_LINES, Axis, Chart, Line, Panel
from sinefit.results.plots.request import is_wide, label_of
from sinefit.results.rows import SECOND
from sinefit.results.statistics.medians import median_metrics
from sinefit.results.statistics.metric import sign_of

if TYPE_CHECKING:
    from sinefit.results.plots.request import Request


def draw_front(request: Request) -> Chart:
    """The metric against the second objective, the front as steps through the medians of its settings.

    Raises:
        SinefitError: if the runs have one objective, or none has finite values of both.
    """
    runs = request.runs
    second = request.table.attrs.get(SECOND)
    if second is None or not {FRONT, second} <= {*request.table}:
        msg = (
            "a front is of two objectives, and the runs have one; type for example"
            " sinefit -m second_objective=num_parameters"
        )
        raise SinefitError(msg)
    across = runs.table[second].to_numpy(dtype=float, na_value=np.nan)
    shown = np.isfinite(runs.numbers) & np.isfinite(across)
    if not shown.any():
        msg = f"no run has a finite {request.metric} and a finite {second}, so that there is no front to draw"
        raise SinefitError(msg)
    points = Line(
        "a run", across[shown].tolist(), runs.numbers[shown].tolist(), 0, marks="points", is_faint=True
    )
    chosen = runs.table[runs.table[FRONT].astype(bool).to_numpy()]
    fronts = [part for _, part in chosen.groupby("sweep", sort=False, dropna=False)][: MOST_LINES - 1]
    lines = (points, *(_draw_steps(request, part, style) for style, part in enumerate(fronts, 1)))
    across_axis = Axis(label_of(second), is_wide([x for line in lines for x in line.x]))
    up = Axis(label_of(request.metric), is_wide([y for line in lines for y in line.y]))
    left_out = int((~shown).sum())
    notes = [f"{plural(left_out, 'run')} without finite values of both: not drawn"] if left_out else []
    notes.append("front: no other settings are better in both, by medians over repeats")
    return Chart(
        f"{request.metric} against {second}", (Panel("", across_axis, up, lines),), notes=tuple(notes)
    )


def _draw_steps(request: Request, chosen: pd.DataFrame, style: int) -> Line:
    """From setting to setting, so that each value holds until a better one of the other is reached.

    Args:
        request: the picture's.
        chosen: the runs on the front of a sweep.
        style: of the line.
    """
    second = str(chosen.attrs[SECOND])
    names = second, request.metric
    groups = chosen.groupby(pd.Series(name_cells(chosen, request.keys), chosen.index), sort=False)
    medians = [median_metrics(group, names) for _, group in groups]
    ends = sorted((float(each[second] or 0), float(each[request.metric] or 0)) for each in medians)
    ends = ends if sign_of(second) > 0 else ends[::-1]
    of = chosen["sweep"].iloc[0]
    name = "the front" if len({*request.table["sweep"]}) == 1 else f"the front of {of}"
    return Line(name, [x for x, _ in ends], [y for _, y in ends], style, marks="steps")
