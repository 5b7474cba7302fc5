"""Which columns of a table are worth showing: what differs between its rows; the rest is said once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sinefit.core.metrics import METRICS as STANDARD
from sinefit.errors import plural
from sinefit.results.cells import format_cell, format_column
from sinefit.results.frame import BOOKKEEPING, METRICS, SETTINGS, add_settings
from sinefit.results.statistics.metric import BASELINES, LINEAR, MEAN, objective_of
from sinefit.status import Status

if TYPE_CHECKING:
    import pandas as pd

_HIDDEN = (
    "config_hash",
    "folder",
    "objective",
    "error",
    "taken_from",
    "git_commit",
    "git_dirty",
    "code_hash",
)
"""Told apart by machines only, or said below the table; single runs have nothing but their folder."""


@dataclass(frozen=True)
class Shown:
    """What is shown of a table.

    Attributes:
        columns: in the table's order.
        constants: columns that have one value in all rows, as NAME=VALUE.
        droppable: those of `columns` that can be left out where there is no room, the first one first.
        aside: metrics that would crowd a table and are left out from the start: of training rows, of test
            rows but for that of the main metric, of single targets, and of the mean.
    """

    columns: list[str]
    constants: list[str]
    droppable: list[str]
    aside: list[str] = field(default_factory=list)


def choose_columns(table: pd.DataFrame, metric: str | None = None) -> Shown:
    """The columns that differ between the rows, and those that do not.

    A single row shows all that it has: nothing can differ.

    Args:
        table: from `sinefit.collect`.
        metric: the column that the table is about, which always has room; the runs' objective if None.
    """
    settings, metrics = table.attrs.get(SETTINGS, []), table.attrs.get(METRICS, [])
    names = [str(name) for name in table]
    same = {name for name in names if len(table) > 1 and _is_constant(table[name], settings)}
    main = metric or objective_of(table)
    tested = f"test_{main}"
    aside = [name for name in metrics if name in names and is_aside(name) and name not in {main, tested}]
    hidden = {*same, *_HIDDEN} - set(metrics) | {*aside} | ({LINEAR} & same)
    if table["sweep"].isna().any():
        hidden.discard("folder")
    columns = [name for name in names if name not in hidden and not table[name].isna().all()]
    constants = [
        f"{format_cell(name)}={next(filter(None, format_column(table, name)), 'null')}"
        for name in dict.fromkeys(("sweep", "status", *settings, "epochs", "num_parameters", "seed", LINEAR))
        if name in same and (name in settings or table[name].notna().any())
    ]
    common = [name for name in reversed(metrics) if name in STANDARD]
    special = [name for name in metrics if name not in STANDARD]  # a probe's: what the experiment is about
    others = [name for name in (*common, *special) if name not in {main, tested}]
    least = ["steps", "train_seconds", "num_parameters", *others, "epochs", tested]
    order = dict.fromkeys([*least, *reversed(settings), "seed", "sweep", "status"])
    return Shown(columns, constants, [name for name in order if name in columns and name != main], aside)


def is_aside(name: str) -> bool:
    """Whether a metric is one of the many beside those of the rows that choose.

    >>> [is_aside(name) for name in ("rmse", "train_loss", "linear_rmse", "test_rmse", "train_r2", "r2.y1")]
    [False, False, False, True, True, True]
    """
    whole = name.removeprefix("train_").removeprefix("test_").partition(".")[0]
    of_parts = whole != name and whole in {*STANDARD, *BASELINES}
    return name == MEAN or of_parts


def _is_constant(column: pd.Series[Any], settings: list[str]) -> bool:
    """Whether all cells are equal; of what unfinished runs do not have yet, those that there are."""
    if column.name in BOOKKEEPING and column.name not in settings:
        column = column.dropna()
    return column.isna().all().item() or (column == column.iloc[0]).fillna(value=False).all().item()


def describe_errors(table: pd.DataFrame, most: int = 10) -> list[str]:
    """A line for each run with an error; where that is too many, for each error, with its first run.

    Args:
        table: from `sinefit.collect`.
        most: lines that are not too many.
    """
    kind = ["status", "error"]
    faulty = table[table["error"].notna()]
    is_long = len(faulty) > most
    named = faulty.drop_duplicates(kind) if is_long else faulty
    counts = faulty.groupby(kind, observed=True)["error"].transform("size")[named.index]
    columns = (format_column(named.head(most), name) for name in ("folder", *kind))
    lines = [
        f"{folder}{f' and {count - 1:,} more' if is_long and count > 1 else ''} {status}: {error}"
        for folder, status, error, count in zip(*columns, counts, strict=False)
    ]
    if len(named) > most:
        lines.append(f"and {plural(len(named) - most, 'other error')} (--columns job,error shows all)")
    return lines


def count_statuses(table: pd.DataFrame) -> str:
    """How many runs ended how, as in ``311 completed, 49 diverged``."""
    counts = table["status"].astype(str).value_counts()
    return ", ".join(f"{count:,} {status}" for status, count in counts.items())


def describe_pruned(table: pd.DataFrame) -> str:
    """How many runs were pruned, and what that saved; nothing if none was.

    Runs that would have ended before their last epoch cannot be told, so that it is the most that was saved.

    Args:
        table: from `sinefit.collect`.
    """
    pruned = table[table["status"] == Status.PRUNED]
    if pruned.empty:
        return ""
    key = "trainer.max_epochs"
    planned, trained = add_settings(pruned, [key]).get(key), int(pruned["epochs"].sum())
    counted = f"{plural(len(pruned), 'job')} pruned"
    if planned is None:
        return counted
    return f"{counted}, which saved up to {plural(int(planned.sum()) - trained, 'epoch')} of training"
