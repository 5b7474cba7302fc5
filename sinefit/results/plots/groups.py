"""The rows of a table in groups, the best first, and no more groups than can be told apart."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sinefit.errors import RecordError
from sinefit.record.folder import RunFolder
from sinefit.results.cells import name_cells
from sinefit.results.drawable import drawable
from sinefit.results.plots.chart import Line
from sinefit.results.statistics.intervals import median
from sinefit.results.text import ROOM_FOR_ENDS, crop_values, tell_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from sinefit.results.plots.request import Request

    Numbers: TypeAlias = list[dict[str, float | None]]

LONGEST_NAME = 40


class Group(NamedTuple):
    """Runs of equal settings: their values as a name, long ones cropped, and rows of `Request.runs.table`."""

    name: str
    rows: list[int]


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
    medians = {cells: median_of(request.runs.numbers[found]) for cells, found in rows.items()}
    sign = request.runs.sign
    order = sorted(rows, key=lambda cells: np.inf if np.isnan(medians[cells]) else sign * medians[cells])
    groups = [Group(name, rows[cells]) for cells, name in zip(order, _join_names(order), strict=True)]
    left_out = f"the {most} of {len(groups)} groups with the best median {request.metric}"
    return groups[:most], [left_out] if len(groups) > most else []


def _join_names(groups: Sequence[tuple[str, ...]]) -> list[str]:
    """The values of each group as its name; long ones cropped, but never to the same for two groups."""
    columns = list(zip(*groups, strict=True))
    rooms = map(len, crop_values([max(column, key=len) for column in columns], LONGEST_NAME))
    short = [
        tell_apart(column, max(ROOM_FOR_ENDS, room)) for column, room in zip(columns, rooms, strict=True)
    ]
    return [", ".join(cells) for cells in zip(*short, strict=True)] if columns else [""] * len(groups)


def read_runs(request: Request, rows: Sequence[int], read: Callable[[RunFolder], Numbers]) -> list[Numbers]:
    """A file of some runs, without the runs that have none.

    Args:
        request: the table.
        rows: of `Request.runs.table`.
        read: reads a file of a run folder; those without rows count as missing.
    """
    found = []
    for folder in request.runs.table["folder"].iloc[list(rows)].tolist():
        with suppress(RecordError):
            found.append(drawable(read(RunFolder(folder))))
    return [content for content in found if content]


def median_line(name: str, x: Sequence[float], values: NDArray[np.float64], style: int) -> Line:
    """The median over runs with their middle half as band.

    Args:
        name: in the legend.
        x: (N,).
        values: (R, N), a row a run; nan where it has none.
        style: of the line.
    """
    low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75], axis=0).tolist()
    return Line(name, list(x), middle, style, *((low, high) if len(values) > 1 else ()))


def median_of(numbers: NDArray[np.float64]) -> float:
    """The median of those that are not nan; nan if all are."""
    numbers = numbers[~np.isnan(numbers)]
    return median(numbers) if len(numbers) else np.nan
