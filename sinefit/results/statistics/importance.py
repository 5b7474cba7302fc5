"""Which setting matters: the share of a metric's variance that each swept key explains."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError
from sinefit.results.cells import name_column
from sinefit.results.frame import SETTINGS
from sinefit.results.statistics.conditions import find_decider
from sinefit.results.statistics.forest import explain_by_forest
from sinefit.results.statistics.least_squares import explain_by_least_squares
from sinefit.results.statistics.levels import find_levels, has_many_values
from sinefit.results.statistics.metric import has_ratios, read_values, swept_keys, with_keys
from sinefit.results.statistics.repeats import count_repeats, has_splits, repeat_keys
from sinefit.results.statistics.summary import NOTES
from sinefit.results.text import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sinefit.results.statistics.metric import Policy

    Columns = dict[str, pd.Series[Any]]

REST = "rest"


class _Explained(NamedTuple):
    """What settings explain.

    Attributes:
        shares: of the variance, of settings and of pairs.
        levels: of each setting, among which is the best value.
        has_repeats: whether repeats of equal settings are part of the variance.
    """

    shares: dict[str, float]
    levels: Columns
    has_repeats: bool = True


def importance(
    table: pd.DataFrame, metric: str | None = None, keys: Sequence[str] = (), *, diverged: Policy = "worst"
) -> pd.DataFrame:
    """The share of a metric's variance that each swept key and each pair explains.

    On a full grid (each combination of values equally often) these are the variances of marginal means, as in
    a balanced analysis of variance. Of a grid with holes they are sums of squares of type II, with pairs of
    keys only where all their combinations were run. Where numbers were drawn, a forest of trees learns the
    metric from the settings, and each key's share is that of the forest's main effects (fANOVA, Hutter et al.
    2014); their interactions are the rest.
    Of errors that are always positive it is the variance of the logarithm, of other metrics their own.

    Columns: key (``a x b`` for a pair, ``rest`` for what is left: seeds, folds and higher interactions),
    share, best_value (the value with the best median). ``attrs["notes"]`` says which method was used.

    Args:
        table: from `sinefit.collect`.
        metric: what is explained; the runs' objective if None.
        keys: which settings; all swept ones but seeds and folds, if there are none.
        diverged: ``worst`` (they count as the worst value that any other run has), ``exclude`` or ``only``.

    Raises:
        SinefitError: if nothing was swept, or if the metric is the same in all runs.

    >>> table = pd.DataFrame({"lr": [0.1, 0.1, 0.3, 0.3], "size": [8, 16, 8, 16], "status": "completed"})
    >>> table["r2"] = [0.5, 0.6, 0.8, 0.9]
    >>> table.attrs["settings"] = ["lr", "size"]
    >>> importance(table, "r2")
             key  share best_value
    0         lr    0.9        0.3
    1       size    0.1         16
    2  lr x size    0.0        NaN
    3       rest    0.0        NaN
    """
    read = read_values(with_keys(table, list(keys)), metric, diverged)
    kept = ~np.isnan(read.numbers)
    frame, values = read.table[kept], read.numbers[kept]
    names = list(keys) or swept_keys(frame)
    if not names:
        msg = "no setting differs between the runs, so that none can matter; sweep some"
        raise SinefitError(msg)
    finite, notes = _finite(values, read.sign), list(read.notes)
    if not np.isfinite(values).all():
        notes.append("infinitely bad values count as the worst of the others, so that there is a variance")
    is_log = has_ratios(read.sign, finite)
    y = np.log10(finite) if is_log else finite
    notes.append(f"shares of the variance of {'log10 of ' if is_log else ''}{read.metric}")
    if np.ptp(y) == 0:
        msg = f"{read.metric} is {finite[0]:.6g} in all {len(y)} runs: there is nothing to explain"
        raise SinefitError(msg)
    settings = _merge_aliases({name: frame[name] for name in names}, notes)
    shares, levels, has_repeats = _explain(settings, y - y.mean(), notes)
    if has_repeats and has_splits(repeat_keys([frame], without=names)):
        notes.append(f"{REST} holds the effects of {count_repeats(frame, without=names)}")
    best = {key: _best(key, settings, levels[key], read.sign * finite) for key in levels}
    rows: list[dict[str, Any]] = [
        {"key": key, "share": share, "best_value": best.get(key)}
        for key, share in sorted(shares.items(), key=lambda item: -item[1])
    ]
    rows.append({"key": REST, "share": max(0.0, 1 - sum(shares.values())), "best_value": None})
    result = pd.DataFrame(rows)
    result.attrs = {SETTINGS: [], NOTES: notes}
    return result


def _finite(values: NDArray[np.float64], sign: int) -> NDArray[np.float64]:
    """Infinitely bad values become the worst of the others.

    Raises:
        SinefitError: if there are no others.
    """
    finite = np.isfinite(values)
    if not finite.any():
        msg = "all runs diverged: no setting explains a difference"
        raise SinefitError(msg)
    worst = (sign * values[finite]).max() * sign
    return np.where(finite, values, worst)


def _merge_aliases(settings: Columns, notes: list[str]) -> Columns:
    """Settings that only ever changed together are one, under the name of the first."""
    kept: dict[tuple[int, ...], str] = {}
    for name, column in settings.items():
        order = _order(column)
        if order in kept:
            notes.append(f"{name} changed only together with {kept[order]}: counted as that one")
        kept.setdefault(order, name)
    return {name: settings[name] for name in kept.values()}


def _order(column: pd.Series[Any]) -> tuple[int, ...]:
    """Numbers that are equal for settings that change together: up and down where there are many values.

    Two numbers that were drawn for each run differ in all runs, which alone does not make them one.
    """
    codes = pd.factorize(pd.Series(name_column(column)), sort=False)[0]
    if has_many_values(column):
        ranks = pd.factorize(column, sort=True)[0]
        codes = ranks if 2 * ranks[0] <= ranks.max() else np.where(ranks < 0, ranks, ranks.max() - ranks)
    return tuple(codes.tolist())


def _explain(settings: Columns, y: NDArray[np.float64], notes: list[str]) -> _Explained:
    """The share of each setting and of pairs of them.

    Args:
        settings: of each a value a run.
        y: (N,), with a mean of 0.
        notes: where it is said what was done.

    Raises:
        SinefitError: if there are too few runs for so many settings.
    """
    values = {name: pd.Series(name_column(column), column.index) for name, column in settings.items()}
    codes = {name: pd.factorize(column)[0] for name, column in values.items()}
    drawn = [name for name, column in settings.items() if has_many_values(column)]
    if _is_full_grid(codes) and (len(settings) > 1 or not drawn):
        notes.append("full grid: exact main effects and two-way effects")
        if len(settings) > 1 and len(y) == _count_cells(codes):
            notes.append("one run for each combination: luck counts as an effect of several settings")
        return _Explained(_explain_full_grid(codes, y), values)
    if not drawn:
        return _Explained(explain_by_least_squares(codes, y, notes), values)
    cuts: list[str] = []
    levels = {name: find_levels(column, cuts) for name, column in settings.items()}
    try:
        shares = explain_by_forest(settings, y, notes)
    except ImportError:
        notes += [
            *cuts,
            "a forest needs no such ranges: type pip install 'sinefit[search]', for scikit-learn",
        ]
        codes = {name: pd.factorize(column)[0] for name, column in levels.items()}
        return _Explained(explain_by_least_squares(codes, y, notes), levels)
    notes.append(f"best_value of {join_words(drawn)}: the fifth of the values with the best median")
    return _Explained(shares, levels, has_repeats=False)


def _count_cells(settings: Mapping[str, NDArray[np.intp]]) -> int:
    """How many combinations of levels there can be."""
    return math.prod(int(codes.max()) + 1 for codes in settings.values())


def _is_full_grid(settings: Mapping[str, NDArray[np.intp]]) -> bool:
    """Whether each combination of levels was run equally often."""
    counts = pd.DataFrame(settings).value_counts()
    return len(counts) == _count_cells(settings) and bool(counts.min() == counts.max())


def _explain_full_grid(settings: Mapping[str, NDArray[np.intp]], y: NDArray[np.float64]) -> dict[str, float]:
    """Of each setting the squares of its marginal means; of each pair what its means explain beyond both.

    Args:
        settings: the level of each run as a number, by setting: (N,), from 0.
        y: (N,), with a mean of 0.
    """

    def square(codes: NDArray[np.intp]) -> float:
        return float((np.bincount(codes, y) ** 2 / np.maximum(1, np.bincount(codes))).sum())

    explained = {name: square(codes) for name, codes in settings.items()}
    for a, b in combinations([name for name, codes in settings.items() if codes.max()], 2):
        together = settings[a] * (settings[b].max() + 1) + settings[b]
        explained[f"{a} x {b}"] = max(0.0, square(together) - explained[a] - explained[b])
    return {name: size / float((y**2).sum()) for name, size in explained.items()}


def _best(name: str, settings: Columns, levels: pd.Series[Any], losses: NDArray[np.float64]) -> str:
    """The level with the lowest median; of a setting that another one decides over, where it exists.

    Args:
        name: of the setting.
        settings: of each a value a run.
        levels: of this one.
        losses: (N,), lower is better.
    """
    column = settings[name]
    has = column.notna() if find_decider(name, settings) is not None else column.notna() | True
    medians = pd.Series(losses, levels.index)[has].groupby(levels[has]).median()
    return str(medians.idxmin())
