"""A heat map: the median of a metric over two swept settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.results.cells import crop_values, format_cell
from sinefit.results.plots.chart import Axis, Chart, Heat, Panel
from sinefit.results.plots.request import is_wide, label_of, order_values
from sinefit.results.statistics.intervals import median
from sinefit.results.statistics.levels import find_levels

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sinefit.results.plots.request import Request

MOST_TEXTS = 12
"""Fields in a row up to which each has room for its number."""

LONGEST_NAME = 32


def draw_heatmap(request: Request) -> Chart:
    """A field for each pair of values, coloured by the median over all other settings and seeds.

    Raises:
        SinefitError: if fewer than two settings were swept.
    """
    x, y = _choose(request)
    runs = request.runs
    notes: list[str] = []
    rows, columns = (find_levels(runs.table[key], notes) for key in (y, x))
    row_names, column_names = (_ordered(runs.table[key], found) for key, found in ((y, rows), (x, columns)))
    medians = [
        [_median(runs.numbers[((rows == row) & (columns == column)).to_numpy()]) for column in column_names]
        for row in row_names
    ]
    is_log = is_wide([value for row in medians for value in row])
    heat = Heat(
        colours=[[_colour(value, is_log=is_log) for value in row] for row in medians],
        texts=_texts(medians, len(column_names)),
        label=f"log10 of {label_of(request.metric)}" if is_log else label_of(request.metric),
        is_high_best=runs.sign < 0,
    )
    panel = Panel(
        "", Axis(x, categories=_cropped(column_names)), Axis(y, categories=_cropped(row_names)), heat=heat
    )
    return Chart(f"median {request.metric} by {y} and {x}", (panel,), notes=(*runs.notes, *notes))


def _choose(request: Request) -> tuple[str, str]:
    """The two settings: the ones asked for, else those with most values."""
    if request.x is not None and request.y is not None:
        return request.x, request.y
    keys = request.require_keys(2, "a heat map")
    free = [key for key in keys if key not in (request.x, request.y)]
    x = request.x or free.pop(0)
    return x, request.y or free.pop(0)


def _cropped(names: list[str]) -> tuple[str, ...]:
    return tuple(crop_values([name], LONGEST_NAME)[0] for name in names)


def _ordered(column: pd.Series[Any], levels: pd.Series[Any]) -> list[str]:
    """The names of a setting's values or ranges, in the order of the numbers behind them."""
    named = dict.fromkeys(levels.tolist())
    known = order_values(column)
    if set(named) <= set(known):
        return [name for name in known if name in named]
    first = {name: column[levels == name].min() for name in named}
    return sorted(named, key=lambda name: first[name])


def _median(numbers: NDArray[np.float64]) -> float:
    numbers = numbers[~np.isnan(numbers)]
    return median(numbers) if len(numbers) else np.nan


def _colour(value: float, *, is_log: bool) -> float:
    """What is coloured; nothing for diverged fields and for those without runs."""
    if not np.isfinite(value):
        return np.nan
    return float(np.log10(value)) if is_log else value


def _texts(medians: list[list[float]], width: int) -> list[list[str]]:
    if width > MOST_TEXTS:
        return [["" for _ in row] for row in medians]
    return [[_text(value) for value in row] for row in medians]


def _text(value: float) -> str:
    if np.isnan(value):
        return "no run"
    return "diverged" if np.isinf(value) else format_cell(value, "{:.3g}")
