"""More than two sides: each against the best, with p values that are corrected for their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError, plural
from sinefit.results.frame import SETTINGS
from sinefit.results.statistics.comparison import CONCLUSION, compare
from sinefit.results.statistics.intervals import LEVEL, median
from sinefit.results.statistics.metric import objective_of, read_values
from sinefit.results.statistics.signs import holm
from sinefit.results.statistics.summary import NOTES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sinefit.results.statistics.metric import Policy

SIDE = "side"
"""The column that names what is compared with the best."""


def compare_with_best(
    sides: Mapping[str, pd.DataFrame],
    metric: str | None = None,
    *,
    between: str | None = None,
    diverged: Policy = "worst",
) -> pd.DataFrame:
    """Compare each of several tables with the one that has the best median; the better ones first.

    Columns: side, and those of the last row of `compare`, where a is the best side and b this one; p_holm is
    corrected for the number of comparisons (Holm). ``attrs``: ``notes`` and ``conclusion``, as of `compare`.

    Args:
        sides: tables from `sinefit.collect`, by their names.
        metric: what is compared; the objective of the first's runs if None.
        between: the setting that tells the sides apart, if one does.
        diverged: ``worst``, ``exclude`` or ``only``.

    Raises:
        SinefitError: if the metric does not exist, or a side cannot be paired with the best.
    """
    metric = metric or objective_of(next(iter(sides.values())))
    reads = {name: read_values(table, metric, diverged) for name, table in sides.items()}
    medians = {
        name: read.sign * median(read.numbers[~np.isnan(read.numbers)]) for name, read in reads.items()
    }
    best, *others = sorted(sides, key=medians.__getitem__)
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for name in others:
        pair = sides[best], sides[name]
        try:
            result = compare(*pair, metric, names=(best, name), between=between, diverged=diverged)
        except SinefitError as error:
            msg = f"{name} cannot be compared with {best}, the best: {error}"
            raise SinefitError(msg) from error
        overall = result.iloc[-1].drop(result.attrs[SETTINGS]).to_dict()
        rows.append({SIDE: name} | overall)
        notes += result.attrs[NOTES]
    frame = pd.DataFrame(rows)
    tested = frame["p"].notna().to_numpy()
    frame["p_holm"] = np.nan
    frame.loc[tested, "p_holm"] = holm(frame["p"].to_numpy(dtype=float)[tested])
    frame.attrs = {
        SETTINGS: [SIDE],
        NOTES: [*dict.fromkeys(notes), f"p_holm: corrected for {plural(len(others), 'comparison')} (Holm)"],
        CONCLUSION: _conclude(frame, best, metric),
    }
    return frame


def _conclude(frame: pd.DataFrame, best: str, metric: str) -> str:
    """One sentence: what the best is better than for sure, and what may be as good."""
    is_clear = (frame["p_holm"] <= 1 - LEVEL).to_numpy()
    clear, open_ = (", ".join(frame[SIDE][chosen].tolist()) for chosen in (is_clear, ~is_clear))
    parts = [
        f"clearly better than {clear}" if clear else "",
        f"not clearly better than {open_}" if open_ else "",
    ]
    return f"{best} has the best median {metric}: {', '.join(filter(None, parts))}"
