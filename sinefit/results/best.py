"""Runs ranked by a metric, the best of them, and the command that trains one again."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sinefit.errors import RecordError, SinefitError
from sinefit.record.hydra_files import read_flags
from sinefit.record.neutral import is_of_tracker
from sinefit.results.cells import is_number, name_cells
from sinefit.results.frame import METRICS, SETTINGS
from sinefit.results.overrides import parse_override
from sinefit.results.rows import read_typed_overrides
from sinefit.results.statistics.medians import median_metrics
from sinefit.results.statistics.metric import (
    count_once,
    refuse_test_rows,
    require_metric,
    sign_of,
    swept_keys,
    with_keys,
)
from sinefit.results.statistics.summary import NOTES, summarize
from sinefit.status import GOOD, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.record.result import Result

_ONLY_IN_SWEEPS = ("compiled", "eager")
"""Engines that ``engine=auto`` never chooses for a single run."""


def rank_rows(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """All rows, the best first; of equal ones the first is the best.

    Runs that diverged, were pruned or were cut short rank below all others, whatever their last metric, and
    below them those without one.

    Args:
        table: from `sinefit.collect`.
        metric: one of its metrics.

    Raises:
        SinefitError: if there is no such metric, or if it is no number.
    """
    require_metric(table, metric)
    values = sign_of(metric) * table[metric].to_numpy(dtype=float, na_value=np.nan)
    is_cut_short = ~table["status"].isin(GOOD).to_numpy()
    return table.iloc[np.lexsort([values, is_cut_short, np.isnan(values)])]


def sort_rows(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """All rows sorted by a column: by a metric as `rank_rows` does it, by another from low to high.

    Args:
        table: from `sinefit.collect`.
        column: one of its columns.

    Raises:
        SinefitError: if it is a metric of test rows.
    """
    refuse_test_rows(table, [column])
    if column in table.attrs.get(METRICS, ()):
        return rank_rows(table, column)
    return table.sort_values(column, kind="stable")


def best_rows(table: pd.DataFrame, metric: str, by: Sequence[str] = ()) -> pd.DataFrame:
    """The best row, or with `by` the best row for each value of these columns, the best of them first.

    Args:
        table: from `sinefit.collect`.
        metric: one of its metrics; rows without a finite one are left out, and those of pruned runs.
        by: columns.

    Raises:
        SinefitError: if a column does not exist, the metric is no number, or no row has one.
    """
    ranked = rank_rows(with_keys(table, by), metric)
    is_pruned = (ranked["status"] == Status.PRUNED).to_numpy()
    is_finite = np.isfinite(ranked[metric].to_numpy(dtype=float, na_value=np.nan))
    finite: pd.DataFrame = ranked[is_finite & ~is_pruned]
    if finite.empty:
        pruned = f" ({is_pruned.sum()} were pruned)" if is_pruned.any() else ""
        msg = f"none of the {len(table)} runs has a finite {metric}{pruned}"
        raise SinefitError(msg)
    return finite.drop_duplicates(list(by)) if by else finite.head(1)


def best_by_median(
    table: pd.DataFrame, metric: str, by: Sequence[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The settings with the best median over repeats, as of `summarize`, and the run nearest to each median.

    Args:
        table: from `sinefit.collect`.
        metric: one of its metrics.
        by: columns, for the best settings for each value of them; then a column of the test rows' medians is
            added where there are any.

    Raises:
        SinefitError: if a column does not exist, the metric is no number, or no median is finite.
    """
    table = with_keys(table, by)
    keys = list(dict.fromkeys([*swept_keys(table), *by]))
    summary = summarize(table, keys, metric)
    finite = summary[np.isfinite(summary["median"].to_numpy(dtype=float))]
    if finite.empty:
        msg = f"no settings have a finite median {metric}"
        raise SinefitError(msg)
    best = finite.drop_duplicates(list(by)) if by else finite.head(1)
    good = table[table["status"].isin(GOOD)]
    cells = name_cells(good, keys)
    nearest = []
    for cell, middle in zip(name_cells(best, keys), best["median"].tolist(), strict=True):
        values = good[metric].to_numpy(dtype=float, na_value=np.nan)
        is_member = np.array([other == cell for other in cells])
        nearest.append(int(np.nanargmin(np.where(is_member, np.abs(values - middle), np.nan))))
    return (_add_test_rows(best, table, metric) if by else best), good.iloc[nearest]


def metrics_of_run(rows: pd.DataFrame) -> dict[str, float | None]:
    """The metrics of a table's first run, by name.

    Args:
        rows: from `sinefit.collect`.
    """
    names = [name for name in rows.attrs.get(METRICS, ()) if name in rows and is_number(rows[name])]
    return {name: float(rows[name].iloc[0]) for name in names}


def metrics_of_cell(table: pd.DataFrame, summary: pd.DataFrame, row: int = 0) -> dict[str, float | None]:
    """The medians of all metrics over the runs of a summary's cell.

    Args:
        table: that was summarized.
        summary: from `summarize`, or rows of it.
        row: which of its rows.
    """
    keys = summary.attrs[SETTINGS]
    table = count_once(with_keys(table, keys))[0]
    cell = name_cells(summary, keys)[row]
    runs = table[[other == cell for other in name_cells(table, keys)]]
    return median_metrics(runs, table.attrs.get(METRICS, ()))


def _add_test_rows(best: pd.DataFrame, table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Chosen settings with the medians of what the test rows gave, where there are any."""
    name = f"test_{metric}"
    if name not in table:
        return best
    medians = [metrics_of_cell(table, best, row).get(name) for row in range(len(best))]
    wider = best.assign(**{name: pd.Series(medians, best.index, dtype=float)})
    note = f"{name}: median over the same runs, of the test rows, which chose nothing"
    wider.attrs = best.attrs | {NOTES: [*best.attrs[NOTES], note]}
    return wider


def reproducing_command(folder: str, result: Result | None) -> str:
    """The command that trains a run again to the same numbers, quoted for the shell; it sends them nowhere.

    Args:
        folder: the run's.
        result: its record; None if there is none that can be read.
    """
    flags: list[str] | None = []
    with suppress(RecordError):
        flags = read_flags(folder)
    is_pruned = result is not None and result.status == Status.PRUNED
    if flags is None or is_pruned:  # what was typed would train it to its end
        return shlex.join(["sinefit", f"rerun={folder}"])
    typed = read_typed_overrides(folder) if result is None else result.overrides
    overrides = [word for word in typed if not is_of_tracker(parse_override(word)[0])]
    engine = None if result is None else result.engine.get("name")
    is_typed = any(parse_override(word)[0] == "engine" for word in overrides)
    named = [f"engine={engine}"] if engine in _ONLY_IN_SWEEPS and not is_typed else []
    return shlex.join(["sinefit", *flags, *overrides, *named])
