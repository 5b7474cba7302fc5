"""Learning curves: the loss over the epochs, a line a group with a band over its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.core.prediction import spread_indices
from sinefit.errors import SinefitError
from sinefit.record.folder import RunFolder
from sinefit.results.plots.chart import MOST_LINES, Chart
from sinefit.results.plots.groups import best_groups, median_line, read_runs
from sinefit.results.plots.panels import LOSSES, epoch_panel
from sinefit.results.plots.request import is_wide

if TYPE_CHECKING:
    from sinefit.results.plots.chart import Line
    from sinefit.results.plots.request import Request

    History = list[dict[str, float | None]]

MOST_POINTS = 400


def draw_curves(request: Request) -> Chart:
    """A panel a loss; the line is the median over the runs of a group, the band their middle half.

    Raises:
        SinefitError: if no run has a history.
    """
    groups, notes = best_groups(request, request.by or request.keys, MOST_LINES)
    runs = [(group.name, read_runs(request, group.rows, RunFolder.read_history)) for group in groups]
    panels = []
    for column, label in LOSSES.items():
        found = [_summarize(name, histories, column, style) for style, (name, histories) in enumerate(runs)]
        lines = [line for line in found if line is not None]
        if lines:
            drawn = [
                value for line in lines for part in (line.y, line.low, line.high) for value in part or ()
            ]
            panels.append(epoch_panel(lines, label, is_log=is_wide(drawn)))
    if not panels:
        msg = f"none of the {len(request.table)} runs has completed an epoch, so that there is no curve"
        raise SinefitError(msg)
    if any(line.low is not None for panel in panels for line in panel.lines):
        notes.append("line: median over the runs that reached the epoch, band: their middle half")
    return Chart(request.title("learning curves"), tuple(panels), notes=tuple(notes))


def _summarize(name: str, runs: list[History], column: str, style: int) -> Line | None:
    """The median over runs at each epoch, at most `MOST_POINTS` of them; None if there is no number."""
    table = np.full((len(runs), max(map(len, runs), default=0)), np.nan)
    for row, history in zip(table, runs, strict=True):
        row[: len(history)] = [np.nan if (v := line[column]) is None else v for line in history]
    epochs = np.flatnonzero(~np.isnan(table).all(axis=0))
    if len(epochs) == 0:
        return None
    epochs = epochs[spread_indices(len(epochs), MOST_POINTS)]
    return median_line(name, (epochs + 1.0).tolist(), table[:, epochs], style)
