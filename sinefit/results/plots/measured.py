"""The panels of fits of tables: predictions against what was measured, or both against the only input.

Loads no pandas.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sinefit.core.prediction import spread_indices
from sinefit.errors import plural
from sinefit.results.drawable import MOST
from sinefit.results.plots.chart import REFERENCE, Axis, Line, Panel
from sinefit.results.plots.panels import MOST_SAMPLES, SAMPLES_STYLE
from sinefit.results.text import crop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.results.plots.subject import Subject

    Columns = tuple[Sequence[float], Sequence[float]]

DIAGONAL = "predicted = measured"
LONGEST_NAME = 40
"""Letters of a column's name at an axis."""
ROOM = 1.0
"""How far predictions may widen an axis on either side, by the span of what was measured."""
MARGIN = 0.04
"""What an axis reaches beyond its outermost points, by their span."""


def measured_panel(target: Sequence[float], prediction: Sequence[float], name: str, rows: str) -> Panel:
    """Predicted against measured values, with the diagonal on which a perfect model has them.

    Args:
        target: (N,).
        prediction: (N,); what is not finite is left out, what is far from all targets lies outside.
        name: of the target.
        rows: which ones they are, for the legend.
    """
    chosen = spread_indices(len(target), MOST_SAMPLES)
    points = Line(
        name_points(rows), [target[at] for at in chosen], _gaps([prediction[at] for at in chosen]), 1
    )
    lines = Line(DIAGONAL, [], [], REFERENCE), replace(points, marks="points")
    x, y = map(Axis, label_axes(name))
    panel = Panel("", x, y, lines, has_diagonal=True)
    return set_square(panel, near_limits(target, prediction))


def name_points(rows: str) -> str:
    """What the points of `measured_panel` are called in its legend.

    Args:
        rows: which rows they are.
    """
    return f"prediction of {rows}"


def label_axes(name: str) -> tuple[str, str]:
    """The labels of both axes of `measured_panel`.

    >>> label_axes("firmness"), label_axes("")
    (('measured firmness', 'predicted firmness'), ('measured', 'predicted'))

    Args:
        name: of the target.
    """
    short = crop(name, LONGEST_NAME)
    return f"measured {short}".strip(), f"predicted {short}".strip()


def set_square(panel: Panel, limits: tuple[float, float]) -> Panel:
    """A panel of `measured_panel` with other ends of both its axes and of the diagonal.

    Args:
        panel: from `measured_panel`.
        limits: where both axes begin and end.
    """
    diagonal = replace(panel.lines[0], x=list(limits), y=list(limits))
    x, y = (replace(axis, limits=limits) for axis in (panel.x, panel.y))
    return replace(panel, x=x, y=y, lines=(diagonal, *panel.lines[1:]))


def rows_panel(rows: Columns, curve: Columns, subject: Subject, training: Columns | None = None) -> Panel:
    """What was measured and what is predicted, against the only input.

    Args:
        rows: inputs, ascending, and targets of the rows that the metrics are of, (N,) each.
        curve: inputs, ascending, and predictions, (M,) each.
        subject: what they are named after.
        training: inputs and targets of the rows that train, where `rows` are others.
    """
    lines = [
        Line(subject.rows, list(rows[0]), list(rows[1]), REFERENCE, marks="points"),
        Line("prediction", list(curve[0]), _gaps(curve[1]), 1),
    ]
    targets = list(rows[1])
    if training is not None:
        chosen = spread_indices(len(training[0]), MOST_SAMPLES)
        inputs, outputs = ([column[at] for at in chosen] for column in training)
        lines.insert(0, Line("training rows", inputs, outputs, SAMPLES_STYLE, marks="points"))
        targets += outputs
    y = Axis(crop(subject.target, LONGEST_NAME), limits=near_limits(targets, curve[1]))
    return Panel("", Axis(crop(subject.input, LONGEST_NAME)), y, tuple(lines))


def near_limits(target: Sequence[float], prediction: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis that holds all targets, and the predictions that are not far from all of them.

    >>> near_limits([0.0, 10.0], [5.0, 12.0, 1e9, float("nan")])
    (-0.48, 12.48)

    Args:
        target: (N,); all between 0 and 0 if none is finite.
        prediction: (N,).
    """
    finite = [value for value in target if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    room = ROOM * ((high - low) or abs(high) or 1.0)
    near = [value for value in prediction if low - room <= value <= high + room]
    low, high = min([low, *near]), max([high, *near])
    margin = MARGIN * (high - low) or room
    return low - margin, high + margin


def explain_hidden(panels: Sequence[Panel]) -> list[str]:
    """How many points of `measured_panel` cannot be seen; nothing if all can.

    Args:
        panels: those of other kinds do not count.
    """
    measured = [panel for panel in panels if panel.has_diagonal]
    points = [(y, panel.y.limits or (y, y)) for panel in measured for y in panel.lines[-1].y]
    hidden = sum(not low <= y <= high for y, (low, high) in points)
    are = "is" if hidden == 1 else "are"
    of = f"{hidden} of {plural(len(points), 'prediction')}"
    return [f"{of} {are} not finite or too far off to be seen"] if hidden else []


def _gaps(values: Sequence[float]) -> list[float]:
    """Numbers, with nan for those that no axis has room for."""
    return [value if abs(value) < MOST else math.nan for value in values]
