"""Fits drawn over the function: the best, the median and the worst, or one of each group."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import RecordError, SinefitError
from sinefit.record.folder import RunFolder
from sinefit.record.hydra_files import read_settings
from sinefit.results.cells import format_cell, name_value
from sinefit.results.plots.chart import Chart
from sinefit.results.plots.groups import best_groups, read_runs
from sinefit.results.plots.panels import add_residual, fit_panel, without_gap
from sinefit.results.statistics.repeats import repeat_keys
from sinefit.results.text import crop_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sinefit.results.plots.chart import Panel
    from sinefit.results.plots.panels import Intervals
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
    notes.append("residual: prediction minus function, on a scale of its own for each run")
    panels = tuple(map(add_residual, _with_equal_axes(drawn)))
    return Chart(f"fits, ranked by {request.metric}", panels, notes=tuple(notes))


def _with_equal_axes(panels: list[Panel]) -> list[Panel]:
    """The same panels, each as wide and as high as all of them need, so that they can be compared."""
    xs = [x for panel in panels for line in panel.lines for x in line.x]
    ends = [end for panel in panels for end in panel.y.limits or ()]
    limits = (min(ends), max(ends)) if ends else None
    x_limits = (min(xs), max(xs)) if min(xs) < max(xs) else None
    return [
        replace(panel, x=replace(panel.x, limits=x_limits), y=replace(panel.y, limits=limits))
        for panel in panels
    ]


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


def _trained(folder: str) -> Intervals:
    """Where a run's training points lie, as its settings say; nothing for data that say it otherwise."""
    with suppress(RecordError, LookupError, TypeError, ValueError):
        settings = read_settings(folder)
        lower, upper = float(settings["data.lower"]), float(settings["data.upper"])
        return without_gap(lower, upper, settings.get("data.gap"))
    return ()


def _panel(request: Request, row: int, rank: str) -> Panel | None:
    """Function and prediction of a run; None if it has no prediction."""
    found = read_runs(request, [row], RunFolder.read_prediction)
    if not found:
        return None
    x, target, prediction = (
        [float(p[name] or 0) for p in found[0]] for name in ("x", "target", "prediction")
    )
    keys = [*request.keys, *repeat_keys([request.table])]
    values = crop_values([name_value(request.runs.table[key].iloc[row]) for key in keys], LONGEST_VALUES)
    settings = ", ".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
    number = format_cell(float(request.runs.numbers[row]), "{:.3g}")
    panel = fit_panel(x, target, prediction, trained=_trained(str(request.runs.table["folder"].iloc[row])))
    return replace(panel, title=f"{rank}: {request.metric} {number}\n{settings}")
