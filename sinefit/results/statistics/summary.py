"""What the runs of equal settings have in common: a row for each cell of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.results.cells import name_cells
from sinefit.results.frame import SETTINGS
from sinefit.results.statistics.intervals import FEWEST, interquartile_mean, median, median_interval
from sinefit.results.statistics.metric import DIVERGED, ENDED, read_values, require_keys, swept_keys

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from sinefit.results.statistics.metric import Policy

NOTES = "notes"
"""Key of a frame's `attrs`: what was done, one sentence each."""


def summarize(
    table: pd.DataFrame, by: Sequence[str] = (), metric: str = "rmse", *, diverged: Policy = "worst"
) -> pd.DataFrame:
    """A metric's distribution over the runs of each cell, the best cell first.

    Columns: rank (by the median, 1 is the best), the settings `by`, n, median, low and high (its 95 %
    interval), mean, std (with n - 1), iqm (interquartile mean), best, worst, diverged and failed (shares of
    all runs of the cell). ``attrs["notes"]`` says what was done with diverged and failed runs, and what the
    interval is.

    Args:
        table: from `sinefit.collect`.
        by: the settings that make a cell; all swept ones but the seed, if there are none.
        metric: what is summarised; lower is better, except for r2.
        diverged: ``worst``, ``exclude`` or ``only``.

    Raises:
        SinefitError: if a column does not exist or no run has a value.
    """
    keys = list(by) or swept_keys(table)
    require_keys(table, keys)
    read = read_values(table, metric, diverged)
    shown, numbers = read.table, read.numbers
    if diverged != "only":  # a cell whose runs are all left out is still a cell
        shown, numbers = table, np.full(len(table), np.nan)
        numbers[read.places] = read.numbers
    cells = pd.Series(name_cells(shown, keys))
    shares = _shares(table, keys)
    rows: list[dict[str, Any]] = []
    for cell, places in cells.groupby(cells, sort=False).indices.items():
        first = shown.iloc[places[0]]
        values = numbers[places]
        row = {key: first[key] for key in keys} | _describe(values[~np.isnan(values)], read.sign)
        rows.append(row | shares[cell])
    summary = pd.DataFrame(rows)
    summary["rank"] = (read.sign * summary["median"]).rank(method="min").astype("Int64")
    summary = summary.sort_values("rank", kind="stable", ignore_index=True)
    order = ["n", "median", "low", "high", "mean", "std", "iqm", "best", "worst", DIVERGED, "failed"]
    summary = summary[["rank", *keys, *order]]
    summary.attrs = {SETTINGS: keys, NOTES: [*read.notes, *_notes(summary), *_pooled(table, keys)]}
    return summary


def _describe(values: np.ndarray[tuple[int], np.dtype[np.float64]], sign: int) -> dict[str, Any]:
    """The statistics of one cell's values."""
    count = len(values)
    if count == 0:
        return {
            "n": 0,
            **dict.fromkeys(("mean", "std", "median", "iqm", "low", "high", "best", "worst"), np.nan),
        }
    is_finite = bool(np.isfinite(values).all())
    interval = median_interval(values)
    return {
        "n": count,
        "mean": float(values.mean()),
        "std": float(values.std(ddof=1)) if count > 1 and is_finite else np.nan,
        "median": median(values),
        "iqm": interquartile_mean(values),
        "low": interval.low if interval else np.nan,
        "high": interval.high if interval else np.nan,
        "best": float((sign * values).min() * sign),
        "worst": float((sign * values).max() * sign),
    }


def _shares(table: pd.DataFrame, keys: list[str]) -> dict[Hashable, dict[str, float]]:
    """The shares of diverged and of failed runs among all runs of each cell."""
    cells = pd.Series(name_cells(table, keys), table.index)
    status = table["status"].astype(str)
    grouped = pd.DataFrame({DIVERGED: status == DIVERGED, "failed": ~status.isin(ENDED)}).groupby(cells)
    return {cell: {name: float(row[name]) for name in row.index} for cell, row in grouped.mean().iterrows()}


def _notes(summary: pd.DataFrame) -> list[str]:
    """What the interval is, and which cells have none."""
    notes = []
    if (summary["n"] >= FEWEST).any():
        level = "93.75 % with 5 runs" if (summary["n"] == FEWEST).any() else ""
        notes.append(
            "interval (low to high): 95 % interval of the median, between order statistics"
            f"{f' ({level})' if level else ''}; it holds for any distribution"
        )
    empty = int((summary["n"] == 0).sum())
    if empty:
        notes.append(f"{_cells(empty)} without a run that has a value: listed last")
    single, few = int((summary["n"] == 1).sum()), int(summary["n"].between(2, FEWEST - 1).sum())
    if single:
        notes.append(
            f"{_cells(single)} with one run: nothing is known of the spread, so there is no interval"
        )
    if few:
        notes.append(f"{_cells(few)} with 2 to {FEWEST - 1} runs: too few for an interval")
    return notes


def _pooled(table: pd.DataFrame, keys: list[str]) -> list[str]:
    """Which settings differ within cells."""
    others = [key for key in swept_keys(table) if key not in keys]
    return [f"pooled over {', '.join(others)}: the spread is not that of seeds alone"] if others else []


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
