"""Intervals that hold whatever the errors' distribution; chosen by simulation (scripts/simulate.py).

Few seeds and skewed errors make bootstrap and t intervals of a mean too narrow. The interval of the median
between two order statistics covers it with at least its level for every continuous distribution, and it takes
infinite values: a diverged run is worse than all others, whatever number that would be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LEVEL = 0.95
FEWEST = 5
"""With fewer values even the whole range covers the median in less than 90 % of cases."""
REASONS = {0: "no run", 1: "one run", 2: "too few", 3: "too few", 4: "too few"}
"""What is shown instead of an interval that so many values do not give."""
FEWEST_FOR_P = 6
"""With fewer pairs no two-sided test of signs can fall below 5 %."""


class Interval(NamedTuple):
    """Where a median lies."""

    low: float
    high: float


def median_interval(values: ArrayLike, level: float = LEVEL) -> Interval | None:
    """The interval of the median between the k-th smallest and the k-th largest value.

    k is the largest for which 2 P(Binomial(n, 1/2) < k) is at most 1 - level. Source: Conover, Practical
    Nonparametric Statistics, 3rd edition, section 3.2.

    Args:
        values: (N,), infinite ones allowed.
        level: wanted.

    Returns:
        None for fewer than five values.

    >>> median_interval([3.0, 1.0, 2.0, 5.0, 4.0, 6.0])
    Interval(low=1.0, high=6.0)
    """
    from scipy.stats import binom  # noqa: PLC0415 - takes a second

    ordered = np.sort(np.asarray(values, dtype=float))
    count = len(ordered)
    if count < FEWEST:
        return None
    k = max(1, int(binom.ppf((1 - level) / 2, count, 0.5)))
    while k > 1 and 2 * binom.cdf(k - 1, count, 0.5) > 1 - level:
        k -= 1
    return Interval(float(ordered[k - 1]), float(ordered[count - k]))


def level_of(count: int) -> float:
    """What an interval from so many values promises: 95 %, or the most that five values allow."""
    return 1 - 2 * 0.5**FEWEST if count == FEWEST else LEVEL


def median(values: ArrayLike) -> float:
    """The median; between a finite and an infinite value it is the infinite one, between -inf and inf nan.

    >>> median([1.0, 2.0, float("inf")]), median([1.0, float("inf")])
    (2.0, inf)
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    if np.isinf(low) and np.isinf(high):
        return float(low) if low == high else np.nan
    return float(low / 2 + high / 2)


def interquartile_mean(values: ArrayLike) -> float:
    """The mean without the lowest and the highest quarter (Agarwal et al. 2021, arXiv 2108.13264)."""
    from scipy.stats import trim_mean  # noqa: PLC0415 - takes a second

    return float(trim_mean(np.asarray(values, dtype=float), 0.25))
