"""Columns of xlsx files: those of the first sheet."""

from __future__ import annotations

import datetime as dt
import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sinefit.core.data.files.kinds import (
    column_of_category,
    column_of_numbers,
    column_of_texts,
)
from sinefit.core.data.files.names import check_names
from sinefit.core.data.files.table_file import Column, number_text
from sinefit.core.data.files.texts import clean, encode_texts
from sinefit.core.data.files.unusable import column_of_dates
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

_DATES = dt.date, dt.time, dt.timedelta


def read_xlsx(path: Path, as_category: Collection[str]) -> tuple[int, list[Column]]:
    """The number of rows and the columns of an xlsx file's first sheet.

    Formulas give the values that were saved with them.

    Args:
        path: of the file.
        as_category: names of columns that are categories, whatever their values look like.
    """
    rows = _read_rows(path)
    if not rows:
        msg = f"{path} is empty; its first sheet needs a header with the names of the columns, and rows"
        raise SinefitError(msg)
    width = max(map(len, rows))
    names = ["" if cell is None else _text_of(cell) for cell in _fill(rows[0], width)]
    check_names(str(path), names)
    cells = zip(*(_fill(row, width) for row in rows[1:]), strict=True) if rows[1:] else [()] * width
    columns = [
        _convert(name, column, is_category=name in as_category)
        for name, column in zip(names, cells, strict=True)
    ]
    return len(rows) - 1, columns


def _read_rows(path: Path) -> list[list[Any]]:
    """The rows that hold anything, each without the empty cells at its end."""
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415 - only these files need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations that do not concern the values
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # some programs write wrong ones
            rows = [_trim(row) for row in sheet.iter_rows(values_only=True)]
        finally:
            book.close()
    return [row for row in rows if row]


def _trim(row: Sequence[Any]) -> list[Any]:
    cells = [None if isinstance(cell, str) and not cell.strip() else cell for cell in row]
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def _fill(row: list[Any], width: int) -> list[Any]:
    return row + [None] * (width - len(row))


def _convert(name: str, cells: Sequence[Any], *, is_category: bool) -> Column:
    """A column of its kind.

    Args:
        name: of the column.
        cells: (N,), None where empty.
        is_category: whether it is a category, whatever its values look like.
    """
    known = [cell for cell in cells if cell is not None]
    if not is_category:
        if known and all(isinstance(cell, bool) for cell in known):
            return Column(name, "boolean", _floats_of(cells))
        if all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in known):
            return column_of_numbers(name, _floats_of(cells))
        if sum(isinstance(cell, _DATES) for cell in known) * 2 >= len(known):
            row = next(row for row, cell in enumerate(cells) if isinstance(cell, _DATES))
            return column_of_dates(name, str(cells[row]), row)
    texts = pa.array([None if cell is None else _text_of(cell) for cell in cells], pa.string())
    return (column_of_category if is_category else column_of_texts)(name, *encode_texts([clean(texts)]))


def _floats_of(cells: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([math.nan if cell is None else cell for cell in cells], dtype=np.float64)


def _text_of(cell: object) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return number_text(cell)
    return str(cell).strip()
