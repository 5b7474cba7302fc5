"""What a report says of a table beyond the numbers of `summary`, `compare` and `importance`."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError
from sinefit.record.folder import RunFolder
from sinefit.results.baselines import describe_fit
from sinefit.results.best import best_rows, metrics_of_run, reproducing_command
from sinefit.results.cells import name_value
from sinefit.results.frame import METRICS
from sinefit.results.page import notes as small_print
from sinefit.results.statistics.comparison import CONCLUSION, compare, split_sides
from sinefit.results.statistics.conditions import find_decider
from sinefit.results.statistics.levels import MOST_LEVELS
from sinefit.results.statistics.metric import read_values, refuse_test_rows, swept_keys
from sinefit.results.statistics.repeats import repeat_keys, warn_of_unequal_rows
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


def describe_best(table: pd.DataFrame, metric: str) -> list[str]:
    """The best run as HTML: its settings, what the test rows gave, whether it beats a line, its command.

    Args:
        table: from `sinefit.collect`.
        metric: what runs are judged by.
    """
    rows = best_rows(table, metric)
    best = rows.iloc[0]
    again = reproducing_command(best["folder"], RunFolder(best["folder"]).read_result())
    columns = {key: table[key] for key in swept_keys(table)}
    keys = [key for key in columns if not pd.isna(best[key]) or find_decider(key, columns) is None]
    settings = ", ".join(f"{key}={name_value(best[key])}" for key in keys) or "the only settings"
    repeat = ", ".join(f"{key}={name_value(best[key])}" for key in repeat_keys([table]))
    lead = f"{metric} {best[metric]:.4g}: {settings}, {repeat}"
    sentences = "".join(f"<p>{escape(text)}</p>" for text in describe_fit(metrics_of_run(rows), metric))
    return [
        f'<h3>The best run</h3><p class="lead">{escape(lead)}</p>{sentences}<pre>{escape(again)}</pre>',
        small_print(warn_of_unequal_rows(table)),
    ]


def has_value(table: pd.DataFrame, metric: str) -> bool:
    """Whether any run has the metric.

    Args:
        table: from `sinefit.collect`.
        metric: its name.

    Raises:
        SinefitError: if there is no such metric, or if it is of test rows.
    """
    refuse_test_rows(table, [metric])
    try:
        return bool(np.isfinite(read_values(table, metric).numbers).any())
    except SinefitError:
        if metric in table or not table.attrs.get(METRICS):  # no run has come as far as a metric
            return False
        raise
