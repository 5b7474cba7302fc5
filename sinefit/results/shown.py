"""Which columns of a table are worth showing: what differs between its rows; the rest is said once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sinefit.results.cells import format_cell, format_column
from sinefit.results.frame import BOOKKEEPING, METRICS, SETTINGS

if TYPE_CHECKING:
    import pandas as pd

MAIN_METRIC = "rmse"
_HIDDEN = ("config_hash", "folder", "error", "taken_from", "git_commit", "git_dirty", "code_hash")
"""Told apart by machines only, or said below the table; single runs have nothing but their folder."""

_ALIKE = ("train_loss", "r2", "relative_l2_error", "max_abs_error", "mse")
"""Metrics that mostly say the same as rmse: others, such as a probe's, were asked for."""


@dataclass(frozen=True)
class Shown:
    """What is shown of a table.

    Attributes:
        columns: in the table's order.
        constants: columns that have one value in all rows, as NAME=VALUE.
        droppable: those of `columns` that can be left out where there is no room, the first one first.
    """

    columns: list[str]
    constants: list[str]
    droppable: list[str]


def choose_columns(table: pd.DataFrame, metric: str = MAIN_METRIC) -> Shown:
    """The columns that differ between the rows, and those that do not.

    A single row shows all that it has: nothing can differ.

    Args:
        table: from `sinefit.collect`.
        metric: the column that the table is about, which always has room.
    """
    settings, metrics = table.attrs.get(SETTINGS, []), table.attrs.get(METRICS, [])
    names = [str(name) for name in table]
    same = {name for name in names if len(table) > 1 and _is_constant(table[name], settings)}
    hidden = {*same, *_HIDDEN} - set(metrics)
    if table["sweep"].isna().any():
        hidden.discard("folder")
    columns = [name for name in names if name not in hidden and not table[name].isna().all()]
    constants = [
        f"{format_cell(name)}={next(filter(None, format_column(table, name)), 'null')}"
        for name in dict.fromkeys(("sweep", "status", *settings, "epochs", "num_parameters", "seed"))
        if name in same and (name in settings or table[name].notna().any())
    ]
    least = ["steps", "train_seconds", "num_parameters", *_ALIKE, *reversed(metrics), "epochs"]
    order = dict.fromkeys([*least, *reversed(settings), "seed", "sweep", "status"])
    return Shown(columns, constants, [name for name in order if name in columns and name != metric])


def _is_constant(column: pd.Series[Any], settings: list[str]) -> bool:
    """Whether all cells are equal; of what unfinished runs do not have yet, those that there are."""
    if column.name in BOOKKEEPING and column.name not in settings:
        column = column.dropna()
    return column.isna().all().item() or (column == column.iloc[0]).fillna(value=False).all().item()


def describe_errors(table: pd.DataFrame, most: int = 10) -> list[str]:
    """A line for each run with an error, and how many more there are.

    Args:
        table: from `sinefit.collect`.
        most: runs that are named.
    """
    faulty = table[table["error"].notna()]
    columns = (format_column(faulty.head(most), name) for name in ("folder", "status", "error"))
    lines = [f"{folder} {status}: {error}" for folder, status, error in zip(*columns, strict=True)]
    if len(faulty) > most:
        lines.append(f"and {len(faulty) - most} more with an error (--columns job,error shows all)")
    return lines


def count_statuses(table: pd.DataFrame) -> str:
    """How many runs ended how, as in ``311 completed, 49 diverged``."""
    counts = table["status"].astype(str).value_counts()
    return ", ".join(f"{count:,} {status}" for status, count in counts.items())
