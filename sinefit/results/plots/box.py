"""Box plots: the distribution of a metric in each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.results.plots.chart import Axis, Chart, Panel
from sinefit.results.plots.groups import find_groups, keep_best
from sinefit.results.plots.request import is_wide, label_of

if TYPE_CHECKING:
    from sinefit.results.plots.groups import Group
    from sinefit.results.plots.request import Request

MOST_BOXES = 40


def draw_box(request: Request) -> Chart:
    """A lying box a group, the best above; diverged runs are counted in the group's name."""
    keys = list(request.by) or request.keys
    groups, notes = keep_best(find_groups(request, keys), MOST_BOXES, request.metric)
    numbers = [request.runs.numbers[group.rows] for group in groups]
    boxes = tuple(np.sort(found[np.isfinite(found)]).tolist() for found in numbers)
    names = tuple(_name(group, request) for group in groups)
    across = Axis(label_of(request.metric), is_wide([value for box in boxes for value in box]))
    panel = Panel("", across, Axis("", categories=names), boxes=boxes)
    notes.append("box: middle half and median; whiskers: up to 1.5 times its length; points: runs")
    title = f"{request.metric} by {', '.join(keys)}" if keys else request.metric
    return Chart(title, (panel,), notes=(*request.runs.notes, *notes))


def _name(group: Group, request: Request) -> str:
    numbers = request.runs.numbers[group.rows]
    infinite = int(np.isinf(numbers).sum())
    name = group.name or "all runs"
    return f"{name} ({infinite} of {len(numbers)} diverged)" if infinite else name
