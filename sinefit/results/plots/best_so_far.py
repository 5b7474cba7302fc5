"""How a search went on: the best value so far against the number of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError
from sinefit.results.cells import differs
from sinefit.results.plots.chart import MOST_LINES, Axis, Chart, Line, Panel
from sinefit.results.plots.groups import best_groups
from sinefit.results.plots.request import is_wide, label_of
from sinefit.results.plots.ticks import whole_ticks
from sinefit.results.shown import count_statuses

if TYPE_CHECKING:
    from sinefit.results.plots.groups import Group
    from sinefit.results.plots.request import Request

DECADES = 1.0
"""Values that span more powers of ten have a logarithmic axis: else the last steps cannot be seen."""
MANY_JOBS = 1000
"""More jobs than these are on a logarithmic axis: most of what is found is found early."""


def draw_best(request: Request) -> Chart:
    """Steps of the best value among the first jobs, in their order, and each job as a point behind them.

    A line for each combination of `by`, or else for each sweep. Jobs that diverged, were pruned or failed are
    jobs, but never the best.

    Raises:
        SinefitError: if no run has a finite value.
    """
    table = request.runs.table
    by = list(request.by) or (["sweep"] if "sweep" in table and differs(table["sweep"]) else [])
    groups, notes = best_groups(request, by, MOST_LINES)
    lines = [line for style, group in enumerate(groups) for line in _draw_group(request, group, style)]
    if not lines:
        msg = f"no run has a finite {request.metric}, so that there is no best one to draw"
        raise SinefitError(msg)
    most = max(len(group.rows) for group in groups)
    across = Axis("jobs", is_log=most > MANY_JOBS, ticks=() if most > MANY_JOBS else whole_ticks(most))
    up = Axis(label_of(request.metric), is_wide([y for line in lines for y in line.y], DECADES))
    uncounted = table[~np.isfinite(request.runs.numbers)]
    notes += [f"{count_statuses(uncounted)}: counted as jobs, never the best"] if len(uncounted) else []
    title = " by ".join([f"best {request.metric} so far", *([", ".join(by)] if by else [])])
    return Chart(title, (Panel("", across, up, tuple(lines)),), notes=tuple(notes))


def _draw_group(request: Request, group: Group, style: int) -> list[Line]:
    """The jobs of a group as points, and the best of them so far as steps; nothing where none has a value."""
    sign, numbers = request.runs.sign, request.runs.numbers[sorted(group.rows)]
    counted = np.flatnonzero(np.isfinite(numbers))
    if not len(counted):
        return []
    best = sign * np.minimum.accumulate(sign * numbers[counted])
    is_step = np.append(True, np.diff(best) != 0)
    jobs, steps = [*(counted[is_step] + 1.0), float(len(numbers))], [*best[is_step], best[-1]]
    points = Line(
        "" if group.name else "a job",
        (counted + 1.0).tolist(),
        numbers[counted].tolist(),
        style,
        marks="points",
        is_faint=True,
    )
    name = group.name or "the best so far"
    return [points, Line(name, list(map(float, jobs)), list(map(float, steps)), style, marks="steps")]
