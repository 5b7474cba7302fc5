"""Few of many points, so that pictures and pages stay small."""

from __future__ import annotations


def spread_indices(count: int, most: int) -> list[int]:
    """Evenly spread indices with both ends.

    Args:
        count: how many points there are.
        most: how many of them are kept at most, 2 or more.

    >>> spread_indices(5, 3), spread_indices(2, 3), spread_indices(0, 3)
    ([0, 2, 4], [0, 1], [])
    """
    if count <= most:
        return list(range(count))
    return [round(number * (count - 1) / (most - 1)) for number in range(most)]
