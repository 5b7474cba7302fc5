"""Which of two sides is better, by how much, and whether that is more than luck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError
from sinefit.results.cells import name_value
from sinefit.results.frame import SETTINGS, add_settings
from sinefit.results.statistics.conclusion import conclude, measure_worse_by
from sinefit.results.statistics.intervals import FEWEST, FEWEST_FOR_P, level_of, median, median_interval
from sinefit.results.statistics.metric import has_ratios, objective_of, read_values, setting_keys, with_keys
from sinefit.results.statistics.pairing import pair
from sinefit.results.statistics.repeats import explain_repeats, has_splits, name_repeats, repeat_keys
from sinefit.results.statistics.signs import MOST_EXACT, holm, signed_rank_p
from sinefit.results.statistics.summary import NOTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from sinefit.results.statistics.metric import Policy

ALL = "all"
"""What stands in the first setting's column of the last row, which is over all cells."""
CONCLUSION, WORSE_BY = "conclusion", "worse_by"
"""Keys of the frame's `attrs`: one sentence, and by what share the second side's median is worse."""


def compare(  # noqa: PLR0913 - each is a choice of its own
    a: pd.DataFrame,
    b: pd.DataFrame,
    metric: str | None = None,
    *,
    names: tuple[str, str] = ("A", "B"),
    between: str | None = None,
    diverged: Policy = "worst",
) -> pd.DataFrame:
    """Compare two tables, run by run: pairs have the same shared settings, seed, fold and split.

    A row for each cell (the shared settings), and a last one over all cells, for which each repeat (a seed,
    where folds differ a seed and a fold) counts once, with its median over the cells: runs of one seed are
    no independent witnesses.

    Columns: the shared settings; pairs; a and b (medians); difference (median of b - a), low and high (its
    95 % interval); ratio (median of b / a, by its logarithm; of positive errors only), ratio_low and
    ratio_high; improvement (the share of pairs in which b is better, equal ones counting half); p
    (signed-rank test) and p_holm (corrected for the number of cells).

    ``attrs``: ``notes``, what was paired and done with diverged runs; ``conclusion``, one sentence;
    ``worse_by``, by what share b is worse than a in the last row, negative where it is better.

    Args:
        a: the first table, from `sinefit.collect`.
        b: the second.
        metric: what is compared; the objective of the first's runs if None.
        names: of the two sides.
        between: the setting that tells the sides apart, if one does.
        diverged: ``worst``, ``exclude`` or ``only``.

    Raises:
        SinefitError: if the metric does not exist, nothing pairs, or pairs are not unique.

    >>> sgd = pd.DataFrame({"seed": range(8), "status": "completed"})
    >>> sgd["rmse"] = [0.21, 0.35, 0.26, 0.41, 0.22, 0.19, 0.33, 0.27]
    >>> adam = sgd.assign(rmse=[0.10, 0.12, 0.14, 0.11, 0.15, 0.13, 0.16, 0.12])
    >>> compared = compare(sgd, adam, names=("sgd", "adam"))
    >>> compared[["pairs", "a", "b", "improvement", "p"]]
       pairs      a      b  improvement         p
    0      8  0.265  0.125          1.0  0.007812
    >>> compared.attrs["conclusion"].partition(" (")[0]
    'adam is better than sgd in rmse'
    """
    metric = metric or objective_of(a)
    tables = [
        add_settings(one, [*setting_keys(other), *repeat_keys([other])]) for one, other in ((a, b), (b, a))
    ]
    sides = [read_values(table, metric, diverged) for table in tables]
    keys, repeats, frame, notes = pair(sides[0], sides[1], names, between)
    sign = sides[0].sign
    frame = frame.assign(difference=_difference(frame["a"], frame["b"]), log=np.nan)
    if has_ratios(sign, frame[["a", "b"]].to_numpy()):
        frame["log"] = _difference(np.log10(frame["a"]), np.log10(frame["b"]))
    cells = frame.groupby(keys, sort=False, dropna=False) if keys else [((), frame)]
    rows = [dict(zip(keys, cell, strict=True)) | _describe(group, sign) for cell, group in cells]
    result = pd.DataFrame(rows)
    tested = result["p"].notna().to_numpy()
    result["p_holm"] = np.nan
    result.loc[tested, "p_holm"] = holm(result["p"].to_numpy()[tested])
    if len(rows) > 1:
        each = frame.groupby(repeats, dropna=False)[["a", "b", "difference", "log"]].agg(_middle)
        total = pd.DataFrame([dict.fromkeys(keys) | {keys[0]: ALL} | _describe(each, sign)])
        result = pd.concat([result.astype({keys[0]: object}), total], ignore_index=True)
    last_row = result.iloc[-1]
    result.attrs = {
        SETTINGS: keys,
        NOTES: [
            *(f"{name}: {note}" for name, side in zip(names, sides, strict=True) for note in side.notes),
            *notes,
            f"a: {names[0]}, b: {names[1]}; medians of {metric}",
            *_explain(result, sign),
            *_explain_repeats(frame, repeats, num_cells=len(rows)),
        ],
        CONCLUSION: conclude(last_row, frame, metric, names, "repeat" if has_splits(repeats) else "seed"),
        WORSE_BY: measure_worse_by(last_row, metric),
    }
    return result


def split_sides(table: pd.DataFrame, key: str, values: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The rows of a table with each of some values of a setting, by KEY=VALUE.

    Args:
        table: from `sinefit.collect`.
        key: the setting.
        values: as typed; equal as text or as numbers.

    Raises:
        SinefitError: if the setting does not exist or never has such a value.
    """
    table = with_keys(table, [key])
    known = [name_value(value) for value in table[key].tolist()]
    sides = {}
    for value in values:
        side = table[[_is_same(cell, value) for cell in known]]
        if side.empty:
            msg = f"no run has {key}={value}; its values are {', '.join(dict.fromkeys(known))}"
            raise SinefitError(msg)
        sides[f"{key}={value}"] = side
    return sides


def _is_same(cell: str, value: str) -> bool:
    try:
        return cell == value or float(cell) == float(value)
    except ValueError:
        return False


def _difference(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """The second less the first; nothing between two runs that are both infinitely bad."""
    first, second = np.asarray(a), np.asarray(b)
    both = np.isinf(first) & (first == second)
    return np.where(both, 0.0, second) - np.where(both, 0.0, first)


def _middle(values: ArrayLike) -> float:
    """The median of differences; between an infinitely better and an infinitely worse one it is none."""
    middle = median(values)
    return 0.0 if np.isnan(middle) and not np.isnan(np.asarray(values)).any() else middle


def _judged(pairs: pd.DataFrame) -> NDArray[np.float64]:
    """What is tested and counted of pairs: differences of logarithms where there are, else differences."""
    logs: NDArray[np.float64] = pairs["log"].to_numpy()
    return pairs["difference"].to_numpy() if np.isnan(logs).any() else logs


def _describe(group: pd.DataFrame, sign: int) -> dict[str, Any]:
    """The comparison of one cell's pairs, or of the repeats' medians over all cells."""
    differences, logs = group["difference"].to_numpy(), group["log"].to_numpy()
    judged = _judged(group)
    described = {"pairs": len(group), "a": median(group["a"]), "b": median(group["b"])}
    described["difference"] = _middle(differences)
    described["low"], described["high"] = median_interval(differences) or (np.nan, np.nan)
    with np.errstate(over="ignore"):
        ratios = np.power(10.0, [_middle(logs), *(median_interval(logs) or (np.nan, np.nan))]).tolist()
    return {
        **described,
        **dict(zip(("ratio", "ratio_low", "ratio_high"), ratios, strict=True)),
        "improvement": float(((sign * judged < 0) + 0.5 * (judged == 0)).mean()),
        "p": signed_rank_p(judged) if len(group) >= FEWEST_FOR_P else np.nan,
    }


def _explain(result: pd.DataFrame, sign: int) -> list[str]:
    """What the numbers are."""
    notes = []
    levels = {f"{100 * level_of(count):.4g} %" for count in result["pairs"] if count >= FEWEST}
    if levels:
        of = "difference and of the median ratio" if result["ratio"].notna().any() else "difference"
        level = " or ".join(sorted(levels))
        notes.append(f"intervals: {level} intervals of the median {of}, between order statistics")
    if (result["pairs"] < FEWEST_FOR_P).any():
        notes.append(
            f"fewer than {FEWEST_FOR_P} pairs give no p value: even with equal signs it could not be below"
            f" 0.05; fewer than {FEWEST} give no interval"
        )
    if result["p"].notna().any():
        kind = "exact" if result["pairs"].max() <= MOST_EXACT else f"exact up to {MOST_EXACT} pairs"
        holm_note = "; p_holm: corrected for the number of cells (Holm)" if len(result) > 1 else ""
        notes.append(f"p: Wilcoxon's signed-rank test, {kind}{holm_note}")
    if result["ratio"].isna().any():
        reason = "not all values are positive" if sign > 0 else "where higher is better, differences count"
        notes.append(f"no ratios: {reason}")
    return notes


def _explain_repeats(frame: pd.DataFrame, repeats: Sequence[str], num_cells: int) -> list[str]:
    """What a repeat is where it is more than a seed."""
    notes = explain_repeats(frame)
    if notes and num_cells > 1:
        each = name_repeats(repeats)
        notes.append(f"over all cells each repeat ({each}) counts once, with its median over the cells")
    return notes
