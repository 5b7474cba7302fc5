"""A run's numbers as far as they can be drawn; a diverged or a foreign run may have any."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 1e100
"""Beyond it the axes' own arithmetic overflows."""


def drawable(rows: Sequence[dict[str, float | None]]) -> list[dict[str, float | None]]:
    """Rows with empty cells for what is not finite or immense; without a first cell a row has no place.

    >>> drawable([{"epoch": 1.0, "loss": float("nan")}, {"epoch": float("inf"), "loss": 2.0}])
    [{'epoch': 1.0, 'loss': None}]
    """
    finite = [
        {name: value if value is not None and abs(value) < MOST else None for name, value in row.items()}
        for row in rows
    ]
    return [row for row in finite if next(iter(row.values()), None) is not None]
