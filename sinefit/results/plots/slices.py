"""Slices: a metric against each setting, a panel a setting and a point a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError, plural
from sinefit.results.cells import name_column
from sinefit.results.plots.chart import Axis, Chart, Line, Panel
from sinefit.results.plots.request import is_scale, is_wide, label_of
from sinefit.status import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.results.plots.request import Request

    Numbers = NDArray[np.float64]

MOST_PANELS = 12
FEWEST_IN_THIRDS = 30
"""Runs from which on early, middle and late jobs have colors of their own."""
THIRDS = (4, 0, 1)
"""Styles of early, middle and late jobs: light blue, blue, and a color that stands out."""
BEST, PRUNED = 5, 6
"""Styles of the best run and of pruned ones."""
SPREAD, GOLDEN = 0.5, (5**0.5 - 1) / 2
"""How wide the points of a category stand, and what parts neighbours evenly, whatever follows whatever."""


def draw_slices(request: Request) -> Chart:
    """A panel for each swept setting, or each of `by`; the color is the order of the jobs, a star the best.

    Pruned runs stand behind the others, with what they had when they were left.

    Raises:
        SinefitError: if no run has a finite value.
    """
    runs = request.runs
    shown = np.isfinite(runs.numbers)
    if not shown.any():
        msg = f"no run has a finite {request.metric}, so that there is no point to draw"
        raise SinefitError(msg)
    keys = list(request.by) or request.keys
    notes = (
        [f"{MOST_PANELS} of {len(keys)} settings, those with most values"] if len(keys) > MOST_PANELS else []
    )
    last = runs.table[request.metric].to_numpy(dtype=float, na_value=np.nan)
    is_pruned = (runs.table["status"] == Status.PRUNED).to_numpy() & np.isfinite(last)
    values = np.where(is_pruned, last, np.where(shown, runs.numbers, np.nan))
    up = Axis(label_of(request.metric), is_wide(values))
    panels = []
    for key in keys[:MOST_PANELS]:
        places = _place(request, key)
        groups = _group_rows(runs.sign * runs.numbers, shown, is_pruned)
        lines = [_draw_points(name, rows, places, values, style) for name, rows, style in groups]
        panels.append(Panel("", request.axis(key), up, tuple(line for line in lines if line.x)))
        unset = int(np.isnan(places).sum())
        notes += [f"{plural(unset, 'run')} without {key}: not in its panel"] if unset else []
    if is_pruned.any():
        notes.append(f"pruned: {request.metric} at the epoch at which a run was left")
    lost = int((~shown & ~is_pruned).sum())
    notes += [f"{plural(lost, 'run')} without a finite {request.metric}: not drawn"] if lost else []
    return Chart(f"{request.metric} against each setting", tuple(panels), notes=tuple(notes))


def _place(request: Request, key: str) -> Numbers:
    """Where runs stand along the axis of a setting, (N,): nan for a run that has no number there."""
    column = request.runs.table[key]
    if is_scale(column):
        numbers: Numbers = column.to_numpy(dtype=float, na_value=np.nan)
        return numbers
    positions = {name: position for position, name in enumerate(request.axis(key).categories)}
    places = np.array([positions[name] for name in name_column(column)], dtype=float)
    places += SPREAD * (np.arange(len(places)) * GOLDEN % 1 - 0.5)
    return places


def _group_rows(
    losses: Numbers, shown: NDArray[np.bool_], is_pruned: NDArray[np.bool_]
) -> list[tuple[str, NDArray[np.intp], int]]:
    """Runs that are drawn alike: a name, their rows, and a style; the best one is the last.

    Args:
        losses: (N,), lower is better.
        shown: (N,), which have a value.
        is_pruned: (N,).
    """
    rows = np.flatnonzero(shown)
    groups = [("pruned", np.flatnonzero(is_pruned), PRUNED)]
    if len(rows) < FEWEST_IN_THIRDS:
        groups.append(("a run", rows, THIRDS[1]))
    else:
        names = ("first third of the jobs", "second third", "last third")
        parts = np.array_split(np.arange(len(losses)), len(THIRDS))
        groups += [
            (name, np.intersect1d(part, rows), style)
            for name, part, style in zip(names, parts, THIRDS, strict=True)
        ]
    best = rows[np.argmin(losses[rows])]
    return [*groups, ("the best", np.array([best]), BEST)]


def _draw_points(name: str, rows: NDArray[np.intp], places: Numbers, values: Numbers, style: int) -> Line:
    """Some of the runs as points, or the best one as a star; without those that have no place."""
    rows = rows[~np.isnan(places[rows])]
    line = Line(name, places[rows].tolist(), values[rows].tolist(), style, marks="points")
    return replace(line, marks="star") if style == BEST else replace(line, is_faint=style == PRUNED)
