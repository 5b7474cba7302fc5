"""Round numbers along an axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sinefit.results.plots.chart import Axis

MOST, FEWEST = 10, 3
"""Ticks on a logarithmic axis; one that is too short for them has those of an ordinary axis."""
MOST_BESIDE = 6
"""Ticks on one whose labels stand beside each other."""


GAP = 0.15
"""How far below all numbers runs without a value stand, by the length of the axis."""
UNSET = "unset"


def ticks_of(low: float, high: float, *, is_log: bool = False, most: int = MOST) -> list[float]:
    """Round numbers along an axis: 1, 2 or 5 times a power of ten.

    Args:
        low: where it begins; above 0 if it is logarithmic.
        high: where it ends.
        is_log: whether it is logarithmic.
        most: how many there are on a logarithmic axis.

    >>> ticks_of(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    >>> ticks_of(0.02, 30.0, is_log=True)
    [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
    >>> ticks_of(1e-6, 1.0, is_log=True)
    [1e-06, 1e-05, 0.0001, 0.001, 0.01, 0.1, 1.0]
    >>> ticks_of(0.15, 0.45, is_log=True)
    [0.2, 0.3, 0.4]
    """
    if low == high:
        return [low]
    if is_log:
        exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        fine, rough = (
            [
                tick
                for exponent in exponents
                for factor in factors
                if low <= (tick := factor * 10.0**exponent) <= high
            ]
            for factors in ((1, 2, 5), (1,))
        )
        ticks = fine if len(fine) <= most else rough[:: math.ceil(len(rough) / most)]
        if len(ticks) >= FEWEST:
            return [float(f"{tick:.1g}") for tick in ticks]
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def whole_ticks(last: float) -> tuple[float, ...]:
    """Whole numbers from 1 to `last`, for what is counted.

    >>> whole_ticks(3), whole_ticks(20), whole_ticks(1)
    ((1.0, 2.0, 3.0), (5.0, 10.0, 15.0, 20.0), (1.0,))
    """
    return tuple(tick for tick in ticks_of(1.0, float(last)) if tick.is_integer())


def place_along(axis: Axis, values: list[float]) -> tuple[list[float], dict[float, str]]:
    """Positions along an upright axis, as logarithms on a logarithmic one; below it for runs without a value.

    Args:
        axis: its categories or ticks are labeled; round numbers if it has neither.
        values: (R,), a number or the position of a category for each run; nan where it has none.

    Returns:
        The positions of the values, and the labels by their positions.
    """
    ticks = list(axis.ticks) or list(map(float, range(len(axis.categories))))
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return [0.0] * len(values), {0.0: UNSET}
    ticks = ticks or ticks_of(min(known), max(known), is_log=axis.is_log)
    names = axis.categories or [f"{tick:g}" for tick in ticks]
    where = math.log10 if axis.is_log else float
    labels = dict(zip(map(where, ticks), names, strict=True))
    if len(known) == len(values):
        return list(map(where, values)), labels
    low, high = (end([*map(where, known), *labels]) for end in (min, max))
    below = low - GAP * ((high - low) or 1.0)
    return [below if math.isnan(value) else where(value) for value in values], {below: UNSET, **labels}
