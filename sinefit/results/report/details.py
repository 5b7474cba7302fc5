"""What a click on a run shows: how to train it again, its settings, its curve and its fit."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from sinefit.core.prediction import spread_indices
from sinefit.errors import RecordError
from sinefit.record.folder import RunFolder
from sinefit.record.hydra_files import read_settings
from sinefit.results.best import reproducing_command
from sinefit.results.drawable import drawable
from sinefit.results.plots.chart import Chart
from sinefit.results.plots.interactive import describe_panels, log_ticks, shorten_numbers
from sinefit.results.plots.panels import LOSSES, loss_panel
from sinefit.results.report.predictions import DIGITS, describe_predictions, draw_fit_templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

POINTS_IN_ALL = 500_000
"""Points of curves and of fits on a page, each; a run's share is between the two numbers below."""
FEWEST, MOST = 40, 200


def describe_runs(table: pd.DataFrame) -> dict[str, Any]:
    """The details of each run of a table, in its order, small enough for a page of thousands of runs."""
    folders = [str(folder) for folder in table["folder"].tolist()]
    most = max(FEWEST, min(MOST, POINTS_IN_ALL // max(1, len(folders))))
    commands, messages = zip(*map(_read_origin, folders), strict=True) if folders else ((), ())
    return {
        "commands": commands,
        "reruns": [shlex.join(["sinefit", f"rerun={folder}"]) for folder in folders],
        "messages": messages,
        "settings": split_settings(folders),
        "figures": _draw_templates(),
        "history": [_history(folder, most) for folder in folders],
        "prediction": describe_predictions(folders, most),
    }


def _draw_templates() -> dict[str, Any]:
    """What figures look like, by name: held once, the page puts a run's numbers in."""
    panels = {"losses": loss_panel([1, 2], {name: [1, 2] for name in LOSSES}), **draw_fit_templates()}
    figures = describe_panels(Chart("", tuple(panels.values())))
    return {name: figure for name, (_, figure) in zip(panels, figures, strict=True)}


def _read_origin(folder: str) -> tuple[str, str]:
    """The command that trains a run again, and what there is to say of how it ended beyond its status."""
    try:
        result = RunFolder(folder).read_result()
    except RecordError as error:
        return reproducing_command(folder, None), str(error)
    return reproducing_command(folder, result), result.error or result.message


def _history(folder: str, most: int) -> dict[str, Any] | None:
    """A run's losses at no more than so many epochs, the last one among them."""
    try:
        rows = drawable(RunFolder(folder).read_history())
    except RecordError:
        return None
    chosen = [rows[at] for at in spread_indices(len(rows), most)]
    train, validation = ([row[name] for row in chosen] for name in LOSSES)
    is_log = all(value is None or value > 0 for value in [*train, *validation])
    return {
        "x": [int(row["epoch"] or 0) for row in chosen],
        "train": shorten_numbers(train, DIGITS),
        "validation": None if set(validation) <= {None} else shorten_numbers(validation, DIGITS),
        "ticks": (log_ticks([*train, *validation]) or None) if is_log else None,
    }


def split_settings(folders: Sequence[str]) -> dict[str, list[Any]]:
    """Settings with one value in all runs as ``same``: [key, value]; others as ``differing``: [key, values].

    A value is None where a run has no such key, or its settings cannot be read.
    """
    configs = list(map(_read_settings, folders))
    split: dict[str, list[Any]] = {"same": [], "differing": []}
    for key in dict.fromkeys(key for config in configs for key in config):
        cells = [config.get(key) for config in configs]
        if len(set(cells)) == 1:
            split["same"].append([key, cells[0]])
        else:
            split["differing"].append([key, cells])
    return split


def _read_settings(folder: str) -> dict[str, str]:
    """A run's settings as text, by dotted paths; none if they cannot be read."""
    try:
        settings = read_settings(folder)
    except RecordError:
        return {}
    words = {True: "true", False: "false", None: "null"}
    return {
        key: words[value] if value is None or isinstance(value, bool) else str(value)
        for key, value in settings.items()
    }
