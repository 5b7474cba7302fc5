"""Box plots: the distribution of a metric in each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.results.plots.chart import Axis, Chart, Panel
from sinefit.results.plots.groups import best_groups
from sinefit.results.plots.request import is_wide, label_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.results.plots.request import Request

MOST_BOXES = 40


def draw_box(request: Request) -> Chart:
    """A lying box a group, the best on top; diverged runs are counted in the group's name."""
    groups, notes = best_groups(request, request.by or request.keys, MOST_BOXES)
    numbers = [request.runs.numbers[group.rows] for group in groups]
    boxes = tuple(np.sort(found[np.isfinite(found)]).tolist() for found in numbers)
    names = tuple(
        f"{group.name or 'all runs'}{_count_diverged(found)}"
        for group, found in zip(groups, numbers, strict=True)
    )
    across = Axis(label_of(request.metric), is_wide([value for box in boxes for value in box]))
    panel = Panel("", across, Axis("", categories=names), boxes=boxes)
    notes.append(
        "box: middle half and median of the runs that did not diverge; whiskers: up to 1.5 times its length;"
        " points: runs"
    )
    return Chart(request.title(request.metric), (panel,), notes=(*request.runs.notes, *notes))


def _count_diverged(numbers: NDArray[np.float64]) -> str:
    infinite = int(np.isinf(numbers).sum())
    return f" ({infinite} of {len(numbers)} diverged)" if infinite else ""
