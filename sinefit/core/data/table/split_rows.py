"""Which rows of a file train, validate and test: rows with missing cells aside, by what a column says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.core.data.table.missing import TARGET_ADVICE, count_missing, find_complete_rows, missing_error
from sinefit.core.data.table.split import PARTS, Parts
from sinefit.errors import Problem, SettingsError, SinefitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.core.data.files.table_file import Column, TableFile
    from sinefit.core.data.table.columns import Chosen
    from sinefit.core.data.table.split import Split

_SORTABLE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
"""Dates that are in order where their letters are."""
_MOST_SHOWN = 20


def split_rows(file: TableFile, chosen: Chosen, split: Split, missing: str) -> Parts:
    """The rows of each part, by their numbers in the file.

    Args:
        file: the table.
        chosen: its inputs and targets.
        split: how they are split.
        missing: what becomes of missing cells; with ``drop`` their rows are in no part.

    Raises:
        SinefitError: if there are missing cells that nothing is done about, or the column that the split
            looks at does not say what it must.
    """
    column = split.column
    if column is not None and column not in file.columns:
        known = ", ".join(map(repr, list(file.columns)[:_MOST_SHOWN]))
        raise SettingsError([Problem("split_column", column, f"one of the columns: {known}")])
    if column is not None:
        _check_column(file.columns[column], split.chosen)
    used = [*chosen.inputs, *chosen.targets]
    if missing == "error" and (counts := count_missing(file, used)):
        raise missing_error(file.path, counts)
    if missing != "drop" and (counts := count_missing(file, chosen.targets)):
        raise missing_error(file.path, counts, TARGET_ADVICE)
    if missing == "drop":
        rows = find_complete_rows(file, dict.fromkeys([*used, *([] if column is None else [column])]))
    else:
        rows = np.arange(file.num_rows)
    values = None if column is None else _read_column(file, column, split.chosen, rows)
    parts = split.split(len(rows), values)
    return Parts(rows[parts.training], rows[parts.validation], rows[parts.test])


def _check_column(column: Column, kind: str) -> None:
    """Refuse a column that does not say what the split looks for."""
    name, found = f"data.split_column={column.name}", f"a column of kind {column.kind}"
    if kind == "column":
        others = sorted(set(column.levels) - set(PARTS))
        if others or not column.levels:
            said = ", ".join(map(repr, others[:_MOST_SHOWN])) or found
            msg = f"{name} must say {', '.join(PARTS)} in each row, got {said}"
            raise SinefitError(msg)
    if kind == "time" and column.kind != "number":
        strange = next((level for level in column.levels if not _SORTABLE_DATE.match(level)), None)
        if strange is not None or not column.levels:
            said = found if strange is None else repr(strange)
            msg = f"{name} must be numbers or dates such as 2026-01-31, which order the rows, got {said}"
            raise SinefitError(msg)


def _read_column(file: TableFile, name: str, kind: str, rows: NDArray[np.intp]) -> NDArray[Any]:
    """What a column says of rows, (N,): for ``column`` as text, else as numbers that order or group rows.

    Raises:
        SinefitError: if a cell is missing.
    """
    column = file.columns[name]
    if missing := count_missing(file, [name], rows).get(name, 0):
        empty = f"{missing} of its cells are missing"
        msg = f"data.split_column={name}: {empty}; fill them, or type data.missing=drop"
        raise SinefitError(msg)
    said: NDArray[Any] = column.values[rows]
    return np.asarray(column.levels, dtype=object)[said] if kind == "column" else said
