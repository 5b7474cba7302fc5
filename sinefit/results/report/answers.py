"""What a report says of a table beyond the numbers of `summary`, `compare` and `importance`."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError
from sinefit.results.cells import name_value
from sinefit.results.frame import METRICS
from sinefit.results.statistics.comparison import CONCLUSION, compare, split_sides
from sinefit.results.statistics.levels import MOST_LEVELS
from sinefit.results.statistics.metric import read_values, swept_keys
from sinefit.results.statistics.signs import holm
from sinefit.results.statistics.summary import NOTES, summarize

COMPARED = ("pairs", "median_a", "median_b", "ratio", "ratio_low", "ratio_high", "improvement", "p")
"""Columns of a comparison that are shown."""


def compare_values(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """For each swept setting its two best values against each other, over everything else.

    Columns: setting, a (its best value by the median), b (the second best), pairs, median_a, median_b, ratio,
    ratio_low, ratio_high, improvement (the share of pairs in which b is better), p_holm (corrected for the
    number of settings). ``attrs``: ``notes``, and ``conclusion``, a list with a sentence a setting.

    Args:
        table: from `sinefit.collect`.
        metric: what is compared.
    """
    rows, sentences, notes = [], [], []
    for key in swept_keys(table):
        values = table[key].map(name_value)
        if values.nunique() > MOST_LEVELS:
            notes.append(f"{key} has {values.nunique()} values: too many to compare in pairs")
            continue
        try:
            ranked = summarize(table, [key], metric)[key].map(name_value).tolist()
            (first, a), (second, b) = split_sides(table, key, ranked[:2]).items()
            result = compare(a, b, metric, names=(first, second), between=key)
        except (SinefitError, ValueError) as error:
            notes.append(f"{key}: {error}")
            continue
        overall = result.iloc[-1].rename({"a": "median_a", "b": "median_b"})
        rows.append({"setting": key, "a": ranked[0], "b": ranked[1], **overall[list(COMPARED)]})
        sentences.append(str(result.attrs[CONCLUSION]))
    frame = pd.DataFrame(rows)
    if len(frame):
        p = frame.pop("p").astype(float).dropna()
        frame["p_holm"] = pd.Series(holm(p), p.index)
    frame.attrs = {NOTES: notes, CONCLUSION: sentences}
    return frame


def has_value(table: pd.DataFrame, metric: str) -> bool:
    """Whether any run has the metric.

    Args:
        table: from `sinefit.collect`.
        metric: its name.

    Raises:
        SinefitError: if there is no such metric.
    """
    try:
        return bool(np.isfinite(read_values(table, metric).numbers).any())
    except SinefitError:
        if metric in table or not table.attrs.get(METRICS):  # no run has come as far as a metric
            return False
        raise
