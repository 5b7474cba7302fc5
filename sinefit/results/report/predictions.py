"""The fits of a report's runs: the numbers that its page draws, and the figures that it puts them in."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from sinefit.core.prediction import spread_indices
from sinefit.errors import RecordError
from sinefit.record.folder import RunFolder
from sinefit.results.drawable import drawable
from sinefit.results.plots.interactive import shorten_numbers
from sinefit.results.plots.measured import (
    LONGEST_NAME,
    label_axes,
    measured_panel,
    name_points,
    near_limits,
    rows_panel,
)
from sinefit.results.plots.panels import fit_panel, function_limits
from sinefit.results.plots.subject import UNKNOWN, read_subject
from sinefit.results.text import crop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.results.plots.chart import Panel
    from sinefit.results.plots.subject import Subject

FUNCTION, ROWS, MEASURED = "function", "rows", "measured"
"""The figures of functions, of tables with one input, and of those with several."""
DIGITS = 4


def draw_fit_templates() -> dict[str, Panel]:
    """The figures of fits, by name."""
    line = [0.0, 1.0]
    return {
        FUNCTION: fit_panel(line, line, line),
        ROWS: rows_panel((line, line), (line, line), UNKNOWN),
        MEASURED: measured_panel(line, line, "", UNKNOWN.rows),
    }


def describe_predictions(folders: Sequence[str], most: int) -> dict[str, Any]:
    """A line a run and what it was to fit, each different one of which is held once.

    Args:
        folders: of the runs.
        most: points of a line.
    """
    goals: dict[str, int] = {}
    lines: list[dict[str, Any] | None] = []
    for folder in folders:
        try:
            rows = drawable(RunFolder(folder).read_prediction())
        except RecordError:
            lines.append(None)
            continue
        chosen = [rows[at] for at in spread_indices(len(rows), most)]
        goal, line = _describe_fit(chosen, read_subject(folder))
        lines.append({"of": goals.setdefault(json.dumps(goal), len(goals)), **line})
    return {"goals": [json.loads(goal) for goal in goals], "lines": lines}


def _describe_fit(
    rows: Sequence[dict[str, float | None]], subject: Subject | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was to be fitted and the figure that shows it; the prediction and the ends of its axis.

    Args:
        rows: of a `prediction.csv`.
        subject: of a table.
    """
    x, target, prediction = (
        shorten_numbers([row[name] for row in rows], DIGITS) for name in ("x", "target", "prediction")
    )
    targets, outputs = ([value for value in column if value is not None] for column in (target, prediction))
    goal: dict[str, Any] = {"target": target}
    has_x = any(value is not None for value in x)
    if has_x and subject is None:
        return goal | {"figure": FUNCTION, "x": x}, {"y": prediction, "limits": function_limits(targets)}
    table = subject or UNKNOWN
    labels = (
        [crop(name, LONGEST_NAME) for name in (table.input, table.target)]
        if has_x
        else label_axes(table.target)
    )
    name = table.rows if has_x else name_points(table.rows)
    goal |= {"rows": name, "labels": list(map(escape, labels))}
    goal |= {"figure": ROWS, "x": x} if has_x else {"figure": MEASURED}
    return goal, {"y": prediction, "limits": shorten_numbers(near_limits(targets, outputs), DIGITS)}
