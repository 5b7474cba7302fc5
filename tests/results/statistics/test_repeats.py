"""Folds and splits of a table's rows are repeats like seeds: averaged over, paired, never settings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_tables import folded, make_table
from scipy import stats

from sinefit import compare, importance, summarize
from sinefit.errors import SinefitError
from sinefit.record.neutral import REPEATS
from sinefit.results.best import best_by_median
from sinefit.results.plots import KINDS, draw
from sinefit.results.plots.request import Request
from sinefit.results.statistics import split_sides
from sinefit.results.statistics.metric import swept_keys
from sinefit.results.statistics.repeats import repeat_keys, warn_of_unequal_rows

SHARED = "share training rows, so that their runs are less independent than those of seeds"


def sides(table: pd.DataFrame) -> list[pd.DataFrame]:
    """The small networks and the large ones."""
    return list(split_sides(table, "model.hidden_size", ["8", "32"]).values())


def test_folds_are_no_settings() -> None:
    """Neither for summaries nor for importances, medians, pictures and the best settings."""
    table = folded(splits=2)
    assert swept_keys(table) == Request(table, "rmse").keys == ["model.hidden_size"]
    assert importance(table)["key"].tolist() == ["model.hidden_size", "rest"]
    best, _ = best_by_median(table, "rmse")
    assert (best["model.hidden_size"].tolist(), best["n"].tolist()) == ([32], [20])


def test_a_summary_is_over_seeds_and_folds() -> None:
    """Count and median of each cell are pandas' own; a note says what they are over."""
    table = folded(splits=3)
    summary = summarize(table).set_index("model.hidden_size")
    expected = table.groupby("model.hidden_size")["rmse"].agg(["count", "median", "mean", "std"])
    for ours, theirs in (("n", "count"), ("median", "median"), ("mean", "mean"), ("std", "std")):
        assert summary[ours].to_dict() == pytest.approx(expected[theirs].to_dict())
    notes = " | ".join(summarize(table).attrs["notes"])
    assert f"over 2 seeds, 5 folds and 3 split seeds; folds and split seeds {SHARED}" in notes


def test_what_is_asked_for_by_name_is_a_setting() -> None:
    """A row a fold, over seeds alone, which then needs no note; importances of a fold likewise."""
    table = folded()
    summary = summarize(table, ["data.fold"])
    assert summary["data.fold"].tolist() == [0, 1, 2, 3, 4]
    medians = table.groupby("data.fold")["rmse"].median()
    assert summary["median"].tolist() == pytest.approx(medians.tolist())
    assert SHARED not in str(summary.attrs["notes"])
    keys = ["data.fold", "model.hidden_size"]
    assert set(importance(table, keys=keys)["key"]) == {*keys, "data.fold x model.hidden_size", "rest"}
    assert "rest holds" not in str(importance(table, keys=keys).attrs["notes"])
    assert "rest holds the effects of 2 seeds and 5 folds" in importance(table).attrs["notes"]


def test_pairs_share_seed_fold_and_split() -> None:
    """Numbers are those of a pandas merge on all three, tested with scipy."""
    table = folded(splits=2)
    small, large = sides(table)
    shuffled = large.sample(frac=1, random_state=0)
    result = compare(small, shuffled, between="model.hidden_size", names=("small", "large"))
    merged = small.merge(large, on=list(REPEATS), suffixes=("_a", "_b"))
    logs = np.log10(merged["rmse_b"] / merged["rmse_a"])
    assert result["pairs"].tolist() == [len(merged)] == [20]
    assert result["ratio"].iloc[0] == pytest.approx(10 ** np.median(logs))
    assert result["p"].iloc[0] == pytest.approx(stats.wilcoxon(logs, method="exact").pvalue)
    notes = " | ".join(result.attrs["notes"])
    told = "paired by seed, data.fold, data.split_seed: 20 pairs in 1 cell"
    assert f"{told}, seeds 0-1, folds 0-4, split seeds 0-1" in notes
    assert "better in 20 of 20 pairs" in result.attrs["conclusion"]


def test_over_all_cells_each_seed_and_fold_counts_once() -> None:
    """The last row is over medians of the cells by seed and fold, not over runs and not over seeds."""
    table = folded()
    slow = table.assign(**{"optimizer.lr": 0.1, "config_hash": table["config_hash"] + "b"})
    slow["rmse"] *= np.random.default_rng(0).lognormal(0, 1, len(slow))
    both = pd.concat([table.assign(**{"optimizer.lr": 0.01}), slow], ignore_index=True)
    both.attrs = table.attrs | {"settings": [*table.attrs["settings"], "optimizer.lr"]}
    small, large = sides(both)
    result = compare(small, large, between="model.hidden_size")
    keys = ["optimizer.lr", "seed", "data.fold"]
    merged = small.merge(large, on=keys, suffixes=("_a", "_b"))
    logs = np.log10(merged["rmse_b"] / merged["rmse_a"]).groupby([merged[key] for key in keys[1:]]).median()
    last = result.iloc[-1]
    assert result["pairs"].tolist() == [10, 10, 10]
    assert last["ratio"] == pytest.approx(10 ** logs.median())
    assert last["p"] == pytest.approx(stats.wilcoxon(logs, method="exact").pvalue)
    assert "of 10 repeats" in result.attrs["conclusion"]
    counted = "over all cells each repeat (seed and fold) counts once, with its median over the cells"
    assert counted in result.attrs["notes"]


def test_folds_can_be_compared() -> None:
    """Where they are the sides, runs are paired by seed and settings alone."""
    first, last = split_sides(folded(), "data.fold", ["0", "4"]).values()
    result = compare(first, last, between="data.fold")
    assert result["model.hidden_size"].tolist() == [8, 32, "all"]
    assert "paired by model.hidden_size, seed: 4 pairs in 2 cells, seeds 0-1" in result.attrs["notes"]
    assert "of 2 seeds" in result.attrs["conclusion"]


def test_other_folds_do_not_pair() -> None:
    """Runs that were judged on different rows are no pair, whatever their seeds; both sides' are listed."""
    table = folded()
    early, late = (table[part] for part in (table["data.fold"] < 2, table["data.fold"] > 2))
    with pytest.raises(SinefitError, match=r"the seed and fold of .*, seeds 0-1 and 0-1, folds 0-1 and 3-4$"):
        compare(early, late)


def test_a_side_without_folds_is_told() -> None:
    """Its other side's folds tell runs apart that would be one pair: the message names the setting."""
    table = folded()
    other = make_table([{"seed": seed, "rmse": 1.0, "model.hidden_size": 8} for seed in (0, 1)], [])
    with pytest.raises(SinefitError, match=r"5 different runs for seed=0, which differ in data.fold"):
        compare(sides(table)[0], other)
    one_fold = table[table["data.fold"] == 3]
    result = compare(sides(one_fold)[0], other)
    assert "paired by seed: 2 pairs in 1 cell, seeds 0-1" in result.attrs["notes"]


def test_folds_that_do_not_differ_change_nothing() -> None:
    """Texts and numbers are those of a table that has no such columns."""
    table = folded(seeds=6, folds=1)
    plain = table.drop(columns=["data.fold", "data.split_seed"])
    for statistic in (summarize, importance):
        assert statistic(table).attrs["notes"] == statistic(plain).attrs["notes"]
        pd.testing.assert_frame_equal(statistic(table), statistic(plain))
    ours, theirs = (compare(*sides(each), between="model.hidden_size").attrs for each in (table, plain))
    assert ours == theirs
    assert repeat_keys([table]) == ["seed"]
    assert warn_of_unequal_rows(table) == []


def test_the_best_run_of_several_folds_comes_with_a_warning() -> None:
    """Its fold may be an easy one; within one fold there is nothing to warn of."""
    (warning,) = warn_of_unequal_rows(folded())
    assert warning.startswith("the runs are of 5 folds, each judged on rows of its own")
    assert warn_of_unequal_rows(folded(), without=["data.fold"]) == []


@pytest.mark.parametrize(("x", "over"), [(None, "seeds and folds"), ("data.fold", "seeds")])
def test_lines_say_what_they_are_over(x: str | None, over: str) -> None:
    """Medians over folds too, unless these are the horizontal axis."""
    assert "lines" in KINDS
    chart = draw("lines", Request(folded(), "rmse", x=x, by=("model.hidden_size",) if x else ()))
    assert any(note.startswith(f"medians over {over},") for note in chart.notes)
