"""Fits drawn over the function: the best, the median and the worst, or one of each group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError
from sinefit.record.folder import RunFolder
from sinefit.results.cells import format_cell, name_value
from sinefit.results.plots.chart import Chart
from sinefit.results.plots.groups import best_groups, read_runs
from sinefit.results.plots.panels import fit_panel
from sinefit.results.text import crop_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sinefit.results.plots.chart import Panel
    from sinefit.results.plots.request import Request

MOST_GROUPS = 4
LONGEST_VALUES = 20
"""Letters of the values in a panel's title."""


def draw_fits(request: Request) -> Chart:
    """The best, the median and the worst run; with `by` the median run of each group, the best first.

    Raises:
        SinefitError: if none of them has a prediction to draw.
    """
    chosen, notes = _choose_groups(request) if request.by else _choose_ranks(request)
    drawn = [panel for row, title in chosen if (panel := _panel(request, row, title)) is not None]
    if not drawn:
        msg = (
            "no run has a prediction.csv to draw: runs of functions of several variables have none, and"
            " those of older versions neither; rerun=DIR makes it"
        )
        raise SinefitError(msg)
    return Chart(f"fits, ranked by {request.metric}", tuple(drawn), notes=tuple(notes))


def _choose_ranks(request: Request) -> tuple[list[tuple[int, str]], list[str]]:
    """Rows and titles of the best, the median and the worst run that did not diverge."""
    ranked = _rank(request, range(len(request.runs.numbers)))
    indices = {"best": 0, "median": (len(ranked) - 1) // 2, "worst": len(ranked) - 1}
    names = {ranked[index]: rank for rank, index in reversed(indices.items())} if ranked else {}
    left_out = len(request.runs.numbers) - len(ranked)
    notes = [f"{left_out} runs without a finite {request.metric}: not ranked"] if left_out else []
    return [(row, names[row]) for row in ranked if row in names], notes


def _choose_groups(request: Request) -> tuple[list[tuple[int, str]], list[str]]:
    """Rows and titles of the median runs of groups."""
    groups, notes = best_groups(request, request.by, MOST_GROUPS)
    ranked = [(_rank(request, group.rows), group.name) for group in groups]
    chosen = [(rows[(len(rows) - 1) // 2], name) for rows, name in ranked if rows]
    return chosen, [*notes, "the run with the median of each group"]


def _rank(request: Request, rows: Iterable[int]) -> list[int]:
    """Those rows that have a finite metric, the best first."""
    numbers = request.runs.numbers
    finite = [row for row in rows if np.isfinite(numbers[row])]
    return sorted(finite, key=lambda row: request.runs.sign * numbers[row])


def _panel(request: Request, row: int, rank: str) -> Panel | None:
    """Function and prediction of a run; None if it has no prediction."""
    found = read_runs(request, [row], RunFolder.read_prediction)
    if not found:
        return None
    x, target, prediction = (
        [float(p[name] or 0) for p in found[0]] for name in ("x", "target", "prediction")
    )
    keys = [*request.keys, "seed"]
    values = crop_values([name_value(request.runs.table[key].iloc[row]) for key in keys], LONGEST_VALUES)
    settings = ", ".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
    number = format_cell(float(request.runs.numbers[row]), "{:.3g}")
    panel = fit_panel(x, target, prediction)
    return replace(panel, title=f"{rank}: {request.metric} {number}\n{settings}")
