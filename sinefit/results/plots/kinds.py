"""The kinds of pictures by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.results.plots.box import draw_box
from sinefit.results.plots.chart import Chart
from sinefit.results.plots.curves import draw_curves
from sinefit.results.plots.fits import draw_fits
from sinefit.results.plots.heatmap import draw_heatmap
from sinefit.results.plots.lines import draw_lines
from sinefit.results.plots.parallel import draw_parallel
from sinefit.results.plots.spectrum import draw_spectrum

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sinefit.results.plots.request import Request

KINDS: dict[str, Callable[[Request], Chart]] = {
    "curves": draw_curves,
    "heatmap": draw_heatmap,
    "lines": draw_lines,
    "box": draw_box,
    "parallel": draw_parallel,
    "fits": draw_fits,
    "spectrum": draw_spectrum,
}


def draw(kind: str, request: Request) -> Chart:
    """The picture of a kind.

    Raises:
        SinefitError: if there is no such kind, or the table does not hold what it needs.
    """
    if kind not in KINDS:
        msg = f"there is no kind of picture {kind!r}; type one of {', '.join(KINDS)}"
        raise SinefitError(msg)
    return KINDS[kind](request)


def join_charts(charts: Sequence[Chart]) -> Chart:
    """The panels of several pictures side by side in one.

    Raises:
        SinefitError: if there is none, or if they have no panels.
    """
    if len(charts) == 1:
        return charts[0]
    if not charts or any(chart.parallel is not None for chart in charts):
        msg = "parallel coordinates take one metric; type for example --metric rmse"
        raise SinefitError(msg)
    return Chart(
        title="; ".join(dict.fromkeys(chart.title for chart in charts)),
        panels=tuple(panel for chart in charts for panel in chart.panels),
        notes=tuple(dict.fromkeys(note for chart in charts for note in chart.notes)),
    )
