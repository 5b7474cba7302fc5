"""Comparisons of two sides, against scipy and by hand; the sentence in every case."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_tables import grid, make_table, noisy
from scipy import stats

from sinefit import compare
from sinefit.results.statistics import split_sides
from sinefit.results.statistics.signs import holm


def test_comparison_of_two_sides() -> None:
    """Numbers of each cell by scipy and by hand."""
    table = grid(noisy)
    adam, sgd = split_sides(table, "optimizer", ("adam", "sgd")).values()
    result = compare(adam, sgd, between="optimizer", names=("adam", "sgd"))
    assert list(result["optimizer.lr"]) == [0.1, 0.01, "all"]
    assert list(result["pairs"]) == [8, 8, 8]
    for lr, row in zip((0.1, 0.01), result.iloc, strict=False):
        a = np.array([noisy("adam", lr, seed) for seed in range(8)])
        b = np.array([noisy("sgd", lr, seed) for seed in range(8)])
        assert row["difference"] == pytest.approx(np.median(b - a))
        assert row["ratio"] == pytest.approx(10 ** np.median(np.log10(b / a)))
        assert (row["low"], row["high"]) == pytest.approx((min(b - a), max(b - a)))
        assert row["improvement"] == np.mean(b < a)
        assert row["p"] == pytest.approx(stats.wilcoxon(np.log10(b / a), method="exact").pvalue)
    assert list(result["p_holm"][:2]) == pytest.approx(list(holm(result["p"][:2])))
    assert result.attrs["conclusion"].startswith("sgd is worse than adam in rmse (median ratio")
    assert result.attrs["worse_by"] == pytest.approx(result["ratio"].iloc[-1] - 1)


def test_over_all_cells_each_seed_counts_once() -> None:
    """The last row holds each seed's median over the cells."""
    adam, sgd = split_sides(grid(noisy), "optimizer", ("adam", "sgd")).values()
    last = compare(adam, sgd, between="optimizer").iloc[-1]
    logs = [
        np.median([math.log10(noisy("sgd", lr, seed) / noisy("adam", lr, seed)) for lr in (0.1, 0.01)])
        for seed in range(8)
    ]
    assert last["ratio"] == pytest.approx(10 ** np.median(logs))
    assert last["p"] == pytest.approx(stats.wilcoxon(logs, method="exact").pvalue)


def test_what_is_left_over_is_named() -> None:
    """Settings of one side, seeds of one side."""
    rows_a = [{"optimizer.lr": lr, "seed": seed, "rmse": 1.0} for lr in (0.1, 0.01) for seed in range(3)]
    rows_b = [{"optimizer.lr": 0.1, "seed": seed, "rmse": 2.0, "data": "x"} for seed in (1, 2, 7)]
    result = compare(make_table(rows_a, ["optimizer.lr"]), make_table(rows_b, ["optimizer.lr", "data"]))
    notes = " | ".join(result.attrs["notes"])
    assert "paired by optimizer.lr, seed: 2 pairs in 1 cell, seeds 1-2" in notes
    assert "data (only in B)" in notes
    assert "left over of A: optimizer.lr=0.1 seed=0; optimizer.lr=0.01 seed=0" in notes
    assert "left over of B: optimizer.lr=0.1 seed=7" in notes
    assert "fewer than 6 pairs give no p value" in notes
    assert result["p"].isna().all()
    assert result.attrs["conclusion"].startswith("B looks worse than A in rmse, but 2 pairs are too few")


def test_no_difference_is_said() -> None:
    """Equal sides, and sides that differ by luck alone."""
    table = grid(noisy)
    same = compare(table, table)
    assert same.attrs["conclusion"] == "no difference between A and B: the same rmse in all 32 pairs"
    assert same.attrs["worse_by"] == 0
    assert (same["improvement"] == 0.5).all()


LOST = None
CONCLUSIONS: list[tuple[str, list[float | None], list[float | None], str, float]] = [
    ("rmse", [1] * 6, [2] * 6, "B is worse than A in rmse (median ratio 2, 95 % interval 2 to 2,", 1.0),
    (
        "rmse",
        [1] * 6,
        [1, 1, 1, 1, 1, 2],
        "no clear difference between A and B in rmse (median ratio 1,",
        0.0,
    ),
    ("rmse", [1, 2, 3], [1, 2, 3], "no difference between A and B: the same rmse in all 3 pairs", 0.0),
    ("rmse", [1], [1], "no difference between A and B: the same rmse in the only pair", 0.0),
    ("rmse", [1], [2], "B looks worse than A in rmse, but 1 pair is too few (median ratio 2,", 1.0),
    ("rmse", [2, 2, 2], [1, 1, 1], "B looks better than A in rmse, but 3 pairs are too few", -0.5),
    ("rmse", [1] * 5, [2] * 5, "from 5 pairs only (median ratio 2, 93.75 % interval 2 to 2,", 1.0),
    ("rmse", [1] * 9, [1.0001] * 9, "median ratio 1.0001, 95 % interval 1.0001 to 1.0001,", 0.0001),
    ("rmse", [1] * 6, [LOST] * 6, "p = 0.031, B diverged in 6 of 6 pairs)", math.inf),
    ("rmse", [LOST] * 6, [1] * 6, "B is better than A in rmse (median ratio 0,", -1.0),
    ("rmse", [LOST] * 6, [LOST] * 6, "nothing to compare in rmse: all runs of A and of B diverged", 0.0),
    ("rmse", [1, LOST], [LOST, 1], "no clear difference between A and B in rmse (median ratio 1,", 0.0),
    ("rmse", [0] * 6, [0] * 6, "no difference between A and B: the same rmse in all 6 pairs", 0.0),
    ("rmse", [0] * 6, [1] * 6, "B is worse than A in rmse (median difference 1,", math.inf),
    ("rmse", [5e-324] * 6, [1.7e308] * 6, "B is worse than A in rmse (median ratio inf,", math.inf),
    ("r2", [0.9] * 6, [0.8] * 6, "B is worse than A in r2 (median difference -0.1,", 1 / 9),
    ("r2", [0.8] * 6, [0.9] * 6, "B is better than A in r2 (median difference 0.1,", -0.125),
    ("r2", [-1] * 6, [-2] * 6, "B is worse than A in r2 (median difference -1,", 1.0),
    ("r2", [-2] * 6, [-1] * 6, "B is better than A in r2 (median difference 1,", -0.5),
    ("r2", [LOST] * 6, [0.9] * 6, "B is better than A in r2 (median difference inf,", -math.inf),
    ("r2", [0.9] * 6, [LOST] * 6, "B is worse than A in r2 (median difference -inf,", math.inf),
]


@pytest.mark.parametrize(("metric", "first", "second", "sentence", "worse_by"), CONCLUSIONS)
def test_the_sentence_says_what_there_is(
    metric: str, first: list[float | None], second: list[float | None], sentence: str, worse_by: float
) -> None:
    """Equal, few, close, zero, negative and diverged values; whatever they are, there is a number for CI."""
    tables = [
        make_table(
            [
                {"seed": seed, metric: value or 0.5 * (value is None)}
                | ({"status": "diverged"} if value is None else {})
                for seed, value in enumerate(side)
            ],
            ["seed"],
            [metric],
        )
        for side in (first, second)
    ]
    result = compare(*tables, metric)
    assert sentence in result.attrs["conclusion"]
    assert result.attrs["worse_by"] == pytest.approx(worse_by)


def test_seeds_decide_the_last_row_and_pairs_whether_all_are_equal() -> None:
    """Medians over cells that cancel out are no sign that both sides are the same."""
    rows = [{"lr": lr, "seed": seed, "rmse": 1.0} for lr in (1, 2, 3) for seed in range(6)]
    other = [row | {"rmse": (0.5, 1.0, 2.0)[int(row["lr"]) - 1]} for row in rows]
    result = compare(make_table(rows, ["lr"]), make_table(other, ["lr"]))
    assert result.attrs["conclusion"].startswith(
        "no clear difference between A and B in rmse (median ratio 1,"
    )


def test_diverged_on_both_sides_is_no_difference() -> None:
    """Infinitely bad against infinitely bad is a tie; against a number it is lost."""
    rows = [{"optimizer.lr": 0.1, "seed": seed, "rmse": 1.0, "status": "completed"} for seed in range(6)]
    gone = [row | {"status": "diverged"} for row in rows]
    mixed = compare(make_table(gone, ["optimizer.lr"]), make_table([*gone[:3], *rows[3:]], ["optimizer.lr"]))
    assert mixed["improvement"].iloc[0] == 0.75
    lost = compare(make_table(rows, ["optimizer.lr"]), make_table(gone, ["optimizer.lr"]))
    assert lost["ratio"].iloc[0] == math.inf
    assert lost.attrs["conclusion"].startswith("B is worse than A")


def test_negative_metrics_have_no_ratio() -> None:
    """Differences are judged instead."""
    rows = [{"m": 1, "seed": seed, "r2": -0.5 - seed / 10} for seed in range(7)]
    better = [row | {"r2": row["r2"] + 0.2} for row in rows]
    result = compare(make_table(rows, ["m"], ["r2"]), make_table(better, ["m"], ["r2"]), "r2")
    assert result["ratio"].isna().all()
    assert result["improvement"].iloc[0] == 1
    assert "no ratios" in " ".join(result.attrs["notes"])
    assert result.attrs["conclusion"].startswith("B is better than A in r2 (median difference 0.2")


def test_equal_runs_count_once() -> None:
    """The same config twice, as after skip_done, is one run."""
    rows = [{"optimizer.lr": 0.1, "rmse": 1.0, "config_hash": "same"}] * 2
    result = compare(make_table(rows, ["optimizer.lr"]), make_table(rows[:1], ["optimizer.lr"]))
    assert result["pairs"].tolist() == [1]


def test_numbers_pair_with_numbers_of_another_type() -> None:
    """1 and 1.0 are the same setting."""
    a = make_table([{"model.hidden_size": 8, "rmse": 1.0}], ["model.hidden_size"])
    b = make_table([{"model.hidden_size": 8.0, "rmse": 2.0}], ["model.hidden_size"])
    assert compare(a, b)["pairs"].tolist() == [1]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (pd.Series([8, 16]), pd.Series(["8", "auto"])),
        (pd.Series([True, False]), pd.Series(["true", "auto"])),
        (pd.Series([0.1, None]), pd.Series(["0.1", "auto"])),
        (pd.Series([None, 3], dtype="Int64"), pd.Series([None, "auto"], dtype=object)),
    ],
    ids=["numbers", "truth values", "floats", "empty"],
)
def test_values_pair_whatever_their_columns_type(ours: pd.Series[Any], theirs: pd.Series[Any]) -> None:
    """A word among a column's values makes all of them text; the first value of each side is the same."""
    sides = [
        make_table([{"rmse": 1.0}, {"rmse": 2.0}], ["data.x"]).assign(**{"data.x": column})
        for column in (ours, theirs)
    ]
    for side in sides:
        side.attrs = {"settings": ["data.x"], "metrics": ["rmse"]}
    assert compare(*sides)["pairs"].tolist() == [1]
