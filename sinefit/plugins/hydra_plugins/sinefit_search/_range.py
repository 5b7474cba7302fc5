"""A range of numbers: its values as a grid, and the one that stands at a share of its way."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """Numbers between two ends, both included.

    Args:
        low: the smaller end.
        high: the larger end.
        is_log: whether equal shares of the way are equal factors; both ends are positive then.
        is_int: whether the numbers are whole.
        step: the distance of neighbours, counted from `low`; None for any number.
    """

    low: float
    high: float
    is_log: bool = False
    is_int: bool = False
    step: float | None = None

    def at(self, share: float) -> float:
        """The number at a share of the way, in [0, 1).

        Steps and whole numbers are equally likely for evenly spread shares: of n neighbours each has 1/n.

        >>> Range(1e-4, 1e-1, is_log=True).at(0.0), Range(1, 4, is_int=True).at(0.99)
        (0.0001, 4)
        """
        raise NotImplementedError

    def levels(self, count: int) -> list[float]:
        """So many numbers, evenly spread over the range, its ends among them; fewer where it has no more.

        >>> [round(level, 6) for level in Range(1e-3, 1e-1, is_log=True).levels(3)]
        [0.001, 0.01, 0.1]
        """
        raise NotImplementedError
