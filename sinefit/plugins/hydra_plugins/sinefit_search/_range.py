"""A range of numbers: its values as a grid, and the one that stands at a share of its way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal


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

    @property
    def spacing(self) -> float | None:
        """The distance of neighbours, 1 for whole numbers without another; None for any number."""
        return 1 if self.step is None and self.is_int else self.step

    def at(self, share: float) -> float:
        """The number at a share of the way, in [0, 1).

        Steps and whole numbers are equally likely for evenly spread shares: of n neighbours each has 1/n.
        On a log scale each has what lies between itself and the next one.

        >>> Range(1e-4, 1e-1, is_log=True).at(0.0), Range(1, 4, is_int=True).at(0.99)
        (0.0001, 4)
        """
        step = self.spacing
        if step is None:
            return float(min(max(self._between(self.low, self.high, share), self.low), self.high))
        last = round((self.high - self.low) / step)
        passed = share * (last + 1)
        if self.is_log:
            passed = (self._between(self.low, self.high + step, share) - self.low) / step
        return self.neighbour(min(max(math.floor(passed), 0), last))

    def levels(self, count: int) -> list[float]:
        """So many numbers, evenly spread over the range, its ends among them; fewer where it has no more.

        >>> Range(1e-3, 1e-1, is_log=True).levels(3)
        [0.001, 0.01, 0.1]
        """
        shares = [index / (count - 1) for index in range(1, count - 1)]
        inner = [self._between(self.low, self.high, share) for share in shares]
        step = self.spacing
        if step is None:
            return [float(self.low), *map(_shortest, inner), float(self.high)]
        last = round((self.high - self.low) / step)
        indices = [0, *(min(round((number - self.low) / step), last) for number in inner), last]
        return [self.neighbour(index) for index in dict.fromkeys(indices)]

    def neighbour(self, index: int) -> float:
        """The number so many steps above `low`, as decimal digits add up: 0.3 is the third of 0.1."""
        if self.is_int:
            return int(self.low) + index * int(self.spacing or 1)
        return float(Decimal(str(self.low)) + index * Decimal(str(self.spacing)))

    def _between(self, low: float, high: float, share: float) -> float:
        return low ** (1 - share) * high**share if self.is_log else low + share * (high - low)


def _shortest(number: float) -> float:
    """The number without the digits that only rounding has left: 0.01 for 0.010000000000000002."""
    short = float(f"{number:.14g}")
    return short if abs(short - number) <= 4 * math.ulp(number) else number
