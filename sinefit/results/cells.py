"""The cells of a table as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_numeric_dtype

from sinefit.results.frame import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence


def format_column(table: pd.DataFrame, name: str) -> list[str]:
    """A column's cells for reading: measured numbers with four digits, settings as typed or drawn ones short.

    Args:
        table: whose `attrs` say which columns are settings.
        name: of the column.
    """
    column = table[name]
    is_setting = name in table.attrs.get(SETTINGS, ())
    values, digits = column.tolist(), 4
    if is_setting or not is_float_dtype(column.dtype):
        digits = _count_digits([value for value in values if isinstance(value, float)])
    return [format_cell(value, f"{{:.{digits}g}}") for value in values]


def _count_digits(values: Sequence[float]) -> int:
    """Digits for a setting's values: all of typed ones; of drawn ones as few as tell them apart, but four.

    Nobody types more than six digits.

    >>> [_count_digits(each) for each in ([0.123456, 1.0], [0.0387575085, 0.0251670052], [1.00000001, 1.0])]
    [12, 4, 9]
    """
    if all(float(f"{value:.6g}") == value for value in values if value == value):  # noqa: PLR0124 - nan is not
        return 12
    apart = len({f"{value:.12g}" for value in values})
    return next((n for n in range(4, 12) if len({f"{value:.{n}g}" for value in values}) == apart), 12)


def format_cell(value: Any, digits: str = "{:.4g}") -> str:  # noqa: ANN401 - a cell of any type
    """A cell for reading, on one line, without control characters; nothing for an empty one.

    >>> [format_cell(value) for value in (0.123456, 3, True, None, "a  b")]
    ['0.1235', '3', 'true', '', 'a b']

    Args:
        value: of any type.
        digits: the format of a float.
    """
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return digits.format(value)
    text = " ".join(str(value).split())
    return text if text.isprintable() else "".join(s if s.isprintable() else repr(s)[1:-1] for s in text)


def name_cells(table: pd.DataFrame, keys: Sequence[str]) -> list[tuple[str, ...]]:
    """The names of each row's values of some settings: equal for rows of one cell.

    Args:
        table: (N rows).
        keys: the settings' columns.
    """
    texts = [name_column(table[key]) for key in keys]
    return list(zip(*texts, strict=True)) if keys else [()] * len(table)


def name_column(column: pd.Series[Any]) -> list[str]:
    """The names of a setting's values, each different one named once: tables have thousands of rows."""
    codes, values = pd.factorize(column)
    names = [name_value(value) for value in values.tolist()]
    return [names[code] if code >= 0 else name_value(None) for code in codes.tolist()]


def differs(column: pd.Series[Any]) -> bool:
    """Whether a column holds more than one value; an empty cell is one."""
    return len(set(name_column(column))) > 1


def name_value(value: object) -> str:
    """A setting's value as it was typed; ``unset`` where a run has none."""
    return format_cell(value, "{:.12g}") or "unset"


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers."""
    return is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype)
