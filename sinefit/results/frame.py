"""Rows become one DataFrame whose columns have one type each; frames with different columns are joined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from sinefit.errors import SinefitError
from sinefit.results.rows import BOOKKEEPING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sinefit.results.rows import Row

PLACE = ("sweep", "job", "status")
SETTINGS, METRICS = "settings", "metrics"
"""Keys of a table's `attrs`: which of its columns are overrides, and which are metrics."""
_LARGEST = 2**63
_NUMBER = re.compile(r"0|[1-9]\d{0,17}", re.ASCII)


def build_frame(rows: Sequence[Row], jobs: Sequence[str | None]) -> pd.DataFrame:
    """The table of runs, in the documented order of columns; the caller fills in `sweep` and `folder`."""
    metrics = _union(row.metrics for row in rows)
    keys = _union(row.settings for row in rows)
    names = {key: _column_name(key, metrics) for key in keys}
    numbered = all(job is None or _NUMBER.fullmatch(job) for job in jobs)
    columns: dict[str, list[Any]] = {
        "sweep": [None] * len(rows),
        "job": [int(job) if numbered and job is not None else job for job in jobs],
        "status": [row.status for row in rows],
    }
    for key, name in names.items():
        columns[name] = [row.settings.get(key) for row in rows]
    for metric in metrics:
        columns[_metric_name(metric)] = [row.metrics.get(metric) for row in rows]
    for name in BOOKKEEPING:
        values = [row.bookkeeping.get(name) for row in rows]
        typed = columns.get(name, values)  # a swept seed: the same number, also where it was not typed
        columns[name] = [value if cell is None else cell for cell, value in zip(typed, values, strict=True)]
    return _frame(columns, list(names.values()), [_metric_name(metric) for metric in metrics])


def join_frames(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of several; cells that a table does not have are empty."""
    if len(frames) == 1:
        return frames[0]
    settings = _union(frame.attrs[SETTINGS] for frame in frames)
    metrics = _union(frame.attrs[METRICS] for frame in frames)
    columns = {
        name: [value for frame in frames for value in _cells(frame, name)]
        for name in _union([PLACE, settings, metrics, BOOKKEEPING])
    }
    return _frame(columns, settings, metrics)


def make_column(values: list[Any], *, is_float: bool = False) -> pd.Series[Any]:
    """Values with one type: whole numbers, numbers, truth values or text; a mixture becomes text.

    >>> [str(make_column(values).dtype) for values in ([1], [1, None], [1, 0.5], [True], [True, None])]
    ['int64', 'Int64', 'float64', 'bool', 'boolean']
    >>> make_column([1, "auto", True]).tolist()
    ['1', 'auto', 'true']
    """
    kinds = {type(value) for value in values} - {type(None)}
    has_missing = None in values
    if is_float or (kinds and kinds <= {int, float} and float in kinds):
        return pd.Series(values, dtype="float64")
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean" if has_missing else "bool")
    if kinds == {int} and all(value is None or -_LARGEST <= value < _LARGEST for value in values):
        return pd.Series(values, dtype="Int64" if has_missing else "int64")
    if not kinds:
        return pd.Series(values, dtype=object)
    return pd.Series([None if value is None else _text(value) for value in values])


def require_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Check that a table has these columns.

    Raises:
        SinefitError: naming every one that it does not have, and those that it has.
    """
    unknown = [name for name in names if name not in table]
    if unknown:
        known = ", ".join(map(str, table.columns))
        msg = f"there is no column {', '.join(map(repr, unknown))}; the columns are: {known}"
        raise SinefitError(msg)


def _frame(columns: dict[str, list[Any]], settings: list[str], metrics: list[str]) -> pd.DataFrame:
    floats = {*metrics, "train_seconds"}
    frame = pd.DataFrame(
        {name: make_column(values, is_float=name in floats) for name, values in columns.items()}
    )
    frame.attrs = {SETTINGS: settings, METRICS: metrics}
    return frame


def _cells(frame: pd.DataFrame, name: str) -> list[Any]:
    if name not in frame:
        return [None] * len(frame)
    return [None if pd.isna(value) else value for value in frame[name].tolist()]


def _union(names: Iterable[Iterable[str]]) -> list[str]:
    """Each name once, in the order of first appearance."""
    return list(dict.fromkeys(name for group in names for name in group))


def _column_name(key: str, metrics: list[str]) -> str:
    """A setting's column; one that is called like another column gets a prefix."""
    is_taken = key != "seed" and key in {*PLACE, *BOOKKEEPING, *metrics}
    return f"setting.{key}" if is_taken else key


def _metric_name(metric: str) -> str:
    return f"metric.{metric}" if metric in {*PLACE, *BOOKKEEPING} else metric


def _text(value: object) -> str:
    """Text that every file format can hold: no lone surrogates."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
