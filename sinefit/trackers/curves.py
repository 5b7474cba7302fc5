"""The curves of a run as trackers take them: a value at each of some steps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sinefit.core.prediction import spread_indices
from sinefit.errors import Problem, SettingsError
from sinefit.record.folder import HISTORY_NAME, PROBE_NAME, RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HISTORY = 200
"""Points of a curve that are sent unless something else is typed: as many as a picture has room for."""
ALL = "all"


@dataclass(frozen=True)
class Curve:
    """Numbers that a run had on its way.

    Attributes:
        name: ``history/train_loss``, ``probe/amplitude_1``.
        steps: epochs, ascending.
        values: at each of them.
    """

    name: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


def check_history(history: object) -> None:
    """Check how many points of a curve are to be sent.

    Args:
        history: as typed.

    Raises:
        SettingsError: if it is no such number.
    """
    is_count = isinstance(history, int) and not isinstance(history, bool) and (history == 0 or history > 1)
    if not (is_count or history == ALL):
        problem = Problem("history", history, f"a number of points, 0 or 2 and more, or {ALL}", HISTORY)
        raise SettingsError([problem])


def read_curves(folder: str, history: int | str) -> tuple[Curve, ...]:
    """The curves of a run: the losses and the learning rate of each epoch, and what a probe saw.

    Args:
        folder: the run's.
        history: at most so many points of each, evenly spread, first and last among them.

    Raises:
        RecordError: if a file of them is broken.
    """
    run, curves = RunFolder(folder), list[Curve]()
    if history == 0:
        return ()
    if os.path.exists(f"{folder}{os.sep}{HISTORY_NAME}"):
        curves += _split(run.read_history(), "epoch", "history", history)
    if os.path.exists(f"{folder}{os.sep}{PROBE_NAME}"):
        curves += _split(run.read_probe(), "step", "probe", history)
    return tuple(curves)


def values_by_step(curves: Iterable[Curve]) -> list[tuple[int, dict[str, float]]]:
    """The values of all curves at each step, by their names, steps ascending.

    Args:
        curves: of a run.

    >>> values_by_step([Curve("a", (1, 3), (0.5, 0.25)), Curve("b", (1,), (2.0,))])
    [(1, {'a': 0.5, 'b': 2.0}), (3, {'a': 0.25})]
    """
    rows: dict[int, dict[str, float]] = {}
    for curve in curves:
        for step, value in zip(curve.steps, curve.values, strict=True):
            rows.setdefault(step, {})[curve.name] = value
    return sorted(rows.items())


def _split(
    rows: Sequence[dict[str, float | None]], at: str, title: str, history: int | str
) -> Iterator[Curve]:
    """The columns of a table, each without its empty cells.

    Args:
        rows: of the table.
        at: the column that holds the steps.
        title: before the names of the others.
        history: at most so many points.
    """
    for name in rows[0] if rows else ():
        points = [(row[at], row[name]) for row in rows]
        known = [(int(step), value) for step, value in points if step is not None and value is not None]
        if name == at or not known:
            continue
        most = len(known) if history == ALL else int(history)
        chosen = [known[index] for index in spread_indices(len(known), most)]
        steps, values = zip(*chosen, strict=True)
        yield Curve(f"{title}/{name}", steps, values)
