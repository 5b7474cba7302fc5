"""The rows of a table in groups, the best first, and no more groups than can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sinefit.results.cells import name_cells
from sinefit.results.statistics.intervals import median
from sinefit.results.text import crop_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sinefit.results.plots.request import Request

LONGEST_NAME = 40


@dataclass(frozen=True)
class Group:
    """Runs of equal settings.

    Attributes:
        name: the settings' values, long ones cropped.
        rows: (N,) positions in `Request.runs.table`, ascending.
        median: of the metric; infinite if most diverged, nan if no run has it.
    """

    name: str
    rows: NDArray[np.intp]
    median: float


def best_groups(request: Request, keys: Sequence[str], most: int) -> tuple[list[Group], list[str]]:
    """The groups with the best medians.

    Args:
        request: the table and the metric.
        keys: the settings that are equal within a group.
        most: how many groups there is room for.

    Returns:
        The groups, the best first, those without a value last; and a sentence if some were left out.
    """
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, cells in enumerate(name_cells(request.runs.table, keys)):
        rows.setdefault(cells, []).append(row)
    groups = [
        Group(
            ", ".join(crop_values(cells, LONGEST_NAME)),
            np.array(found),
            median_of(request.runs.numbers[found]),
        )
        for cells, found in rows.items()
    ]
    sign = -1 if request.is_high_best else 1
    groups.sort(key=lambda group: np.inf if np.isnan(group.median) else sign * group.median)
    left_out = f"the {most} of {len(groups)} groups with the best median {request.metric}"
    return groups[:most], [left_out] if len(groups) > most else []


def median_of(numbers: NDArray[np.float64]) -> float:
    """The median of those that are not nan; nan if all are."""
    numbers = numbers[~np.isnan(numbers)]
    return median(numbers) if len(numbers) else np.nan
