"""The values of a metric in a table, and what becomes of runs that have none worth the name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sinefit.errors import SinefitError
from sinefit.results.cells import is_number, name_value
from sinefit.results.frame import METRICS, SETTINGS, require_columns

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

HIGHER_IS_BETTER = {"r2"}
"""Metrics of which more is better; of all others less is."""
Policy = Literal["worst", "exclude", "only"]
POLICIES: tuple[Policy, ...] = ("worst", "exclude", "only")
DIVERGED = "diverged"
USABLE = ("completed", "converged", "stopped")
"""Statuses of runs whose metrics are those of a trained network."""
ENDED = (*USABLE, DIVERGED)
"""Statuses of runs that trained to an end; all others have no result to compare."""


@dataclass(frozen=True)
class Values:
    """A metric's values, row by row.

    Attributes:
        table: the rows that are looked at.
        places: (N,) where they stand in the table that was given.
        numbers: (N,) float64; infinitely bad where a diverged run counts as the worst, nan where none is.
        sign: 1 if lower is better, -1 if higher is.
        notes: what was done with runs that diverged or have no value, one sentence each.
    """

    table: pd.DataFrame
    places: NDArray[np.intp]
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
    if diverged not in POLICIES:
        msg = f"diverged must be one of {', '.join(POLICIES)}, got {diverged!r}"
        raise SinefitError(msg)
    require_metric(table, metric)
    sign = sign_of(metric)
    status = table["status"].astype(str)
    is_diverged = (status == DIVERGED).to_numpy()
    values = table[metric].to_numpy(dtype=float, na_value=np.nan).copy()
    values[~status.isin(ENDED).to_numpy()] = np.nan
    count, notes = int(is_diverged.sum()), []
    chosen = np.ones(len(table), dtype=bool)
    if diverged == "worst":
        values[is_diverged] = sign * np.inf
        notes += [f"{_runs(count)} diverged: counted as infinitely bad"] if count else []
    elif diverged == "exclude":
        chosen = ~is_diverged
        notes += [f"{_runs(count)} diverged: left out"] if count else []
    else:
        chosen = is_diverged
        notes.append(f"only the {_runs(count)} that diverged: {metric} of their last finite parameters")
    missing = int(np.isnan(values[chosen]).sum())
    notes += (
        [f"{_runs(missing)} without {metric} (failed, unfinished or undefined): left out"] if missing else []
    )
    if not chosen.any() or missing == chosen.sum():
        msg = f"none of the {len(table)} runs has a {metric} to look at ({'; '.join(notes) or 'no rows'})"
        raise SinefitError(msg)
    kept: pd.DataFrame = table[chosen]
    kept.attrs = table.attrs
    return Values(kept, np.flatnonzero(chosen), values[chosen], sign, tuple(notes))


def sign_of(metric: str) -> int:
    """1 if lower is better, -1 if higher is.

    >>> sign_of("rmse"), sign_of("r2")
    (1, -1)
    """
    return -1 if metric in HIGHER_IS_BETTER else 1


def require_metric(table: pd.DataFrame, metric: str) -> None:
    """Check that a table has a metric.

    Raises:
        SinefitError: naming those that it has.
    """
    known = [name for name in table.attrs.get(METRICS, ()) if name in table]
    if metric not in table:
        msg = f"there is no metric {metric!r}; the metrics are: {', '.join(known) or 'none'}"
        raise SinefitError(msg)
    if not is_number(table[metric]):
        msg = f"column {metric!r} holds no numbers; the metrics are: {', '.join(known) or 'none'}"
        raise SinefitError(msg)


def swept_keys(table: pd.DataFrame) -> list[str]:
    """The settings that differ between a table's rows, without the seed."""
    keys = [key for key in table.attrs.get(SETTINGS, ()) if key in table and key != "seed"]
    return [key for key in keys if differs(table[key])]


def differs(column: pd.Series[Any]) -> bool:
    """Whether a column holds more than one value; an empty cell is one."""
    return len(set(map(name_value, column.tolist()))) > 1


def require_keys(table: pd.DataFrame, keys: list[str]) -> None:
    """Check that these columns exist.

    Raises:
        SinefitError: naming the settings that differ between the rows.
    """
    unknown = [key for key in keys if key not in table]
    if unknown:
        swept = ", ".join(swept_keys(table)) or "none"
        msg = f"there is no column {', '.join(map(repr, unknown))}; the swept settings are: {swept}"
        raise SinefitError(msg)
    require_columns(table, keys)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
