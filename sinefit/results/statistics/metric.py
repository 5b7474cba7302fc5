"""The values of a metric in a table, and what becomes of runs that have none worth the name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from sinefit.core.metrics import find_metric
from sinefit.errors import SinefitError, plural
from sinefit.results.cells import is_number, name_value
from sinefit.results.frame import METRICS, SETTINGS, require_columns
from sinefit.status import DONE, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

Policy = Literal["worst", "exclude", "only"]


@dataclass(frozen=True)
class Values:
    """A metric's values, row by row.

    Attributes:
        table: the rows that are looked at.
        indices: (N,) theirs in the table that was given.
        numbers: (N,) float64; infinitely bad where a diverged run counts as the worst, nan where none is.
        sign: 1 if lower is better, -1 if higher is.
        notes: what was done with runs that diverged or have no value, one sentence each.
    """

    table: pd.DataFrame
    indices: NDArray[np.intp]
    numbers: NDArray[np.float64]
    sign: int
    notes: tuple[str, ...]


def read_values(table: pd.DataFrame, metric: str, diverged: Policy = "worst") -> Values:
    """A metric of a table's runs.

    Args:
        table: from `sinefit.collect`.
        metric: one of its metrics.
        diverged: ``worst``: a diverged run is infinitely bad; ``exclude``: it is left out; ``only``: all
            others are.

    Raises:
        SinefitError: if the metric does not exist or holds no numbers, or if no run has a value.
    """
    if diverged not in get_args(Policy):
        msg = f"diverged must be one of {', '.join(get_args(Policy))}, got {diverged!r}"
        raise SinefitError(msg)
    require_metric(table, metric)
    is_diverged = (table["status"] == Status.DIVERGED).to_numpy()
    values = table[metric].to_numpy(dtype=float, na_value=np.nan).copy()
    values[~table["status"].isin(DONE).to_numpy()] = np.nan
    if diverged == "worst":
        values[is_diverged] = find_metric(metric).worst
    chosen = {"worst": np.ones(len(table), dtype=bool), "exclude": ~is_diverged, "only": is_diverged}[
        diverged
    ]
    count, missing = int(is_diverged.sum()), int(np.isnan(values[chosen]).sum())
    notes = []
    if diverged == "only":
        notes.append(
            f"only the {plural(count, 'run')} that diverged: {metric} of their last finite parameters"
        )
    elif count:
        done = "counted as infinitely bad" if diverged == "worst" else "left out"
        notes.append(f"{plural(count, 'run')} diverged: {done}")
    if missing:
        notes.append(f"{plural(missing, 'run')} without {metric} (failed, unfinished or undefined): left out")
    if missing == chosen.sum():
        msg = f"none of the {len(table)} runs has a {metric} to look at ({'; '.join(notes) or 'no rows'})"
        raise SinefitError(msg)
    return Values(table[chosen], np.flatnonzero(chosen), values[chosen], sign_of(metric), tuple(notes))


def sign_of(metric: str) -> int:
    """What makes lower values the better ones: 1 where they are, -1 where higher ones are.

    >>> sign_of("rmse"), sign_of("r2")
    (1, -1)
    """
    return 1 if find_metric(metric).ascending else -1


def has_ratios(sign: int, values: NDArray[np.float64]) -> bool:
    """Whether ratios and logarithms of a metric say something: of errors, whose best is 0, all positive.

    Args:
        sign: 1 if lower is better, -1 if higher is.
        values: of any shape.
    """
    return sign > 0 and bool((values > 0).all())


def require_metric(table: pd.DataFrame, metric: str) -> None:
    """Check that a table has a metric, and that it is a number.

    Args:
        table: from `sinefit.collect`.
        metric: the column's name.

    Raises:
        SinefitError: naming the metrics that the table has.
    """
    if metric not in table or not is_number(table[metric]):
        known = ", ".join(name for name in table.attrs.get(METRICS, ()) if name in table) or "none"
        fault = f"column {metric!r} holds no numbers" if metric in table else f"there is no metric {metric!r}"
        msg = f"{fault}; the metrics are: {known}"
        raise SinefitError(msg)


def setting_keys(table: pd.DataFrame) -> list[str]:
    """The settings that a table has, without the seed."""
    return [key for key in table.attrs.get(SETTINGS, ()) if key in table and key != "seed"]


def swept_keys(table: pd.DataFrame) -> list[str]:
    """The settings that differ between a table's rows, without the seed."""
    return [key for key in setting_keys(table) if differs(table[key])]


def differs(column: pd.Series[Any]) -> bool:
    """Whether a column holds more than one value; an empty cell is one."""
    return len(set(map(name_value, column.tolist()))) > 1


def require_keys(table: pd.DataFrame, keys: Sequence[str]) -> None:
    """Check that these columns exist.

    Args:
        table: from `sinefit.collect`.
        keys: names of columns, as a rule of settings.

    Raises:
        SinefitError: naming the settings that differ between the rows.
    """
    require_columns(table, keys, "swept settings", swept_keys(table))
