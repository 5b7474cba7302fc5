"""Parallel coordinates: a line a run through its settings to its metric."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError, plural
from sinefit.results.cells import name_column, name_value
from sinefit.results.plots.chart import Axis, Chart, Parallel
from sinefit.results.plots.request import is_scale, is_wide, label_of, order_values
from sinefit.status import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.results.plots.request import Request


def draw_parallel(request: Request) -> Chart:
    """An upright axis for each swept setting, or each of `by`, and one for the metric, which colors.

    Pruned runs end at what they had when they were left, gray and behind the others.

    Raises:
        SinefitError: if every run diverged.
    """
    runs = request.runs
    is_finite = np.isfinite(runs.numbers)
    if not is_finite.any():
        msg = f"no run has a finite {request.metric}, so that there is no line to draw"
        raise SinefitError(msg)
    last = runs.table[request.metric].to_numpy(dtype=float, na_value=np.nan)
    is_pruned = (runs.table["status"] == Status.PRUNED).to_numpy() & np.isfinite(last)
    shown = is_finite | is_pruned
    numbers = np.where(is_pruned, last, runs.numbers)[shown]
    columns = [_scale(request, key, shown) for key in request.by or request.keys]
    columns.append((Axis(label_of(request.metric), is_wide(numbers)), numbers.tolist()))
    axes, values = zip(*columns, strict=True)
    left_out = int((~shown).sum())
    notes = [f"{plural(left_out, 'run')} without a finite {request.metric}: not drawn"] if left_out else []
    pruned = tuple(is_pruned[shown].tolist()) if is_pruned.any() else ()
    if pruned:
        of = f"{request.metric} at the epoch at which they were left"
        notes.append(f"gray: {plural(sum(pruned), 'pruned run')}, {of}")
    parallel = Parallel(axes, values, request.is_high_best, pruned)
    return Chart(f"{request.metric} of {plural(len(numbers), 'run')}", parallel=parallel, notes=tuple(notes))


def _scale(request: Request, key: str, shown: NDArray[np.bool_]) -> tuple[Axis, list[float]]:
    """Numbers, nan for a run that has none; else the names of the values in their order."""
    column, axis = request.runs.table[key], request.axis(key)
    if is_scale(column):
        return axis, column.to_numpy(dtype=float, na_value=np.nan)[shown].tolist()
    column = column[shown]
    names = [name for name in order_values(column) if not column.isna().any() or name != name_value(None)]
    positions = {name: float(position) for position, name in enumerate(names)}
    return Axis(axis.label, categories=tuple(names)), [
        positions.get(name, math.nan) for name in name_column(column)
    ]
