"""The panels of one run, its fit of a function and its losses; loads no pandas.

Those of fits of tables are in `measured`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sinefit.core.prediction import spread_indices
from sinefit.results.plots.chart import REFERENCE, Axis, Line, Panel
from sinefit.results.plots.ticks import whole_ticks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Intervals = tuple[tuple[float, float], ...]

LOSSES = {"train_loss": "training loss", "validation_loss": "validation loss"}
_LOSS_STYLES = {"train_loss": 0, "validation_loss": 2}
MOST_SAMPLES, SAMPLES_STYLE = 5000, 4
ROOM = 0.35
"""How far the axis reaches beyond the function on either side, by the function's span."""

MARGIN = 0.05
"""Training points that end no farther from the picture's sides, by its width, are all of it."""


def fit_panel(
    x: Sequence[float],
    target: Sequence[float],
    prediction: Sequence[float],
    samples: tuple[Sequence[float], Sequence[float]] | None = None,
    trained: Intervals = (),
) -> Panel:
    """Function and prediction of one run.

    Args:
        x: (N,), ascending; nan where the lines break off.
        target: (N,), the function there; the y axis follows it, so that no wild prediction hides it.
        prediction: (N,), the model there.
        samples: the training points' inputs and targets, (M,) each; None draws none.
        trained: the intervals that hold the training points; shaded unless they hold all that is drawn.
    """
    lines = [
        Line("function", list(x), list(target), REFERENCE),
        Line("prediction", list(x), list(prediction), 1),
    ]
    if samples is not None:
        chosen = spread_indices(len(samples[0]), MOST_SAMPLES)
        inputs, targets = ([column[index] for index in chosen] for column in samples)
        lines.insert(0, Line("samples", inputs, targets, SAMPLES_STYLE, marks="points"))
    drawn = [value for value in x if math.isfinite(value)]
    room = MARGIN * (max(drawn) - min(drawn)) if drawn else 0.0
    is_all = len(trained) == 1 and trained[0][0] <= min(drawn) + room and trained[0][1] >= max(drawn) - room
    return Panel(
        "",
        Axis("x"),
        Axis("y", limits=function_limits(target)),
        tuple(lines),
        shaded=(tuple(trained), "training range") if trained and not is_all else None,
    )


def add_residual(panel: Panel) -> Panel:
    """The panel of a fit with what the prediction is too high or too low, below it.

    Args:
        panel: from `fit_panel`, `measured_panel`, or `rows_panel` where the curve is that at its rows.
    """
    target, prediction = panel.lines[-2:]
    targets = prediction.x if panel.has_diagonal else target.y
    differences = [y - t for y, t in zip(prediction.y, targets, strict=True)]
    zero = Line("", [min(target.x), max(target.x)], [0.0, 0.0], REFERENCE)
    marks = target.marks if target.marks == "points" else prediction.marks
    residual = Line("", prediction.x, differences, prediction.style, marks=marks)
    below = Panel("", panel.x, Axis("residual"), (zero, residual), shaded=panel.shaded)
    return replace(panel, x=replace(panel.x, label=""), below=below)


def without_gap(lower: float, upper: float, gap: Sequence[float] | None) -> Intervals:
    """The intervals that hold training points.

    Args:
        lower: where they begin.
        upper: where they end.
        gap: an interval between without any; None if there is none.
    """
    return ((lower, upper),) if gap is None else ((lower, gap[0]), (gap[1], upper))


def function_limits(target: Sequence[float]) -> tuple[float, float] | None:
    """The ends of a y axis that leaves room around a function.

    >>> function_limits([0.0, 2.0]), function_limits([1.0, 1.0]), function_limits([])
    ((-0.7, 2.7), (0.65, 1.35), None)
    """
    finite = [value for value in target if math.isfinite(value)]
    if not finite:
        return None
    room = ROOM * ((max(finite) - min(finite)) or 1.0)
    return min(finite) - room, max(finite) + room


def loss_panel(epochs: Sequence[float], losses: Mapping[str, Sequence[float | None]]) -> Panel:
    """The losses of one run.

    Args:
        epochs: (N,), ascending.
        losses: one or both of `LOSSES`, each (N,); None and nan where there is none.
    """
    lines = []
    for column, name in LOSSES.items():
        pairs = zip(epochs, losses.get(column, ()), strict=False)
        points = [(x, y) for x, y in pairs if y is not None and math.isfinite(y)]
        if points:
            x, y = map(list, zip(*points, strict=True))
            lines.append(Line(name, x, y, _LOSS_STYLES[column]))
    is_positive = all(value > 0 for line in lines for value in line.y)
    return epoch_panel(lines, "loss", is_log=bool(lines) and is_positive)


def epoch_panel(lines: list[Line], label: str, *, is_log: bool) -> Panel:
    """Lines over the epochs.

    Args:
        lines: ascending, from an epoch counted from 1.
        label: of the y axis.
        is_log: whether that is logarithmic.
    """
    ticks = whole_ticks(max((x for line in lines for x in line.x), default=1))
    return Panel("", Axis("epoch", ticks=ticks), Axis(label, is_log), tuple(lines))
