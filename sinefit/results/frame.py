"""Rows become one DataFrame whose columns have one type each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from sinefit.errors import SinefitError
from sinefit.record.space import read_space
from sinefit.record.text import to_utf8
from sinefit.results.rows import RECORDED
from sinefit.results.saved import read_saved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sinefit.results.rows import Row

SETTINGS, METRICS = "settings", "metrics"
"""Keys of a table's `attrs`: which of its columns are overrides, and which are metrics."""
LOG_SCALED = "log_scaled"
"""Another one: settings that were swept on a log scale; missing if there are none."""
SUMMARIZED = "summarized"
"""Key of a summary's `attrs`: the metric."""
FRONT = "front"
"""The column of tables with a second objective: whether no other settings are better in both."""
BOOKKEEPING = (*RECORDED, "folder")
"""The columns behind the metrics."""
_FIRST = ("sweep", "job", "status")
_TYPED = ("seed", "objective")
"""Fields of a record that are settings too: one column holds both."""
_LARGEST = 2**63
_NUMBER = re.compile(r"0|[1-9]\d{0,17}", re.ASCII)


class Origin(NamedTuple):
    """Where a run lies: its sweep and its job's name in it, both None for a single run, and its folder."""

    sweep: str | None
    job: str | None
    folder: str


def build_frame(
    rows: Sequence[Row], origins: Sequence[Origin], log_scaled: Collection[str] = ()
) -> pd.DataFrame:
    """The table of runs, in the documented order of columns; cells that a run does not have are empty.

    Args:
        rows: of each run, from `read_row`.
        origins: where each of them lies.
        log_scaled: the settings that were swept on a log scale.
    """
    metrics = _union(row.metrics for row in rows)
    names = {key: _setting_name(key, metrics) for key in _union(row.settings for row in rows)}
    titles = {metric: _metric_name(metric) for metric in metrics}
    numbered = all(job is None or _NUMBER.fullmatch(job) for _, job, _ in origins)
    columns: dict[str, list[Any]] = {
        "sweep": [origin.sweep for origin in origins],
        "job": [int(job) if numbered and job is not None else job for _, job, _ in origins],
        "status": [row.others["status"] for row in rows],
    }
    columns |= {name: [row.settings.get(key) for row in rows] for key, name in names.items()}
    columns |= {title: [row.metrics.get(metric) for row in rows] for metric, title in titles.items()}
    for name in RECORDED:
        values = [row.others.get(name) for row in rows]
        typed = columns.get(name, values)  # a swept seed: the same column, also where it was not typed
        columns[name] = [value if cell is None else cell for cell, value in zip(typed, values, strict=True)]
    columns["folder"] = [origin.folder for origin in origins]
    floats = {*titles.values(), "train_seconds"}
    frame = pd.DataFrame(
        {name: make_column(values, is_float=name in floats) for name, values in columns.items()}
    )
    if not all(origin.folder.isascii() for origin in origins):  # a path as it is, also one that is no UTF-8
        frame["folder"] = pd.Series(columns["folder"], dtype=object)
    frame.attrs = {SETTINGS: list(names.values()), METRICS: list(titles.values())}
    spread = [name for key, name in names.items() if key in log_scaled]
    frame.attrs |= {LOG_SCALED: spread} if spread else {}
    return frame


def add_settings(table: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """The table with a column for each of these settings; what no run has stays away.

    What exists only in some branches of a sweep stays empty for its runs: none of them was given it.

    Args:
        table: from `sinefit.collect`.
        names: of columns; those that the table has are left as they are.
    """
    missing = [name for name in dict.fromkeys(names) if name not in table]
    if not missing or "folder" not in table:
        return table
    sweeps = table["sweep"].tolist() if "sweep" in table else [None] * len(table)
    absent = {sweep: read_space(sweep).conditional for sweep in {*sweeps} if isinstance(sweep, str)}
    cells = [
        read_saved(folder, [name for name in missing if name not in absent.get(sweep, ())])
        for folder, sweep in zip(table["folder"].tolist(), sweeps, strict=True)
    ]
    known = [name for name in missing if any(name in row for row in cells)]
    added = {name: make_column([row.get(name) for row in cells]).set_axis(table.index) for name in known}
    settings = [*table.attrs.get(SETTINGS, ()), *known]
    wider = table.assign(**added)
    wider.attrs = table.attrs | {SETTINGS: settings}
    return wider


def require_columns(
    table: pd.DataFrame, names: Sequence[str], listed: str = "columns", known: Iterable[object] | None = None
) -> None:
    """Check that a table has these columns.

    Args:
        table: any.
        names: of columns.
        listed: what the message lists as known.
        known: what could have been meant; all columns if None.

    Raises:
        SinefitError: naming all that are missing, and those that are known.
    """
    unknown = [name for name in names if name not in table]
    if unknown:
        choices = ", ".join(map(str, table.columns if known is None else known)) or "none"
        msg = f"there is no column {', '.join(map(repr, unknown))}; the {listed} are: {choices}"
        raise SinefitError(msg)


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


def _union(names: Iterable[Iterable[str]]) -> list[str]:
    """Each name once, in the order of first appearance."""
    return list(dict.fromkeys(name for group in names for name in group))


def _setting_name(key: str, metrics: list[str]) -> str:
    """A setting's column; one that is called like another column gets a prefix."""
    is_taken = key not in _TYPED and key in {*_FIRST, *BOOKKEEPING, FRONT, *metrics}
    return f"setting.{key}" if is_taken else key


def _metric_name(metric: str) -> str:
    return f"metric.{metric}" if metric in {*_FIRST, *BOOKKEEPING} else metric


def _text(value: object) -> str:
    """Text that every file format can hold: no lone surrogates."""
    return to_utf8(str(value).lower() if isinstance(value, bool) else str(value))
