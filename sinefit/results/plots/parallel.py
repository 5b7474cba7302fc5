"""Parallel coordinates: a line a run through its settings to its metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.errors import SinefitError, plural
from sinefit.results.cells import name_value
from sinefit.results.plots.chart import Axis, Chart, Parallel
from sinefit.results.plots.request import axis_of, is_scale, is_wide, label_of, order_values

if TYPE_CHECKING:
    import pandas as pd

    from sinefit.results.plots.request import Request


def draw_parallel(request: Request) -> Chart:
    """An upright axis for each swept setting, or each of `by`, and one for the metric, which colors.

    Raises:
        SinefitError: if every run diverged.
    """
    shown = np.isfinite(request.runs.numbers)
    if not shown.any():
        msg = f"no run has a finite {request.metric}, so that there is no line to draw"
        raise SinefitError(msg)
    table, numbers = request.runs.table[shown], request.runs.numbers[shown]
    columns = [_scale(table[key], key) for key in request.by or request.keys]
    columns.append((Axis(label_of(request.metric), is_wide(numbers)), numbers.tolist()))
    axes, runs = zip(*columns, strict=True)
    left_out = int((~shown).sum())
    notes = (f"{plural(left_out, 'run')} without a finite {request.metric}: not drawn",) if left_out else ()
    title = f"{request.metric} of {plural(len(table), 'run')}"
    return Chart(title, parallel=Parallel(axes, runs, request.is_high_best), notes=notes)


def _scale(column: pd.Series[Any], key: str) -> tuple[Axis, list[float]]:
    """Numbers where all are; else the names of the values in their order."""
    if is_scale(column) and not column.isna().any():
        return axis_of(column), column.to_numpy(dtype=float).tolist()
    names = order_values(column)
    positions = [float(names.index(name_value(value))) for value in column.tolist()]
    return Axis(key, categories=tuple(names)), positions
