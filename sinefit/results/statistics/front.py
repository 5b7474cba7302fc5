"""The front of two objectives: the settings than which no other ones are better in both, by medians.

Settings dominate others if they are no worse in both objectives and better in one (Deb et al., A fast and
elitist multiobjective genetic algorithm: NSGA-II, 2002, doi 10.1109/4235.996017).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sinefit.results.cells import name_cells
from sinefit.results.frame import FRONT, SETTINGS
from sinefit.results.rows import SECOND
from sinefit.results.statistics.intervals import median
from sinefit.results.statistics.metric import count_once, objective_of, sign_of, swept_keys
from sinefit.status import DONE, Status

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from sinefit.results.overrides import Cell


def add_front(table: pd.DataFrame, seconds: Sequence[Cell]) -> pd.DataFrame:
    """A table with the column ``front``, if its runs have a second objective; of each sweep its own.

    Args:
        table: of runs, see `sinefit.collect`.
        seconds: the second objective of each, None where there is none.
    """
    names = [str(name) for name in seconds if name is not None]
    if not names:
        return table
    attrs = table.attrs | {SECOND: max(names, key=names.count)}
    table.attrs = attrs
    chosen = np.zeros(len(table), bool)
    for rows in table.groupby("sweep", sort=False).indices.values():
        part = table.iloc[rows]
        chosen[rows] = _is_in(part, front(part))
    before = list(table).index("epochs")
    table.insert(before, FRONT, chosen)
    table.attrs = attrs
    return table


def front(table: pd.DataFrame) -> pd.DataFrame:
    """The settings on the front, the best by the first objective first.

    Columns: the swept settings, n (runs), and the medians of both objectives over repeats. A run that
    diverged or failed is infinitely bad in both; settings whose medians are not finite are on no front.

    Args:
        table: from `sinefit.collect`, with a second objective in its `attrs`.
    """
    keys = swept_keys(table)
    names = objective_of(table), str(table.attrs[SECOND])
    once, _ = count_once(table)
    numbers = [_read(once, name) for name in names]
    cells = pd.Series(name_cells(once, keys))
    rows, medians = [], []
    for indices in cells.groupby(cells, sort=False).indices.values():
        known = [values[indices][~np.isnan(values[indices])] for values in numbers]
        if all(len(each) for each in known):
            rows.append({key: once.iloc[indices[0]][key] for key in keys} | {"n": len(known[0])})
            medians.append([median(each) for each in known])
    found = pd.DataFrame(rows, columns=[*keys, "n"])
    points = np.array(medians, float).reshape(-1, 2)
    for name, column in zip(names, points.T, strict=True):
        found[name] = column
    signed = points * [sign_of(name) for name in names]
    found = found[is_on_front(signed)].sort_values(
        list(names), ascending=[sign_of(name) > 0 for name in names], kind="stable", ignore_index=True
    )
    found.attrs = {SETTINGS: keys, SECOND: names[1]}
    return found


def is_on_front(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points no other one dominates, (N,); lower is better in both, infinite points are on no front.

    Args:
        points: (N, 2).
    """
    chosen = np.zeros(len(points), bool)
    least, group = np.inf, np.inf  # of the second objective: before this value of the first, and from it on
    last = -np.inf
    for index in np.lexsort([points[:, 1], points[:, 0]]):
        first, second = points[index]
        if first > last:
            least, last = min(least, group), first
            group = second
        chosen[index] = bool(np.isfinite(points[index]).all()) and second == group and second < least
    return chosen


def _read(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """An objective run by run, (N,): infinitely bad where a run diverged or failed, nan where it has none."""
    if name not in table:
        return np.full(len(table), np.nan)
    values = table[name].to_numpy(dtype=float, na_value=np.nan).copy()
    values[~table["status"].isin(DONE).to_numpy()] = np.nan
    values[table["status"].isin([Status.DIVERGED, Status.FAILED]).to_numpy()] = np.inf * sign_of(name)
    return values


def _is_in(table: pd.DataFrame, settings: pd.DataFrame) -> list[bool]:
    """Whether each row's settings are among some."""
    keys = settings.attrs[SETTINGS]
    wanted: set[Hashable] = {*name_cells(settings, keys)} if len(settings) else set()
    return [cell in wanted for cell in name_cells(table, keys)]
