"""A metric against a setting: one line a group, with intervals over seeds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sinefit.results.cells import name_value
from sinefit.results.plots.chart import MOST_LINES, Axis, Chart, Line, Panel
from sinefit.results.plots.groups import find_groups, keep_best
from sinefit.results.plots.request import axis_of, is_scale, is_wide, label_of, order_values
from sinefit.results.statistics.intervals import median, median_interval

if TYPE_CHECKING:
    from sinefit.results.plots.groups import Group
    from sinefit.results.plots.request import Request


def draw_lines(request: Request) -> Chart:
    """The median over seeds and all other settings, with its 95 % interval from five runs on.

    Raises:
        SinefitError: if no setting was swept.
    """
    keys = request.require_keys(1, "lines") if request.x is None or not request.by else request.keys
    numeric = [key for key in keys if is_scale(request.table[key])]
    x = request.x or next(iter(numeric or keys))
    by = list(request.by) or [key for key in keys if key != x and not key.endswith("seed")][:1]
    values = request.runs
    groups, notes = keep_best(find_groups(request, by), MOST_LINES, request.metric)
    order = order_values(values.table[x])
    lines = [_line(request, group, x, order, style) for style, group in enumerate(groups)]
    lines, open_notes = _close_bands(lines)
    up = Axis(label_of(request.metric), is_wide([y for line in lines for y in line.y]))
    others = [key for key in keys if key not in {x, *by}]
    has_bands = any(not np.isnan(low) for line in lines for low in line.low or [])
    bands = "bands: 95 % intervals from five runs on" if has_bands else "too few runs for intervals"
    notes += [f"medians over {' and '.join([*others, 'seeds'])}, {bands}"]
    title = f"{request.metric} against {x}{f' by {chr(44).join(by)}' if by else ''}"
    return Chart(
        title,
        (Panel("", axis_of(values.table[x]), up, tuple(lines)),),
        notes=(*values.notes, *notes, *open_notes),
    )


def _line(request: Request, group: Group, x: str, order: list[str], style: int) -> Line:
    """A group's medians; a value of x at which the group diverged or has no runs is a gap."""
    column, numbers = request.runs.table[x].iloc[group.rows], request.runs.numbers[group.rows]
    names = np.array([name_value(value) for value in column.tolist()], dtype=object)
    numeric = is_scale(request.runs.table[x])
    points = []
    for position, name in enumerate(order):
        chosen = numbers[(names == name) & ~np.isnan(numbers)]
        if len(chosen) == 0 or (numeric and name == "unset"):
            continue
        middle = median(chosen)
        interval = median_interval(chosen) if np.isfinite(middle) else None
        ends = (interval.low, interval.high) if interval else (np.nan, np.nan)
        place = float(column[names == name].iloc[0]) if numeric else float(position)
        points.append((place, middle if np.isfinite(middle) else np.nan, *ends))
    columns = [list(part) for part in zip(*points, strict=True)] or [[], [], [], []]
    return Line(group.name, columns[0], columns[1], style, columns[2], columns[3], has_markers=True)


def _close_bands(lines: list[Line]) -> tuple[list[Line], list[str]]:
    """Bands that reach diverged runs end with the picture instead, and a sentence if there are any."""
    ends = np.array([end for line in lines for end in (*line.y, *(line.low or []), *(line.high or []))])
    if not np.isinf(ends).any():
        return lines, []
    finite = ends[np.isfinite(ends)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    closed = [
        replace(line, low=np.clip(line.low, low, high).tolist(), high=np.clip(line.high, low, high).tolist())
        if line.low is not None and line.high is not None
        else line
        for line in lines
    ]
    return closed, ["bands that reach diverged runs are cut off"]
