"""The rows of a table in groups, the best first, and no more groups than can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sinefit.results.cells import crop_values, name_cells
from sinefit.results.statistics.intervals import median

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
        rows: positions in `Request.runs.table`, ascending.
        median: of the metric; nan if no run has it.
    """

    name: str
    rows: NDArray[np.intp]
    median: float


def find_groups(request: Request, keys: Sequence[str]) -> list[Group]:
    """All groups, the best median first, those without a value last."""
    values = request.runs
    places: dict[tuple[str, ...], list[int]] = {}
    for row, cell in enumerate(name_cells(values.table, keys)):
        places.setdefault(cell, []).append(row)
    groups = []
    for cell, found in places.items():
        rows = np.array(found)
        numbers = values.numbers[rows]
        numbers = numbers[~np.isnan(numbers)]
        name = ", ".join(crop_values(cell, LONGEST_NAME))
        groups.append(Group(name, rows, median(numbers) if len(numbers) else np.nan))
    return sorted(groups, key=lambda group: _badness(group.median, values.sign))


def keep_best(groups: list[Group], most: int, metric: str) -> tuple[list[Group], list[str]]:
    """The best groups, and a sentence if there are more."""
    if len(groups) <= most:
        return groups, []
    return groups[:most], [f"the {most} of {len(groups)} groups with the best median {metric}"]


def _badness(value: float, sign: int) -> float:
    return float("inf") if np.isnan(value) else sign * value
