"""Fits beside what was to be fitted: the best, the median and the worst, or one of each group."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sinefit.errors import RecordError, SinefitError, plural
from sinefit.record.folder import RunFolder
from sinefit.record.hydra_files import read_settings
from sinefit.results.cells import format_cell, name_value
from sinefit.results.plots.chart import Chart
from sinefit.results.plots.groups import best_groups, read_runs
from sinefit.results.plots.measured import MARGIN, explain_hidden, measured_panel, rows_panel, set_square
from sinefit.results.plots.panels import add_residual, fit_panel, without_gap
from sinefit.results.plots.subject import UNKNOWN, read_subject
from sinefit.results.statistics.repeats import repeat_keys
from sinefit.results.text import crop_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sinefit.results.plots.chart import Panel
    from sinefit.results.plots.panels import Intervals
    from sinefit.results.plots.request import Request
    from sinefit.results.plots.subject import Subject

WHO_HAS_NONE = (
    "runs of functions of several variables and of tables with several targets have none, and those of older"
    " versions neither"
)
MOST_GROUPS = 4
LONGEST_VALUES = 20
"""Letters of the values in a panel's title."""


class Fit(NamedTuple):
    """A run's panel, and what it was trained on; None of a function."""

    panel: Panel
    subject: Subject | None


def draw_fits(request: Request) -> Chart:
    """The best, the median and the worst run; with `by` the median run of each group, the best first.

    Raises:
        SinefitError: if none of them has a prediction to draw.
    """
    chosen, notes = _choose_groups(request) if request.by else _choose_ranks(request)
    fits = [fit for row, title in chosen if (fit := _draw_fit(request, row, title)) is not None]
    if not fits:
        msg = f"no run has a prediction.csv to draw: {WHO_HAS_NONE}; rerun=DIR makes it"
        raise SinefitError(msg)
    left_out = len(chosen) - len(fits)
    notes += [f"{plural(left_out, 'run')} not drawn for lack of a prediction.csv"] if left_out else []
    notes += explain_hidden([fit.panel for fit in fits])
    panels = tuple(map(add_residual, _with_equal_axes(fits)))
    targets = dict.fromkeys("function" if fit.subject is None else "measured" for fit in fits)
    notes.append(f"residual: prediction minus {' or '.join(targets)}, on a scale of its own for each run")
    return Chart(f"fits, ranked by {request.metric}", panels, notes=tuple(notes))


def _with_equal_axes(fits: Sequence[Fit]) -> list[Panel]:
    """The panels, each as wide and as high as all those of its data need, so that they can be compared."""
    groups: dict[Subject | None, list[Panel]] = {}
    for fit in fits:
        groups.setdefault(fit.subject, []).append(fit.panel)
    return [_widen(fit.panel, groups[fit.subject]) for fit in fits]


def _widen(panel: Panel, panels: Sequence[Panel]) -> Panel:
    """A panel with axes that reach as far as those of other panels, itself among them."""
    ends = [end for each in panels for end in each.y.limits or ()]
    limits = (min(ends), max(ends)) if ends else None
    if panel.has_diagonal and limits is not None:
        return set_square(panel, limits)
    xs = [x for each in panels for line in each.lines for x in line.x]
    room = 0.0 if panel.lines[0].marks == "line" else MARGIN * (max(xs) - min(xs))
    x_limits = (min(xs) - room, max(xs) + room) if min(xs) < max(xs) else None
    return replace(panel, x=replace(panel.x, limits=x_limits), y=replace(panel.y, limits=limits))


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


def _draw_fit(request: Request, row: int, rank: str) -> Fit | None:
    """What was to be fitted and the prediction of a run; None if it has no prediction."""
    found = read_runs(request, [row], RunFolder.read_prediction)
    if not found:
        return None
    folder = str(request.runs.table["folder"].iloc[row])
    subject = read_subject(folder)
    target, prediction = (
        [math.nan if (value := point[name]) is None else value for point in found[0]]
        for name in ("target", "prediction")
    )
    x = [value for point in found[0] if (value := point["x"]) is not None]
    if not x:
        subject = subject or UNKNOWN
        panel = measured_panel(target, prediction, subject.target, subject.rows)
    elif subject is not None:
        panel = rows_panel((x, target), (x, prediction), subject)
    else:
        panel = fit_panel(x, target, prediction, trained=_trained(folder))
    return Fit(replace(panel, title=_title(request, row, rank)), subject)


def _title(request: Request, row: int, rank: str) -> str:
    """What a run is among the others, and its settings."""
    keys = [*request.keys, *repeat_keys([request.table])]
    values = crop_values([name_value(request.runs.table[key].iloc[row]) for key in keys], LONGEST_VALUES)
    settings = ", ".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
    number = format_cell(float(request.runs.numbers[row]), "{:.3g}")
    return f"{rank}: {request.metric} {number}\n{settings}"
