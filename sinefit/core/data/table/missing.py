"""Missing values of a table's columns; knows no setting but the one that says what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from sinefit.core.data.files.table_file import Column, TableFile

_ADVICE = (
    "leave such rows out with data.missing=drop, or fill them with data.missing=mean or data.missing=median"
)


def is_missing(column: Column, rows: NDArray[np.intp] | None = None) -> NDArray[np.bool_]:
    """Which values are missing.

    Args:
        column: of numbers, truth values or categories.
        rows: indices (M,); all rows if None.
    """
    values = column.values if rows is None else column.values[rows]
    missing: NDArray[np.bool_] = values < 0 if column.kind == "category" else np.isnan(values)
    return missing


def count_missing(
    file: TableFile, names: Iterable[str], rows: NDArray[np.intp] | None = None
) -> dict[str, int]:
    """The number of missing values of each column that has any.

    Args:
        file: the table.
        names: of columns of numbers, truth values or categories.
        rows: indices (M,) of the rows to count in; all rows if None.
    """
    counts = {name: int(is_missing(file.columns[name], rows).sum()) for name in names}
    return {name: count for name, count in counts.items() if count}


def find_complete_rows(file: TableFile, names: Iterable[str]) -> NDArray[np.intp]:
    """The indices of the rows in which no column misses its value, ascending.

    Args:
        file: the table.
        names: of columns of numbers, truth values or categories.
    """
    is_complete = np.ones(file.num_rows, dtype=np.bool_)
    for name in names:
        is_complete &= ~is_missing(file.columns[name])
    return np.flatnonzero(is_complete)


def missing_error(path: str, counts: Mapping[str, int], advice: str = _ADVICE) -> SinefitError:
    """What is said of missing values that nothing is done about.

    Args:
        path: of the file.
        counts: the number of missing values by column.
        advice: what to do.
    """
    listed = ", ".join(f"{name!r} {count:,}" for name, count in counts.items())
    msg = f"{path} has {plural(sum(counts.values()), 'missing value')}, by column: {listed}; {advice}"
    return SinefitError(msg)
