"""The values of a metric in a table, and what becomes of runs that have none worth the name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from sinefit.core.metrics import find_metric, is_of_test_rows
from sinefit.errors import SinefitError, plural
from sinefit.record.neutral import REPEATS, is_neutral
from sinefit.results.cells import differs, is_number
from sinefit.results.frame import METRICS, SETTINGS, add_settings, require_columns
from sinefit.status import ENDED, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

USUAL = "rmse"
"""The objective of runs that were trained for no other."""
MEAN, LINEAR = BASELINES = ("mean_rmse", "linear_rmse")
"""The rmse of the mean and of a straight line on the rows of `USUAL`, for comparison."""
Policy = Literal["worst", "exclude", "only"]


@dataclass(frozen=True)
class Values:
    """A metric's values, row by row.

    Attributes:
        table: the runs, each once.
        numbers: (N,) float64; infinitely bad where a diverged run counts as the worst, nan where there is no
            value or it is left out, as that of a pruned run, which is of fewer epochs than the others.
        sign: 1 if lower is better, -1 if higher is.
        metric: its name.
        notes: what was done with runs that diverged, were pruned, have no value or repeat others, one
            sentence each.
    """

    table: pd.DataFrame
    numbers: NDArray[np.float64]
    sign: int
    metric: str
    notes: tuple[str, ...]


def read_values(table: pd.DataFrame, metric: str | None = None, diverged: Policy = "worst") -> Values:
    """A metric of a table's runs; a run that stands in the table several times counts once.

    Args:
        table: from `sinefit.collect`.
        metric: one of its metrics; their objective if None.
        diverged: ``worst``: a diverged run is infinitely bad; ``exclude``: it is left out; ``only``: all
            others are.

    Raises:
        SinefitError: if the metric does not exist or holds no numbers, or if no run has a value.
    """
    if diverged not in get_args(Policy):
        msg = f"diverged must be one of {', '.join(get_args(Policy))}, got {diverged!r}"
        raise SinefitError(msg)
    metric = metric or objective_of(table)
    require_metric(table, metric)
    require_columns(table, ["status"])
    table, notes = count_once(table)
    is_diverged = (table["status"] == Status.DIVERGED).to_numpy()
    values = read_numbers(table, metric, diverged)
    is_pruned = (table["status"] == Status.PRUNED).to_numpy()
    chosen = {"worst": is_diverged | True, "exclude": ~is_diverged, "only": is_diverged}[diverged]
    count, missing = int(is_diverged.sum()), int((np.isnan(values) & chosen & ~is_pruned).sum())
    if diverged == "only":
        notes.append(
            f"only the {plural(count, 'run')} that diverged: {metric} of their last finite parameters"
        )
    elif count:
        done = "counted as infinitely bad" if diverged == "worst" else "left out"
        notes.append(f"{plural(count, 'run')} diverged: {done}")
    if is_pruned.any():
        notes.append(f"{plural(int(is_pruned.sum()), 'run')} pruned before the last epoch: left out")
    if missing:
        notes.append(f"{plural(missing, 'run')} without {metric} (failed, unfinished or undefined): left out")
    if np.isnan(values[chosen]).all():
        msg = f"none of the {len(table)} runs has a {metric} to look at ({'; '.join(notes) or 'no rows'})"
        raise SinefitError(msg)
    return Values(table, values, sign_of(metric), metric, tuple(notes))


def read_numbers(table: pd.DataFrame, metric: str, diverged: Policy = "worst") -> NDArray[np.float64]:
    """A metric's values, row by row, (N,): nan where there is none; to be shown, not to choose by.

    Args:
        table: from `sinefit.collect`.
        metric: one of its metrics.
        diverged: as of `read_values`.
    """
    is_diverged = (table["status"] == Status.DIVERGED).to_numpy()
    values = table[metric].to_numpy(dtype=float, na_value=np.nan).copy()
    values[~table["status"].isin(ENDED).to_numpy()] = np.nan
    if diverged == "worst":
        values[is_diverged] = find_metric(metric).worst
    elif diverged == "exclude":
        values[is_diverged] = np.nan
    else:
        values[~is_diverged] = np.nan
    return values


def objective_of(table: pd.DataFrame) -> str:
    """The metric that a table's runs were trained for: their objective; of several that of most runs.

    Args:
        table: from `sinefit.collect`.
    """
    counts = Counter(table["objective"].dropna() if "objective" in table else ())
    return str(counts.most_common(1)[0][0]) if counts else USUAL


def count_once(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A table without runs that repeat others, which are no evidence; and a sentence if there are any.

    Equal settings, seed and code of one's own, by their hashes; of equal runs one that has ended counts.

    Args:
        table: from `sinefit.collect`.
    """
    if "config_hash" not in table:  # a table of somebody's own making
        return table, []
    order = np.argsort(~table["status"].isin(ENDED).to_numpy(), kind="stable")
    keys = [name for name in ("config_hash", "code_hash") if name in table]
    hashes = table[keys].iloc[order]
    repeated = order[(hashes.duplicated() & hashes["config_hash"].notna()).to_numpy()]
    if not len(repeated):
        return table, []
    repeat = "run repeats another" if len(repeated) == 1 else "runs repeat others"
    note = f"{len(repeated)} {repeat} (the same settings and seed): counted once"
    return table.iloc[np.setdiff1d(np.arange(len(table)), repeated)], [note]


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
    """Check that a table has a metric, that it is a number, and that it may choose.

    Args:
        table: from `sinefit.collect`.
        metric: the column's name.

    Raises:
        SinefitError: naming the metrics that the table has, or saying why test rows must not choose.
    """
    refuse_test_rows(table, [metric])
    if metric not in table or not is_number(table[metric]):
        metrics = [name for name in table.attrs.get(METRICS, ()) if not is_of_test_rows(name)]
        known = ", ".join(name for name in metrics if name in table) or "none"
        fault = f"column {metric!r} holds no numbers" if metric in table else f"there is no metric {metric!r}"
        msg = f"{fault}; the metrics are: {known}"
        raise SinefitError(msg)


def refuse_test_rows(table: pd.DataFrame, names: Iterable[str]) -> None:
    """Refuse to choose by metrics of test rows: what is judged there must have been chosen elsewhere.

    Args:
        table: from `sinefit.collect`.
        names: of columns by which runs would be ranked, sorted, split or left out.

    Raises:
        SinefitError: saying why, and what to choose by.
    """
    settings = table.attrs.get(SETTINGS, ())
    for name in names:
        if is_of_test_rows(name) and name in table and name not in settings:
            held_out = name.removeprefix("test_")
            other = held_out if held_out in table and held_out not in BASELINES else USUAL
            msg = (
                f"{name} is of the test rows, which must not choose: whatever is chosen by them looks better"
                f" there than it is; choose by {other}, which is of other rows"
                f" (sinefit-results table --columns {name} shows it)"
            )
            raise SinefitError(msg)


def setting_keys(table: pd.DataFrame) -> list[str]:
    """The settings that a table has, without `REPEATS` and those that say nothing of how good a fit is."""
    settings = table.attrs.get(SETTINGS, ())
    return [key for key in settings if key in table and key not in REPEATS and not is_neutral(key)]


def swept_keys(table: pd.DataFrame) -> list[str]:
    """The settings that differ between a table's rows, without `REPEATS`."""
    return [key for key in setting_keys(table) if differs(table[key])]


def with_keys(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The table with these columns, settings that nobody typed among them.

    Args:
        table: from `sinefit.collect`.
        keys: names of columns, as a rule of settings.

    Raises:
        SinefitError: naming the settings that differ between the rows; or if one is a metric of test rows.
    """
    table = add_settings(table, keys)
    refuse_test_rows(table, keys)
    require_columns(table, keys, "swept settings", swept_keys(table))
    return table
