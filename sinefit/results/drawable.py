"""A run's numbers as far as they can be drawn; a diverged or a foreign run may have any."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 1e100
"""Beyond it the axes' own arithmetic overflows."""


def drawable(rows: Sequence[dict[str, float | None]]) -> list[dict[str, float | None]]:
    """Rows with empty cells for what is not finite or immense.

    Without a first cell a row has no place and is left out, unless no row has one: those of tables with
    several inputs have none.

    >>> drawable([{"epoch": 1.0, "loss": float("nan")}, {"epoch": float("inf"), "loss": 2.0}])
    [{'epoch': 1.0, 'loss': None}]
    >>> drawable([{"x": None, "target": 1.0}, {"x": None, "target": float("inf")}])
    [{'x': None, 'target': 1.0}, {'x': None, 'target': None}]

    Args:
        rows: of a `history.csv`, `probe.csv` or `prediction.csv`.
    """
    finite = [
        {name: value if value is not None and abs(value) < MOST else None for name, value in row.items()}
        for row in rows
    ]
    if all(_first(row) is None for row in rows):
        return finite
    return [row for row in finite if _first(row) is not None]


def _first(row: dict[str, float | None]) -> float | None:
    return next(iter(row.values()), None)
