"""A metric against a setting: one line a group, with intervals over seeds and folds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import plural
from sinefit.results.cells import name_value
from sinefit.results.plots.chart import MOST_LINES, Axis, Chart, Line, Panel
from sinefit.results.plots.groups import best_groups
from sinefit.results.plots.request import is_scale, is_wide, label_of, order_values
from sinefit.results.statistics.intervals import median, median_interval
from sinefit.results.statistics.repeats import name_repeats, repeat_keys

if TYPE_CHECKING:
    from sinefit.results.plots.groups import Group
    from sinefit.results.plots.request import Request

FEWEST_POINTS, OWN_SHARE = 8, 0.6
"""More values of x than these, and than this share of the runs: a point a run, no line."""


def draw_lines(request: Request) -> Chart:
    """The median over repeats and all other settings, with its 95 % interval from five runs on."""
    keys = request.keys
    x = request.x or next((key for key in keys if is_scale(request.table[key])), *keys[:1])
    if _is_drawn_at_random(request, x):
        return _draw_points(request, x)
    by = list(request.by) or [key for key in keys if key != x and not key.endswith("seed")][:1]
    values = request.runs
    groups, notes = best_groups(request, by, MOST_LINES)
    lines, cut_off = _cut_bands([_line(request, group, x, style) for style, group in enumerate(groups)])
    up = Axis(label_of(request.metric), is_wide([y for line in lines for y in line.y]))
    has_bands = any(not np.isnan(low) for line in lines for low in line.low or [])
    bands = "bands: 95 % intervals from five runs on" if has_bands else "too few runs for intervals"
    others = [key for key in keys if key not in {x, *by}]
    repeats = [f"{name_repeats([key])}s" for key in repeat_keys([values.table], without=[x, *by])]
    notes += _tell_unset(request, x) if is_scale(values.table[x]) else []
    notes += [f"medians over {' and '.join([*others, *repeats])}, {bands}", *cut_off]
    title = " by ".join([f"{request.metric} against {x}", *([", ".join(by)] if by else [])])
    panel = Panel("", request.axis(x), up, tuple(lines))
    return Chart(title, (panel,), notes=(*values.notes, *notes))


def _is_drawn_at_random(request: Request, x: str) -> bool:
    """Whether most runs have an x of their own, as in a random search, where lines would jump about."""
    column = request.runs.table[x]
    return is_scale(column) and column.nunique() > max(FEWEST_POINTS, OWN_SHARE * column.count())


def _draw_points(request: Request, x: str) -> Chart:
    """A point a run, in colors of groups where there are few."""
    few = [key for key in request.keys if key != x and len(order_values(request.table[key])) <= MOST_LINES]
    by = list(request.by) or [key for key in few if not key.endswith("seed")][:1]
    groups, notes = best_groups(request, by, MOST_LINES)
    column, numbers = request.runs.table[x].to_numpy(dtype=float, na_value=np.nan), request.runs.numbers
    lines = []
    for style, (name, rows) in enumerate(groups):
        shown = [row for row in rows if np.isfinite(numbers[row]) and np.isfinite(column[row])]
        lines.append(Line(name, column[shown].tolist(), numbers[shown].tolist(), style, marks="points"))
    up = Axis(label_of(request.metric), is_wide([y for line in lines for y in line.y]))
    notes += _tell_unset(request, x)
    left_out = int((~np.isfinite(numbers)).sum())
    notes += ["a point a run, since most runs have a value of their own"]
    notes += [f"{plural(left_out, 'run')} without a finite {request.metric}: not drawn"] if left_out else []
    title = " by ".join([f"{request.metric} against {x}", *([", ".join(by)] if by else [])])
    return Chart(title, (Panel("", request.axis(x), up, tuple(lines)),), notes=tuple(notes))


def _tell_unset(request: Request, x: str) -> list[str]:
    """A sentence if some runs do not have the setting along the axis, and have no place there."""
    count = int(request.runs.table[x].isna().sum())
    return [f"{plural(count, 'run')} without {x}: not drawn"] if count else []


def _line(request: Request, group: Group, x: str, style: int) -> Line:
    """A group's medians; a value of x at which the group diverged or has no runs is a gap."""
    runs, numbers = request.runs.table[x], request.runs.numbers[group.rows]
    column = runs.iloc[group.rows]
    names = np.array([name_value(value) for value in column.tolist()], dtype=object)
    numeric = is_scale(runs)
    points = []
    for position, name in enumerate(order_values(runs)):
        chosen = numbers[(names == name) & ~np.isnan(numbers)]
        if len(chosen) == 0 or (numeric and name == "unset"):
            continue
        middle = median(chosen)
        interval = median_interval(chosen) if np.isfinite(middle) else None
        ends = (interval.low, interval.high) if interval else (np.nan, np.nan)
        where = float(column[names == name].iloc[0]) if numeric else float(position)
        points.append((where, middle if np.isfinite(middle) else np.nan, *ends))
    across, middles, low, high = [list(part) for part in zip(*points, strict=True)] or [[], [], [], []]
    return Line(group.name, across, middles, style, low, high, marks="line and points")


def _cut_bands(lines: list[Line]) -> tuple[list[Line], list[str]]:
    """Bands that reach diverged runs end with the picture instead, and a sentence if there are any."""
    ends = np.array([end for line in lines for end in (*line.y, *(line.low or []), *(line.high or []))])
    if not np.isinf(ends).any():
        return lines, []
    finite = ends[np.isfinite(ends)]
    limits = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    bands = [[np.clip(end or [], *limits).tolist() for end in (line.low, line.high)] for line in lines]
    cut = [replace(line, low=low, high=high) for line, (low, high) in zip(lines, bands, strict=True)]
    return cut, ["bands that reach diverged runs are cut off"]
