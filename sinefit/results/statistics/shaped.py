"""A table of statistics as people read it, in a terminal or a notebook."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sinefit.results.statistics.intervals import REASONS

if TYPE_CHECKING:
    import pandas as pd

LOSSES = ("diverged", "failed")
SHARES = (*LOSSES, "pruned", "share", "improvement")


def shape_for_reading(table: pd.DataFrame) -> pd.DataFrame:
    """The table for people: both ends of an interval as one, or why there is none, and shares as percentages.

    What is empty or zero in all rows is left out: the notes say it.
    """
    losses = [name for name in LOSSES if name in table]
    unneeded = {name for name in table if table[name].isna().all()}
    unneeded |= set() if table[losses].any(axis=None) else set(losses)
    unneeded |= set() if "pruned" in table and table["pruned"].any() else {"pruned"}
    unneeded |= {"p_holm"} if len(table) == 1 else set()  # there is nothing to correct for
    of = "interval" if "n" in table else "difference interval"
    ends = {"low": ("high", of), "ratio_low": ("ratio_high", "ratio interval")}
    shown: dict[str, object] = {}
    for name in table.columns:
        if name in ends and (name not in unneeded or "n" in table):
            high, joined = ends[name]
            shown[joined] = _join_ends(table, name, high)
        elif name in SHARES and name not in unneeded:
            shown[name] = [f"{value:.1%}" for value in table[name].tolist()]
        elif name not in unneeded and name not in dict(ends.values()):
            shown[name] = table[name]
    result = type(table)(shown, index=table.index)
    result.attrs = table.attrs
    return result


def _join_ends(table: pd.DataFrame, low: str, high: str) -> list[str]:
    """Intervals as text; where there are too few runs or pairs for one, that."""
    counts = table["n" if "n" in table else "pairs"]
    return [
        REASONS.get(count, "-") if math.isnan(one) else f"{_three_digits(one)} to {_three_digits(other)}"
        for one, other, count in zip(table[low], table[high], counts, strict=True)
    ]


def _three_digits(number: float) -> str:
    """A number whose zeros at the end are kept, so that columns are as wide everywhere.

    >>> _three_digits(0.046), _three_digits(120)
    ('0.0460', '120')
    """
    return f"{number:#.3g}".rstrip(".")
