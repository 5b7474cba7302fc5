"""A heat map: the median of a metric over two swept settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.results.cells import format_cell, is_number
from sinefit.results.plots.chart import Axis, Chart, Heat, Panel
from sinefit.results.plots.groups import median_of
from sinefit.results.plots.request import is_wide, label_of, order_values
from sinefit.results.statistics.levels import find_levels
from sinefit.results.text import tell_apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.results.plots.request import Request

MOST_TEXTS = 12
"""Fields in a row up to which each has room for its number."""
LONGEST_NAME = 32


def draw_heatmap(request: Request) -> Chart:
    """A field for each pair of values, colored by the median over all other settings and repeats."""
    free = [key for key in request.keys if key not in (request.x, request.y)]
    x = request.x or free.pop(0)
    y = request.y or free.pop(0)
    runs, notes = request.runs, list(request.runs.notes)
    rows, columns = (find_levels(runs.table[key], notes) for key in (y, x))
    row_names, column_names = (_order(runs.table[key], found) for key, found in ((y, rows), (x, columns)))
    if is_number(runs.table[y]):
        row_names.reverse()  # numbers grow upwards
    fields = [
        [runs.numbers[((rows == row) & (columns == column)).to_numpy()] for column in column_names]
        for row in row_names
    ]
    medians = np.array([[median_of(field) for field in row] for row in fields])
    medians_shown = np.where(np.isfinite(medians), medians, np.nan)
    is_log = is_wide(medians_shown)
    label = label_of(request.metric)
    has_texts = len(column_names) <= MOST_TEXTS
    heat = Heat(
        numbers=(np.log10(medians_shown) if is_log else medians_shown).tolist(),
        texts=[[_text(field) if has_texts else "" for field in row] for row in fields],
        label=f"log10 of {label}" if is_log else label,
        is_high_best=request.is_high_best,
    )
    across, up = (
        Axis(key, categories=tuple(tell_apart(names, LONGEST_NAME)))
        for key, names in ((x, column_names), (y, row_names))
    )
    title = f"median {request.metric} by {y} and {x}"
    return Chart(title, (Panel("", across, up, heat=heat),), notes=tuple(notes))


def _order(column: pd.Series[Any], levels: pd.Series[Any]) -> list[str]:
    """The names of a setting's values or ranges, in the order of the numbers behind them."""
    named = dict.fromkeys(levels.tolist())
    known = order_values(column)
    if set(named) <= set(known):
        return [name for name in known if name in named]
    first = {name: column[levels == name].min() for name in named}
    return sorted(named, key=lambda name: (pd.isna(first[name]), first[name]))


def _text(numbers: NDArray[np.float64]) -> str:
    """A field's median; how many of its runs diverged where that has none."""
    middle, known = median_of(numbers), numbers[~np.isnan(numbers)]
    if np.isnan(middle):
        return "no run"
    if np.isfinite(middle):
        return format_cell(middle, "{:.3g}")
    diverged = int(np.isinf(known).sum())
    return "diverged" if diverged == len(known) else f"{diverged} of {len(known)}\ndiverged"
