"""Medians of what chooses nothing, test rows and baselines: told of settings, never used to rank them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sinefit.errors import plural
from sinefit.results.cells import is_number, name_cells
from sinefit.results.statistics.intervals import median
from sinefit.results.statistics.metric import BASELINES, LINEAR, USUAL, read_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sinefit.results.statistics.metric import Policy


def median_metrics(runs: pd.DataFrame, names: Iterable[str]) -> dict[str, float | None]:
    """Medians over runs; a diverged run is infinitely bad, but its baselines are as good as any.

    Args:
        runs: from `sinefit.collect`, as a rule of equal settings.
        names: of metrics; those without a value in any run are left out.
    """
    medians: dict[str, float | None] = {}
    for name in names:
        if name in runs and is_number(runs[name]):
            numbers = _read(runs, name, "worst")
            numbers = numbers[~np.isnan(numbers)]
            medians |= {name: median(numbers)} if len(numbers) else {}
    return medians


def count_beaten(table: pd.DataFrame, keys: Sequence[str], diverged: Policy) -> list[str]:
    """A sentence if there are cells whose median rmse is not below that of a straight line.

    Args:
        table: from `sinefit.collect`, each run once.
        keys: the settings that make a cell.
        diverged: ``worst`` or ``exclude``.
    """
    if not {USUAL, LINEAR} <= {*table}:
        return []
    numbers = pd.DataFrame({name: _read(table, name, diverged) for name in (USUAL, LINEAR)}, table.index)
    cells = pd.Series(name_cells(table, keys), table.index)
    medians = numbers.groupby(cells).median().dropna()
    beaten = int((medians[USUAL] >= medians[LINEAR]).sum())
    if not beaten:
        return []
    counted = f"{beaten} of {plural(len(medians), 'cell')} {'does' if beaten == 1 else 'do'}"
    note = (
        f"{counted} not beat a straight line: the median rmse is not below that of ordinary least squares"
        " on the same rows"
    )
    return [note]


def _read(table: pd.DataFrame, name: str, diverged: Policy) -> NDArray[np.float64]:
    """A metric run by run, (N,); a baseline is the same whatever became of the network."""
    if name.removeprefix("test_") in BASELINES:
        return table[name].to_numpy(dtype=float, na_value=np.nan)
    return read_numbers(table, name, diverged)
