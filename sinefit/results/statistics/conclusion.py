"""A comparison in one plain sentence, and as one number for machines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.errors import plural
from sinefit.results.statistics.intervals import LEVEL, level_of
from sinefit.results.statistics.metric import sign_of

if TYPE_CHECKING:
    import pandas as pd

CLOSE_TO_ONE = 0.01
"""Ratios that differ less from 1 are written with the digits that show by how much."""


def conclude(
    row: pd.Series[Any], pairs: pd.DataFrame, metric: str, names: tuple[str, str], repeat: str = "seed"
) -> str:
    """One sentence that claims no more than the numbers show.

    Args:
        row: the last row of `compare`.
        pairs: all pairs: a, b and their difference.
        metric: what was compared.
        names: of the two sides.
        repeat: what counts once over all cells.
    """
    first, second = names
    diverged = [int(np.isinf(pairs[side]).sum()) for side in ("a", "b")]
    if diverged == [len(pairs)] * 2:
        return f"nothing to compare in {metric}: all runs of {first} and of {second} diverged"
    if (pairs["difference"] == 0).all():
        where = f"all {plural(len(pairs), 'pair')}" if len(pairs) > 1 else "the only pair"
        return f"no difference between {first} and {second}: the same {metric} in {where}"
    count = int(row["pairs"])
    units = plural(count, "pair" if count == len(pairs) else repeat)  # over all cells each repeat counts once
    has_ratio = not math.isnan(row["ratio"])
    columns = ("ratio", "ratio_low", "ratio_high") if has_ratio else ("difference", "low", "high")
    value, low, high = (float(row[column]) for column in columns)
    neutral = 1.0 if has_ratio else 0.0
    shown = [_format_ratio(end) if has_ratio else f"{end:.3g}" for end in (value, low, high)]
    parts = [f"median {columns[0]} {shown[0]}"]
    parts += [] if math.isnan(low) else [f"{100 * level_of(count):.4g} % interval {shown[1]} to {shown[2]}"]
    won = round(float(row["improvement"]) * count, 1)
    parts += [f"better in {won:g} of {units}{'' if won.is_integer() else ', equal ones counting half'}"]
    parts += [] if math.isnan(row["p"]) else [f"p = {row['p']:.2g}"]
    of = f"of {plural(len(pairs), 'pair')}"
    parts += [f"{name} diverged in {lost} {of}" for name, lost in zip(names, diverged, strict=True) if lost]
    numbers = f"({', '.join(parts)})"
    if value == neutral or low <= neutral <= high or row["p"] > 1 - LEVEL:
        return f"no clear difference between {first} and {second} in {metric} {numbers}"
    claim = f"{'better' if sign_of(metric) * (value - neutral) < 0 else 'worse'} than {first} in {metric}"
    if math.isnan(low):
        return f"{second} looks {claim}, but {units} {'is' if count == 1 else 'are'} too few {numbers}"
    if math.isnan(row["p"]):
        return f"{second} looks {claim}, from {units} only {numbers}"
    return f"{second} is {claim} {numbers}"


def measure_worse_by(row: pd.Series[Any], metric: str) -> float:
    """By what share the second side is worse: by ratio where there is one, else relative to the first's size.

    Args:
        row: the last row of `compare`.
        metric: what was compared.

    Returns:
        Negative where it is better, infinite where only the second diverged.
    """
    if not math.isnan(row["ratio"]):
        return float(row["ratio"] - 1)
    worse = float(sign_of(metric) * row["difference"])
    if worse == 0 or math.isinf(worse):
        return worse
    return worse / abs(row["a"]) if row["a"] else math.copysign(math.inf, worse)


def _format_ratio(ratio: float) -> str:
    """A ratio with three digits; near 1, two digits of its distance from 1.

    >>> [_format_ratio(ratio) for ratio in (0.12345, 1.00012345, 1.0, float("inf"))]
    ['0.123', '1.00012', '1', 'inf']
    """
    distance = abs(ratio - 1)
    if not 0 < distance < CLOSE_TO_ONE:
        return f"{ratio:.3g}"
    return f"{ratio:.{1 - math.floor(math.log10(distance))}f}".rstrip("0")
