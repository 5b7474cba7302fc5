"""The values of a setting as few levels that runs can be grouped by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from sinefit.results.cells import is_number, name_column, name_value

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence

MOST_LEVELS = 10
"""A numeric key with more values, as a random search gives it, is cut into fifths."""
BINS = 5


def has_many_values(column: pd.Series[Any]) -> bool:
    """Whether a setting is a number with more values than `MOST_LEVELS`.

    Args:
        column: a value a run.
    """
    return is_number(column) and column.nunique() > MOST_LEVELS


def is_full_grid(settings: Sequence[pd.Series[Any]]) -> bool:
    """Whether all combinations of the settings' values were run, however often.

    Args:
        settings: of each a value a run.
    """
    names = [name_column(column) for column in settings]
    return len({*zip(*names, strict=True)}) == math.prod(len({*each}) for each in names) if names else True


def find_levels(column: pd.Series[Any], notes: MutableSequence[str]) -> pd.Series[Any]:
    """A setting's values as text, many numbers cut into fifths; what is not there is a level of its own.

    Args:
        column: the setting, a value a run.
        notes: where it is said if they were cut.
    """
    if has_many_values(column):
        cut = pd.qcut(column.astype(float), BINS, duplicates="drop")
        notes.append(f"{column.name}: {column.nunique()} values, cut into {cut.cat.categories.size} ranges")
        lowest = float(column.min())  # pandas begins the first range a little below it
        ranges = [f"{max(r.left, lowest):.3g} to {r.right:.3g}" for r in cut.cat.categories]
        codes = cut.cat.codes.tolist()
        return pd.Series([ranges[code] if code >= 0 else name_value(None) for code in codes], column.index)
    return pd.Series(name_column(column), column.index)
