"""Which setting matters: the share of a metric's variance that each swept key explains."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError
from sinefit.results.frame import SETTINGS
from sinefit.results.statistics.levels import find_levels
from sinefit.results.statistics.metric import has_ratios, read_values, swept_keys, with_keys
from sinefit.results.statistics.repeats import count_repeats, has_splits, repeat_keys
from sinefit.results.statistics.summary import NOTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from sinefit.results.statistics.metric import Policy

    Levels = dict[str, pd.Series[Any]]

REST = "rest"
RANK_TOLERANCE = 1e-10
"""Eigenvalues below this share of the largest are zeros with rounding errors."""


def importance(
    table: pd.DataFrame, metric: str | None = None, keys: Sequence[str] = (), *, diverged: Policy = "worst"
) -> pd.DataFrame:
    """The share of a metric's variance that each swept key and each pair explains.

    They are sums of squares of type II. On a full grid (each combination of values equally often) these are
    the variances of marginal means, as in a balanced analysis of variance and in fANOVA (Hutter et al. 2014).
    Elsewhere there are pairs of keys only where all their combinations were run.
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
    if has_splits(repeat_keys([frame], without=names)):
        notes.append(f"{REST} holds the effects of {count_repeats(frame, without=names)}")
    if np.ptp(y) == 0:
        msg = f"{read.metric} is {finite[0]:.6g} in all {len(y)} runs: there is nothing to explain"
        raise SinefitError(msg)
    levels = _merge_aliases({name: find_levels(frame[name], notes) for name in names}, notes)
    shares = _explain(levels, y - y.mean(), notes)
    rows: list[dict[str, Any]] = [
        {
            "key": key,
            "share": share,
            "best_value": _best(levels[key], finite, read.sign) if key in levels else None,
        }
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


def _merge_aliases(levels: Levels, notes: list[str]) -> Levels:
    """Settings that only ever changed together are one, under the name of the first."""
    kept: dict[tuple[int, ...], str] = {}
    for name, column in levels.items():
        partition = tuple(pd.factorize(column)[0].tolist())
        if partition in kept:
            notes.append(f"{name} changed only together with {kept[partition]}: counted as that one")
        kept.setdefault(partition, name)
    return {name: levels[name] for name in kept.values()}


def _explain(levels: Levels, y: NDArray[np.float64], notes: list[str]) -> dict[str, float]:
    """What each setting and each pair explains beyond the other terms, as a share of the sum of squares.

    The other terms are without those that determine it: pairs that a setting is part of (so that these are
    sums of squares of type II), or a momentum that only SGD has, which determines the optimizer.

    Args:
        levels: of each setting, a value a run.
        y: (N,), with a mean of 0.
        notes: where it is said what was done.

    Raises:
        SinefitError: if there are too few runs for so many settings.
    """
    settings = {name: pd.factorize(column)[0] for name, column in levels.items()}
    counts = pd.DataFrame(settings).value_counts()
    num_cells = math.prod(int(codes.max()) + 1 for codes in settings.values())
    if len(counts) == num_cells and counts.min() == counts.max():
        notes.append("full grid: exact main effects and two-way effects")
        if len(settings) > 1 and len(y) == num_cells:
            notes.append("one run for each combination: luck counts as an effect of several settings")
        return _explain_full_grid(settings, y)
    return _explain_others(settings, y, notes)


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


def _best(levels: pd.Series[Any], values: NDArray[np.float64], sign: int) -> str:
    medians = pd.Series(sign * values, levels.index).groupby(levels).median()
    return str(medians.idxmin())
