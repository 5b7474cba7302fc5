"""What a click on a run shows: how to train it again, its settings, its curve and its fit."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from sinefit.core.prediction import spread_indices
from sinefit.errors import RecordError
from sinefit.record.folder import RunFolder
from sinefit.results.plots.chart import Chart
from sinefit.results.plots.interactive import describe_panels, log_ticks, shorten_numbers
from sinefit.results.plots.panels import LOSSES, fit_panel, function_limits, loss_panel
from sinefit.results.rows import read_typed_overrides

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOP_LEVEL = re.compile(r"^(?=[^\s#-])", re.MULTILINE)
POINTS_IN_ALL = 500_000
"""Points of curves and of fits on a page, each; a run's share is between the two numbers below."""
FEWEST, MOST = 40, 200
DIGITS = 4


def describe_runs(table: pd.DataFrame) -> dict[str, Any]:
    """The details of each run of a table, in its order, small enough for a page of thousands of runs."""
    folders = [str(folder) for folder in table["folder"].tolist()]
    most = max(FEWEST, min(MOST, POINTS_IN_ALL // max(1, len(folders))))
    commands, messages = zip(*map(_read_origin, folders), strict=True) if folders else ((), ())
    # What figures look like is held once; the page puts a run's numbers in.
    template = Chart("", (loss_panel([1, 2], {name: [1, 2] for name in LOSSES}), fit_panel([0], [0], [0])))
    return {
        "commands": commands,
        "reruns": [shlex.join(["sinefit", f"rerun={folder}"]) for folder in folders],
        "messages": messages,
        "settings": split_settings([_read_config(folder) for folder in folders]),
        "figures": [figure for _, figure in describe_panels(template)],
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
    chosen = [rows[at] for at in spread_indices(len(rows), most)]
    train, validation = ([row[name] for row in chosen] for name in LOSSES)
    is_log = all(value is None or value > 0 for value in [*train, *validation])
    return {
        "x": [int(row["epoch"] or 0) for row in chosen],
        "train": shorten_numbers(train, DIGITS),
        "validation": None if set(validation) <= {None} else shorten_numbers(validation, DIGITS),
        "ticks": (log_ticks([*train, *validation]) or None) if is_log else None,
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
        chosen = [rows[at] for at in spread_indices(len(rows), most)]
        x, target, prediction = (
            shorten_numbers([row[name] for row in chosen], DIGITS) for name in ("x", "target", "prediction")
        )
        number = functions.setdefault((tuple(x), tuple(target)), len(functions))
        lines.append({"of": number, "y": prediction})
    described = [
        {
            "x": x,
            "target": target,
            "limits": function_limits([value for value in target if value is not None]),
        }
        for x, target in functions
    ]
    return {"functions": described, "lines": lines}


def split_settings(configs: Sequence[Mapping[str, str]]) -> dict[str, list[Any]]:
    """Keys with one value in all runs as ``same``: [key, value]; others as ``differing``: [key, values].

    A value is None where a run has no such key.
    """
    keys = dict.fromkeys(key for config in configs for key in config)
    columns = {key: [config.get(key) for config in configs] for key in keys}
    same = [[key, cells[0]] for key, cells in columns.items() if len(set(cells)) == 1]
    differing = [[key, cells] for key, cells in columns.items() if len(set(cells)) > 1]
    return {"same": same, "differing": differing}


def _read_config(folder: str) -> dict[str, str]:
    try:
        text = RunFolder(folder).config.read_text(encoding="utf-8")
        # Thousands of configs differ in few of their blocks: each different block is parsed once.
        return {key: value for block in _TOP_LEVEL.split(text) for key, value in _parse(block)}
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}


@cache
def _parse(block: str) -> tuple[tuple[str, str], ...]:
    """A top-level key of a config with all that is below it."""
    content = yaml.load(block, Loader=_LOADER)  # noqa: S506 - the safe loader, in C if there is one
    return tuple(_flatten("", content)) if isinstance(content, dict) else ()


def _flatten(prefix: str, node: object) -> Iterable[tuple[str, str]]:
    """Leaves with their dotted keys; lists as they are written."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _flatten(f"{prefix}.{key}" if prefix else str(key), value)
    else:
        yield prefix, _text(node)


def _text(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
