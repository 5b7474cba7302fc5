"""Which columns of a table are worth showing: what differs between its rows; the rest is said once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sinefit.results.cells import format_column
from sinefit.results.frame import METRICS, SETTINGS

if TYPE_CHECKING:
    import pandas as pd

MAIN_METRIC = "rmse"
_HIDDEN = ("config_hash", "folder", "error")
"""Told apart by machines only, or said below the table; single runs have nothing but their folder."""


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


def choose_columns(table: pd.DataFrame) -> Shown:
    """The columns that differ between the rows, and those that do not.

    A single row shows all that it has: nothing can differ.
    """
    settings, metrics = table.attrs.get(SETTINGS, []), table.attrs.get(METRICS, [])
    names = [str(name) for name in table]
    same = {name for name in names if len(table) > 1 and _is_constant(table[name])}
    hidden = [name for name in _HIDDEN if name != "folder" or table["sweep"].notna().all()]
    columns = [
        name
        for name in names
        if name not in hidden and not table[name].isna().all() and (name not in same or name in metrics)
    ]
    spoken = [name for name in ("sweep", "status", *settings) if name in same]
    for name in ("epochs", "n_parameters", "seed"):
        if name in same and name not in spoken:
            spoken.append(name)
    constants = [
        f"{name}={format_column(table, name)[0] or 'null'}" for name in spoken if table[name].notna().any()
    ]
    others = [name for name in reversed(metrics) if name != MAIN_METRIC]
    order = [
        "steps",
        "train_seconds",
        "n_parameters",
        *others,
        "epochs",
        "sweep",
        *(("seed",) if "seed" not in settings else ()),
    ]
    least = [*reversed(settings), "status"]
    return Shown(columns, constants, [name for name in [*order, *least] if name in columns])


def _is_constant(column: pd.Series[Any]) -> bool:
    return bool(column.isna().all() or (column == column.iloc[0]).fillna(value=False).all())


def describe_errors(table: pd.DataFrame, most: int = 10) -> list[str]:
    """A line for each run with an error, and how many more there are."""
    faulty = table[table["error"].notna()] if "error" in table else table.iloc[:0]
    lines = [
        f"{place} {status}: {error}"
        for place, status, error in zip(
            *(format_column(faulty.head(most), name) for name in ("folder", "status", "error")), strict=True
        )
    ]
    if len(faulty) > most:
        lines.append(f"and {len(faulty) - most} more with an error (--columns job,error shows all)")
    return lines
