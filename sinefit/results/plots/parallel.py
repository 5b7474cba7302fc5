"""Parallel coordinates: a line a run through its settings to its metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.errors import SinefitError
from sinefit.results.cells import name_value
from sinefit.results.plots.chart import Axis, Chart, Parallel, Scale
from sinefit.results.plots.request import axis_of, is_scale, is_wide, label_of, order_values

if TYPE_CHECKING:
    import pandas as pd

    from sinefit.results.plots.request import Request


def draw_parallel(request: Request) -> Chart:
    """An upright axis for each swept setting, or each of `by`, and one for the metric, which colours.

    Raises:
        SinefitError: if no setting was swept or every run diverged.
    """
    keys = list(request.by) or request.require_keys(1, "parallel coordinates")
    runs = request.runs
    shown = np.isfinite(runs.numbers)
    if not shown.any():
        msg = f"no run has a finite {request.metric}, so that there is no line to draw"
        raise SinefitError(msg)
    table = runs.table[shown]
    scales = [_scale(table[key], key) for key in keys]
    numbers = runs.numbers[shown]
    scales.append(Scale(Axis(label_of(request.metric), is_wide(numbers)), numbers.tolist()))
    left_out = int((~shown).sum())
    notes = [f"{left_out} runs without a finite {request.metric}: not drawn"] if left_out else []
    title = f"{request.metric} of {len(table):,} run{'' if len(table) == 1 else 's'}"
    return Chart(title, parallel=Parallel(tuple(scales), runs.sign < 0), notes=tuple(notes))


def _scale(column: pd.Series[Any], key: str) -> Scale:
    """Numbers where all are; else the names of the values in their order."""
    if is_scale(column) and not column.isna().any():
        return Scale(axis_of(column), column.to_numpy(dtype=float).tolist())
    names = order_values(column)
    positions = [float(names.index(name_value(value))) for value in column.tolist()]
    return Scale(Axis(key, categories=tuple(names)), positions)
