"""Which setting matters: the share of a metric's variance that each swept key explains."""

from __future__ import annotations

import warnings
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError
from sinefit.results.frame import SETTINGS
from sinefit.results.statistics.levels import find_levels
from sinefit.results.statistics.metric import has_ratios, read_values, require_keys, swept_keys
from sinefit.results.statistics.summary import NOTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sinefit.results.statistics.metric import Policy

    Levels = dict[str, pd.Series[Any]]

REST = "rest"


def importance(
    table: pd.DataFrame, metric: str = "rmse", keys: Sequence[str] = (), *, diverged: Policy = "worst"
) -> pd.DataFrame:
    """The share of a metric's variance that each swept key and each pair explains.

    On a full grid (each combination of values equally often) the shares are exact: the variances of marginal
    means, as in a balanced analysis of variance and in fANOVA (Hutter et al. 2014). Elsewhere they are sums
    of squares of type II from `statsmodels`, with pairs of keys only where all their combinations were run.
    Of errors that are always positive it is the variance of the logarithm, of other metrics their own.

    Columns: key (``a x b`` for a pair, ``rest`` for what is left: seeds and higher interactions), share,
    best_value (the value with the best median). ``attrs["notes"]`` says which method was used.

    Args:
        table: from `sinefit.collect`.
        metric: what is explained.
        keys: which settings; all swept ones but the seed, if there are none.
        diverged: ``worst`` (they count as the worst value that any other run has), ``exclude`` or ``only``.

    Raises:
        SinefitError: if nothing was swept, or if the metric is the same in all runs.
    """
    require_keys(table, list(keys))
    read = read_values(table, metric, diverged)
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
    notes.append(f"shares of the variance of {'log10 of ' if is_log else ''}{metric}")
    if np.ptp(y) == 0:
        msg = f"{metric} is {finite[0]:.6g} in all {len(y)} runs: there is nothing to explain"
        raise SinefitError(msg)
    levels = _merge_aliases({name: find_levels(frame[name], notes) for name in names}, notes)
    shares = (_grid_shares if _is_grid(pd.DataFrame(levels)) else _anova_shares)(levels, y, notes)
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


def _is_grid(levels: pd.DataFrame) -> bool:
    """Whether each combination of values occurs equally often."""
    counts = levels.value_counts()
    is_complete = len(counts) == int(np.prod(levels.nunique().to_numpy()))
    return is_complete and bool((counts == counts.iloc[0]).all())


def _grid_shares(levels: Levels, y: NDArray[np.float64], notes: list[str]) -> dict[str, float]:
    """Variances of marginal means, less those of what they contain, by the variance of all."""
    notes.append("full grid: exact main effects and two-way effects")
    if len(levels) > 1 and len(y) == int(np.prod([column.nunique() for column in levels.values()])):
        notes.append("one run for each combination: luck counts as an effect of several settings")
    frame = pd.DataFrame(levels).assign(_y=y - y.mean())
    total = float(np.mean(frame["_y"] ** 2))

    def explained(names: list[str]) -> float:
        return float(np.mean(frame.groupby(names)["_y"].transform("mean") ** 2)) / total

    shares = {name: explained([name]) for name in levels}
    for one, other in combinations(levels, 2):
        shares[f"{one} x {other}"] = max(0.0, explained([one, other]) - shares[one] - shares[other])
    return shares


def _anova_shares(levels: Levels, y: NDArray[np.float64], notes: list[str]) -> dict[str, float]:
    """Type II sums of squares by statsmodels, by the sum of all squares.

    Raises:
        SinefitError: if there are too few runs for so many settings.
    """
    from statsmodels.stats.anova import anova_lm  # noqa: PLC0415 - takes seconds, and grids do without

    varying = {name: column for name, column in levels.items() if len(set(column)) > 1}
    columns = {f"k{number}": name for number, name in enumerate(varying)}
    frame = pd.DataFrame({code: levels[name] for code, name in columns.items()}).assign(y=y)
    terms = {f"C({code})": name for code, name in columns.items()}
    pairs = {
        f"C({a}):C({b})": f"{columns[a]} x {columns[b]}"
        for a, b in combinations(columns, 2)
        if frame.groupby([a, b]).ngroups == frame[a].nunique() * frame[b].nunique()
    }
    total = float(((y - y.mean()) ** 2).sum())
    constant = dict.fromkeys([name for name in levels if name not in varying], 0.0)
    for chosen in (terms | pairs, terms):
        model = _fit(frame, chosen)
        is_full_rank = model.df_model + 1 == model.model.exog.shape[1]
        if is_full_rank and model.df_resid >= 1:
            with np.errstate(divide="ignore", invalid="ignore"):  # F of a perfect fit, which nobody reads
                squares = anova_lm(model, typ=2)["sum_sq"]
            effects = "with two-way effects" if len(chosen) > len(terms) else "main effects only"
            notes.append(f"not a full grid: type II analysis of variance (statsmodels), {effects}")
            return {name: float(squares[term]) / total for term, name in chosen.items()} | constant
    if model.df_resid < 1:
        msg = (
            f"{len(y)} runs are too few to tell the effects of {len(columns)} settings apart where they are"
            " no full grid; run more, or name fewer with --keys"
        )
        raise SinefitError(msg)
    notes.append(
        "some settings changed only together with others: each has what the others, without those that"
        " determine it, do not explain; least squares (statsmodels), main effects only"
    )
    return _nested_shares(frame, terms, total) | constant


def _nested_shares(frame: pd.DataFrame, terms: dict[str, str], total: float) -> dict[str, float]:
    """Type II where settings are nested, as a momentum that only SGD has: by how much each reduces the error.

    A setting is compared with all others but those that determine it, as type II does with interactions.
    """
    shares = {}
    for term, name in terms.items():
        code = term[2:-1]
        others = [
            other for other in terms if other != term and frame.groupby(other[2:-1])[code].nunique().max() > 1
        ]
        without, with_it = (_fit(frame, chosen).ssr for chosen in (others, [*others, term]))
        shares[name] = max(0.0, float(without - with_it)) / total
    return shares


def _fit(frame: pd.DataFrame, terms: Iterable[str]) -> Any:  # noqa: ANN401 - statsmodels is untyped
    from statsmodels.formula.api import ols  # noqa: PLC0415 - takes seconds

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of settings that change together; whoever asks looks at the rank
        return ols(f"y ~ {' + '.join(terms) or '1'}", frame).fit()


def _best(levels: pd.Series[Any], values: NDArray[np.float64], sign: int) -> str:
    medians = pd.Series(sign * values, levels.index).groupby(levels).median()
    return str(medians.idxmin())
