"""Learning curves: the loss over the epochs, a line a group with a band over its seeds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import RecordError, SinefitError
from sinefit.record.folder import RunFolder
from sinefit.results.plots.chart import MOST_LINES, Axis, Chart, Line, Panel
from sinefit.results.plots.groups import find_groups, keep_best
from sinefit.results.plots.request import is_wide
from sinefit.results.plots.ticks import whole_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.results.plots.groups import Group
    from sinefit.results.plots.request import Request

    History = list[dict[str, float | None]]

MOST_POINTS = 400
LOSSES = {"train_loss": "training loss", "validation_loss": "validation loss"}


def draw_curves(request: Request) -> Chart:
    """A panel a loss; the line is the median over the runs of a group, the band their middle half.

    Raises:
        SinefitError: if no run has a history.
    """
    keys = list(request.by) or request.keys
    groups, notes = keep_best(find_groups(request, keys), MOST_LINES, request.metric)
    histories = [_read(request, group) for group in groups]
    panels = []
    for column, label in LOSSES.items():
        lines = [
            line
            for style, (group, runs) in enumerate(zip(groups, histories, strict=True))
            if (line := _summarise(group.name, runs, column, style)) is not None
        ]
        if lines:
            drawn = [part for line in lines for part in (line.y, line.low, line.high) if part]
            is_log = is_wide([value for part in drawn for value in part])
            epochs = whole_ticks(max(line.x[-1] for line in lines))
            panels.append(Panel("", Axis("epoch", ticks=epochs), Axis(label, is_log), tuple(lines)))
    if not panels:
        msg = f"none of the {len(request.table)} runs has completed an epoch, so that there is no curve"
        raise SinefitError(msg)
    if any(line.low is not None for panel in panels for line in panel.lines):
        notes.append("line: median over the runs that reached the epoch, band: their middle half")
    title = f"learning curves by {', '.join(keys)}" if keys else "learning curve"
    return Chart(title, tuple(panels), notes=tuple(notes))


def _read(request: Request, group: Group) -> list[History]:
    """The histories of a group's runs; a run without one has none to show."""
    histories = []
    for folder in request.runs.table["folder"].iloc[group.rows].tolist():
        try:
            histories.append(RunFolder(os.fspath(folder)).read_history())
        except RecordError:
            continue
    return [history for history in histories if history]


def _summarise(name: str, runs: list[History], column: str, style: int) -> Line | None:
    """The median over runs at each epoch, at most `MOST_POINTS` of them; None if there is no number."""
    length = max(map(len, runs), default=0)
    table = np.full((len(runs), length), np.nan)
    for row, history in zip(table, runs, strict=True):
        row[: len(history)] = [np.nan if (v := line[column]) is None else v for line in history]
    epochs = np.flatnonzero(~np.isnan(table).all(axis=0))
    if len(epochs) == 0:
        return None
    epochs = epochs[np.unique(np.linspace(0, len(epochs) - 1, MOST_POINTS).round().astype(int))]
    low, middle, high = _quartiles(table[:, epochs])
    has_band = len(runs) > 1
    return Line(
        name=name,
        x=(epochs + 1.0).tolist(),
        y=middle.tolist(),
        style=style,
        low=low.tolist() if has_band else None,
        high=high.tolist() if has_band else None,
        has_markers=len(epochs) == 1,
    )


def _quartiles(table: NDArray[np.float64]) -> NDArray[np.float64]:
    quartiles: NDArray[np.float64] = np.nanquantile(table, [0.25, 0.5, 0.75], axis=0)
    return quartiles
