"""Box plots: the distribution of a metric in each group, diverged runs among it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError
from sinefit.results.plots.chart import Axis, Box, Chart, Panel
from sinefit.results.plots.groups import best_groups
from sinefit.results.plots.request import is_wide, label_of
from sinefit.results.statistics.intervals import median

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.results.plots.request import Request

MOST_BOXES = 40
ROOM = 0.12
"""How far beyond all other runs diverged ones are drawn, by the length of the axis."""


def draw_box(request: Request) -> Chart:
    """A lying box a group, the best on top; diverged runs lie at the end, as infinitely bad ones.

    Raises:
        SinefitError: if every run diverged.
    """
    groups, notes = best_groups(request, request.by or request.keys, MOST_BOXES)
    numbers = [drawn[~np.isnan(drawn)] for drawn in (request.runs.numbers[group.rows] for group in groups)]
    every = np.concatenate(numbers)
    finite = every[np.isfinite(every)]
    if not len(finite):
        msg = f"no run has a finite {request.metric}, so that there is no box to draw"
        raise SinefitError(msg)
    across = Axis(label_of(request.metric), is_wide(finite))
    end = _place_diverged(finite, request.runs.sign, is_log=across.is_log)
    boxes = tuple(_make_box(np.sort(found), end) for found in numbers)
    names = tuple(
        f"{group.name or 'all runs'}{_count_diverged(found)}"
        for group, found in zip(groups, numbers, strict=True)
    )
    diverged = end if np.isinf(every).any() else None
    panel = Panel("", across, Axis("", categories=names), boxes=boxes, diverged=diverged)
    notes.append("box: middle half and median; whiskers: up to 1.5 times its length; points: runs")
    return Chart(request.title(request.metric), (panel,), notes=(*request.runs.notes, *notes))


def _place_diverged(finite: NDArray[np.float64], sign: int, *, is_log: bool) -> float:
    """Where diverged runs are drawn: beyond the worst of the others."""
    scaled = np.log10(finite) if is_log else finite
    room = ROOM * ((scaled.max() - scaled.min()) or 1.0)
    place = float(scaled.max() + room if sign > 0 else scaled.min() - room)
    return 10**place if is_log else place


def _make_box(values: NDArray[np.float64], end: float) -> Box:
    """A box of values of which infinite ones are drawn at `end`."""
    drawn = np.where(np.isfinite(values), values, end)
    drawn.sort()
    if len(values) < 2:  # noqa: PLR2004 - a point is no distribution
        return Box(drawn.tolist(), None)
    middle = median(values)  # that of `summary`, infinite where half of the runs diverged
    low, high = (float(np.quantile(drawn, share, method="inverted_cdf")) for share in (0.25, 0.75))
    reach = 1.5 * (high - low)
    whiskers = drawn[(drawn >= low - reach) & (drawn <= high + reach)]
    middle = middle if np.isfinite(middle) else end
    return Box(drawn.tolist(), (float(whiskers.min()), low, middle, high, float(whiskers.max())))


def _count_diverged(numbers: NDArray[np.float64]) -> str:
    infinite = int(np.isinf(numbers).sum())
    return f" ({infinite} of {len(numbers)} diverged)" if infinite else ""
