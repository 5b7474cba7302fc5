"""Columns that cannot be used, and the words that say why and what to do.

Each text follows the column's name in a sentence, gives an example with its row, and ends with what to type.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from sinefit.core.data.files.table_file import Column
from sinefit.core.data.files.typed import shorten, type_list

if TYPE_CHECKING:
    from sinefit.core.data.files.table_file import Kind

COMMA = r"^[+-]?\d*,\d+$"  # 12,5
POINTS_AND_COMMA = r"^[+-]?\d{1,3}(\.\d{3})+,\d+$"  # 1.234,5


def column_of_dates(name: str, example: str, row: int) -> Column:
    """A column of dates, times or durations.

    Args:
        name: of the column.
        example: one of them.
        row: its index.
    """
    return _unusable(
        name,
        "date",
        f"holds dates or times, such as {_show(example, row)}; turn them into numbers (days since the first, "
        f"for example) or drop the column: {_drop(name)}",
    )


def column_of_spelled_numbers(name: str, example: str, row: int, decimal: str) -> Column:
    """A column of numbers with separators or units.

    Args:
        name: of the column.
        example: one of them.
        row: its index.
        decimal: the character that was taken for the decimal one.
    """
    advice = "leave digits and a decimal point only (a unit may stand in the column's name)"
    if decimal == "." and re.match(COMMA, example):
        advice = "type \"data.decimal=','\" if this is a decimal comma, and take it out if it is none"
    elif decimal == "." and re.match(POINTS_AND_COMMA, example):
        advice = "take out the points between thousands and type \"data.decimal=','\""
    found = f"holds numbers as text, such as {_show(example, row)}"
    return _unusable(name, "text", f"{found}; {advice}, or drop the column: {_drop(name)}")


def column_of_mixed(name: str, example: str, row: int, num_odd: int) -> Column:
    """A column of numbers with a few values among them that are none.

    Args:
        name: of the column.
        example: the first value that is no number.
        row: its index.
        num_odd: the number of such values.
    """
    return _unusable(
        name,
        "mixed",
        f"holds numbers and text: {num_odd:,} of its values are no numbers, first {_show(example, row)}; "
        f"leave missing values empty and write numbers elsewhere, or drop the column: {_drop(name)}",
    )


def column_of_free_text(name: str, example: str, row: int, counts: str) -> Column:
    """A column of text with too many different values for a category.

    Args:
        name: of the column.
        example: the first value.
        row: its index.
        counts: how many different values it has in how many rows, and how many a category may have.
    """
    found = f"holds text, such as {_show(example, row)}; {counts}"
    return _unusable(name, "text", f"{found}; drop the column: {_drop(name)}")


def column_of_others(name: str, kind: str) -> Column:
    """A column of what is neither a number nor text.

    Args:
        name: of the column.
        kind: the type of its values.
    """
    advice = "write columns of numbers instead, or drop the column"
    return _unusable(name, "text", f"holds values of the type {kind}; {advice}: {_drop(name)}")


def describe_infinite(name: str, value: float, row: int) -> str:
    """What is wrong with a column of numbers that are not all finite.

    Args:
        name: of the column.
        value: the first one that is infinite.
        row: its index.
    """
    return (
        f"holds infinite values, the first is {value} in row {row + 1:,}; take these rows out or leave the "
        f"values empty, or drop the column: {_drop(name)}"
    )


def _unusable(name: str, kind: Kind, problem: str) -> Column:
    return Column(name, kind, np.empty(0), problem=problem)


def _show(example: str, row: int) -> str:
    return f"{shorten(example)} in row {row + 1:,}"


def _drop(name: str) -> str:
    return type_list("data.drop", [name])
