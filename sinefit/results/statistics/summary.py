"""What the runs of equal settings have in common: a row for each cell of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.errors import plural
from sinefit.results.cells import name_cells
from sinefit.results.frame import SETTINGS, SUMMARIZED
from sinefit.results.statistics.intervals import FEWEST, interquartile_mean, median, median_interval
from sinefit.results.statistics.medians import count_beaten
from sinefit.results.statistics.metric import read_values, swept_keys, with_keys
from sinefit.results.statistics.repeats import explain_repeats
from sinefit.status import DONE, Status

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from sinefit.results.statistics.metric import Policy

NOTES = "notes"
"""Key of a frame's `attrs`: what was done, one sentence each."""
_STATISTICS = ("n", "median", "low", "high", "mean", "std", "iqm", "best", "worst")
_LOST = ("diverged", "pruned", "failed")


def summarize(
    table: pd.DataFrame, by: Sequence[str] = (), metric: str | None = None, *, diverged: Policy = "worst"
) -> pd.DataFrame:
    """A metric's distribution over the runs of each cell, the best cell first.

    Columns: rank (by the median, 1 is the best), the settings `by`, n, median, low and high (its 95 %
    interval), mean, std (with n - 1), iqm (interquartile mean), best, worst, diverged, pruned and failed
    (shares of all runs of the cell). ``attrs["notes"]`` says what was done with diverged, pruned and failed
    runs, and what the interval is.

    Args:
        table: from `sinefit.collect`.
        by: the settings that make a cell; all swept ones but seeds and folds, if there are none.
        metric: what is summarized; the runs' objective if None.
        diverged: ``worst``, ``exclude`` or ``only``.

    Raises:
        SinefitError: if a column does not exist or no run has a value.

    >>> table = pd.DataFrame({"lr": [0.1, 0.1, 0.1, 0.3, 0.3, 0.3], "seed": [0, 1, 2, 0, 1, 2]})
    >>> table["status"], table["rmse"] = "completed", [0.3, 0.4, 0.2, 0.1, 0.2, 0.2]
    >>> table.attrs["settings"] = ["lr", "seed"]
    >>> summarize(table)[["rank", "lr", "n", "median", "best", "worst"]]
       rank   lr  n  median  best  worst
    0     1  0.3  3     0.2   0.1    0.2
    1     2  0.1  3     0.3   0.2    0.4
    """
    keys = list(by) or swept_keys(table)
    read = read_values(with_keys(table, keys), metric, diverged)
    shown, numbers = read.table, read.numbers
    shares = _shares(shown, keys)
    if diverged == "only":  # else a cell whose runs are all left out is still a cell
        shown, numbers = shown[~np.isnan(numbers)], numbers[~np.isnan(numbers)]
    cells = pd.Series(name_cells(shown, keys))
    rows: list[dict[str, Any]] = []
    for cell, indices in cells.groupby(cells, sort=False).indices.items():
        first, values = shown.iloc[indices[0]], numbers[indices]
        row = {key: first[key] for key in keys} | _describe(values[~np.isnan(values)], read.sign)
        rows.append(row | shares[cell])
    summary = pd.DataFrame(rows)
    summary["rank"] = (read.sign * summary["median"]).rank(method="min").astype("Int64")
    summary = summary.sort_values("rank", kind="stable", ignore_index=True)
    summary = summary[["rank", *keys, *_STATISTICS, *_LOST]]
    over = explain_repeats(read.table, without=keys)
    beaten = [] if diverged == "only" else count_beaten(read.table, keys, diverged)
    summary.attrs = {
        SETTINGS: keys,
        SUMMARIZED: read.metric,
        NOTES: [
            *read.notes,
            *_tell_pruned(summary),
            *_notes(summary, read.metric),
            *_pooled(read.table, keys),
            *over,
            *beaten,
        ],
    }
    return summary


def _describe(values: np.ndarray[tuple[int], np.dtype[np.float64]], sign: int) -> dict[str, Any]:
    """The statistics of one cell's values."""
    count = len(values)
    if count == 0:
        return dict.fromkeys(_STATISTICS, np.nan) | {"n": 0}
    is_finite = bool(np.isfinite(values).all())
    low, high = median_interval(values) or (np.nan, np.nan)
    return {
        "n": count,
        "mean": float(values.mean()),
        "std": float(values.std(ddof=1)) if count > 1 and is_finite else np.nan,
        "median": median(values),
        "iqm": interquartile_mean(values),
        "low": low,
        "high": high,
        "best": float((sign * values).min() * sign),
        "worst": float((sign * values).max() * sign),
    }


def _shares(table: pd.DataFrame, keys: list[str]) -> dict[Hashable, dict[str, float]]:
    """The shares of diverged, of pruned and of failed runs among all runs of each cell."""
    cells = pd.Series(name_cells(table, keys), table.index)
    status = table["status"]
    lost = status == Status.DIVERGED, status == Status.PRUNED, ~status.isin(DONE)
    means = pd.DataFrame(dict(zip(_LOST, lost, strict=True))).groupby(cells).mean()
    return dict(zip(means.index, means.to_dict("records"), strict=True))


def _notes(summary: pd.DataFrame, metric: str) -> list[str]:
    """What the interval is, and which cells have none."""
    notes = []
    if (summary["n"] >= FEWEST).any():
        level = "93.75 % with 5 runs" if (summary["n"] == FEWEST).any() else ""
        notes.append(
            f"interval (low to high): 95 % interval of the median {metric}, between order statistics"
            f"{f' ({level})' if level else ''}; it holds for any distribution"
        )
    for fewest, most, said in (
        (0, 0, "without a run that has a value: listed last"),
        (1, 1, "with one run: nothing is known of the spread, so there is no interval"),
        (2, FEWEST - 1, f"with 2 to {FEWEST - 1} runs: too few for an interval"),
    ):
        count = int(summary["n"].between(fewest, most).sum())
        notes += [f"{plural(count, 'cell')} {said}"] if count else []
    return notes


def _tell_pruned(summary: pd.DataFrame) -> list[str]:
    """How many cells were pruned as a whole, which says no more of them than that others were better."""
    count = int((summary["pruned"] == 1).sum())
    return [f"{plural(count, 'cell')} pruned as a whole: others were better at a rung"] if count else []


def _pooled(table: pd.DataFrame, keys: list[str]) -> list[str]:
    """Which settings differ within cells."""
    others = [key for key in swept_keys(table) if key not in keys]
    return [f"pooled over {', '.join(others)}: the spread is not that of seeds alone"] if others else []
