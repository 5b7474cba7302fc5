"""What a click on a run shows: how to train it again, its settings, its curve and its fit."""

from __future__ import annotations

import math
import shlex
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError
from sinefit.record.folder import RunFolder
from sinefit.results.report.configs import read_configs, split_settings
from sinefit.results.rows import read_typed_overrides

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

POINTS_IN_ALL = 500_000
"""Points of curves and of fits on a page, each; a run's share is between the two numbers below."""
FEWEST, MOST = 40, 200
DIGITS = 4

Numbers = list[float | None]


def describe_runs(table: pd.DataFrame) -> dict[str, Any]:
    """The details of each run of a table, in its order, small enough for a page of thousands of runs."""
    folders = [str(folder) for folder in table["folder"].tolist()]
    most = max(FEWEST, min(MOST, POINTS_IN_ALL // max(1, len(folders))))
    commands, messages = zip(*map(_read_origin, folders), strict=True) if folders else ((), ())
    return {
        "commands": commands,
        "reruns": [shlex.join(["sinefit", f"rerun={folder}"]) for folder in folders],
        "messages": messages,
        "settings": split_settings(read_configs(folders)),
        "history": [_history(folder, most) for folder in folders],
        "prediction": _predictions(folders, most),
    }


def _read_origin(folder: str) -> tuple[str, str]:
    """The command that trains a run again, and what there is to say of how it ended beyond its status."""
    try:
        result = RunFolder(folder).read_result()
    except RecordError as error:
        return shlex.join(["sinefit", *read_typed_overrides(folder)]), str(error)
    return shlex.join(["sinefit", *result.overrides]), result.error or result.message


def _history(folder: str, most: int) -> dict[str, Any] | None:
    """A run's losses at no more than so many epochs, the last one among them."""
    try:
        rows = RunFolder(folder).read_history()
    except RecordError:
        return None
    chosen = [rows[at] for at in thin(len(rows), most)]
    validation = [_short(row["validation_loss"]) for row in chosen]
    return {
        "x": [int(row["epoch"] or 0) for row in chosen],
        "train": [_short(row["train_loss"]) for row in chosen],
        "validation": validation if any(value is not None for value in validation) else None,
    }


def _predictions(folders: Sequence[str], most: int) -> dict[str, Any]:
    """A line a run over its function; each different function is held once."""
    functions: dict[tuple[tuple[float | None, ...], ...], int] = {}
    lines: list[dict[str, Any] | None] = []
    for folder in folders:
        try:
            rows = RunFolder(folder).read_prediction()
        except RecordError:
            lines.append(None)
            continue
        chosen = [rows[at] for at in thin(len(rows), most)]
        x, target = (tuple(_short(row[name]) for row in chosen) for name in ("x", "target"))
        number = functions.setdefault((x, target), len(functions))
        lines.append({"of": number, "y": [_short(row["prediction"]) for row in chosen]})
    return {"functions": [{"x": list(x), "target": list(target)} for x, target in functions], "lines": lines}


def thin(count: int, most: int) -> list[int]:
    """At most so many positions of `count`, evenly spread, with both ends.

    >>> thin(5, 3), thin(2, 3), thin(0, 3)
    ([0, 2, 4], [0, 1], [])
    """
    if count <= most:
        return list(range(count))
    return [round(number * (count - 1) / (most - 1)) for number in range(most)]


def _short(value: float | None) -> float | None:
    return float(f"{value:.{DIGITS}g}") if value is not None and math.isfinite(value) else None
