"""Summaries, comparisons and importances against scipy, statsmodels and closed forms."""

from __future__ import annotations

import math
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sinefit import compare, importance, summarize
from sinefit.errors import SinefitError
from sinefit.results.statistics import split_sides
from sinefit.results.statistics.intervals import interquartile_mean, median, median_interval
from sinefit.results.statistics.signs import holm, signed_rank_p

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rows = Sequence[dict[str, Any]]


def make_table(rows: Rows, keys: Sequence[str], metrics: Sequence[str] = ("rmse",)) -> pd.DataFrame:
    """A table as `sinefit.collect` makes it."""
    table = pd.DataFrame(
        [
            {"status": "completed", "config_hash": str(number), "seed": 0} | row
            for number, row in enumerate(rows)
        ]
    )
    table.attrs = {"settings": list(keys), "metrics": list(metrics)}
    return table


def grid(value: Callable[[str, float, int], float], seeds: int = 8) -> pd.DataFrame:
    """Two optimizers, two rates, some seeds."""
    rows = [
        {"optimizer": optimizer, "optimizer.lr": lr, "seed": seed, "rmse": value(optimizer, lr, seed)}
        for optimizer, lr, seed in product(("sgd", "adam"), (0.1, 0.01), range(seeds))
    ]
    return make_table(rows, ["optimizer", "optimizer.lr", "seed"])


def noisy(optimizer: str, lr: float, seed: int) -> float:
    """Adam is better by a factor of two, apart from luck."""
    luck = np.random.default_rng([seed, len(optimizer), int(1000 * lr)]).lognormal(0, 0.3)
    return float((1.0 if optimizer == "adam" else 2.0) * (1 + lr) * luck)


numbers = st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=60)


@settings(max_examples=60, deadline=None)
@given(values=numbers)
def test_median_interval_is_the_sign_tests(values: list[float]) -> None:
    """The interval holds the medians that a two-sided sign test would not refuse (scipy's binomtest)."""
    interval = median_interval(values)
    assert interval is not None
    ordered = np.sort(values)
    k = int(np.searchsorted(ordered, interval.low))
    count = len(values)
    if len(set(values)) == count and count > 5:
        assert stats.binomtest(k, count).pvalue <= 0.05
        assert stats.binomtest(k + 1, count).pvalue > 0.05
        assert interval.low == ordered[k]
        assert interval.high == ordered[count - 1 - k]
    assert interval.low <= np.median(values) <= interval.high


@pytest.mark.parametrize("count", range(5))
def test_few_values_have_no_interval(count: int) -> None:
    """Below five."""
    assert median_interval(np.arange(count)) is None


def test_median_with_infinite_values() -> None:
    """As numpy where numpy has an answer."""
    assert median([1.0, 3.0, math.inf]) == 3.0
    assert median([1.0, math.inf, math.inf]) == math.inf
    assert math.isnan(median([-math.inf, math.inf]))


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(-100, 100), min_size=4, max_size=30))
def test_interquartile_mean(values: list[float]) -> None:
    """The mean of the middle half, by hand."""
    cut = len(values) // 4
    middle = sorted(values)[cut : len(values) - cut]
    assert interquartile_mean(values) == pytest.approx(sum(middle) / len(middle), abs=1e-9)


@pytest.mark.parametrize("count", [6, 9, 13, 25])
def test_p_is_wilcoxons_where_that_is_exact(count: int) -> None:
    """Without ties and zeros, scipy's exact signed-rank test."""
    dice = np.random.default_rng(count)
    for shift in (0.0, 0.5, 2.0):
        differences = dice.normal(shift, 1, count)
        expected = stats.wilcoxon(differences, method="exact").pvalue
        assert signed_rank_p(differences) == pytest.approx(expected, abs=1e-12)


def test_p_with_ties_zeros_and_infinities() -> None:
    """All signs by hand: four equal differences and an infinite one, a zero that says nothing."""
    differences = [1.0, 1.0, 1.0, 1.0, math.inf, 0.0]
    ranks = np.array([2.5, 2.5, 2.5, 2.5, 5.0])
    sums = [abs(np.dot(signs, ranks)) for signs in product((-1, 1), repeat=5)]
    assert signed_rank_p(differences) == pytest.approx(np.mean(np.array(sums) >= ranks.sum()))
    assert signed_rank_p([0.0, 0.0]) == 1.0


def test_p_of_many_pairs() -> None:
    """Scipy's exact test up to 300 pairs, its normal one beyond; ties as scipy permutes them."""
    dice = np.random.default_rng(0)
    for count in (40, 300):
        differences = dice.normal(0.1, 1, count)
        expected = stats.wilcoxon(differences, method="exact").pvalue
        assert signed_rank_p(differences) == pytest.approx(expected, rel=1e-9)
    many = dice.normal(0.05, 1, 400)
    expected = stats.wilcoxon(many, method="asymptotic", correction=True).pvalue
    assert signed_rank_p(many) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p: list[float]) -> None:
    """The same as statsmodels' multipletests."""
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415 - takes a second

    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-12)


def test_summary_of_cells() -> None:
    """Each column against pandas."""
    table = grid(noisy)
    summary = summarize(table, ["optimizer"], "rmse")
    assert list(summary["optimizer"]) == ["adam", "sgd"]
    assert list(summary["rank"]) == [1, 2]
    for _, row in summary.iterrows():
        values = table.loc[table["optimizer"] == row["optimizer"], "rmse"]
        described = values.describe()
        for ours, theirs in (
            ("n", "count"),
            ("mean", "mean"),
            ("std", "std"),
            ("best", "min"),
            ("worst", "max"),
        ):
            assert row[ours] == pytest.approx(described[theirs], rel=1e-12)
        assert row["median"] == pytest.approx(values.median(), rel=1e-12)
    assert any("pooled over optimizer.lr" in note for note in summary.attrs["notes"])


def test_all_swept_settings_make_cells_by_themselves() -> None:
    """Without `by`, all but the seed."""
    summary = summarize(grid(noisy))
    assert len(summary) == 4
    assert not any("pooled" in note for note in summary.attrs["notes"])


ROWS = [
    *({"optimizer": "sgd", "seed": seed, "rmse": 1.0 + seed} for seed in range(6)),
    {"optimizer": "sgd", "seed": 6, "rmse": 0.1, "status": "diverged"},
    {"optimizer": "sgd", "seed": 7, "rmse": math.nan, "status": "failed"},
    {"optimizer": "adam", "seed": 0, "rmse": 5.0},
    {"optimizer": "[bold]x</script>", "seed": 0, "rmse": 7.0},
    {"optimizer": "[bold]x</script>", "seed": 1, "rmse": 9.0},
]


@pytest.mark.parametrize(("policy", "n", "worst"), [("worst", 7, math.inf), ("exclude", 6, 6.0)])
def test_diverged_runs_are_never_dropped_in_silence(policy: Any, n: int, worst: float) -> None:
    """Counted as infinitely bad or left out, and said; the shares are of all runs."""
    summary = summarize(make_table(ROWS, ["optimizer"]), ["optimizer"], diverged=policy)
    sgd = summary[summary["optimizer"] == "sgd"].iloc[0]
    assert (sgd["n"], sgd["worst"], sgd["best"]) == (n, worst, 1.0)
    assert (sgd["diverged"], sgd["failed"]) == (1 / 8, 1 / 8)
    notes = " ".join(summary.attrs["notes"])
    assert ("1 run diverged: counted as infinitely bad" in notes) == (policy == "worst")
    assert ("1 run diverged: left out" in notes) == (policy == "exclude")
    assert "1 run without rmse (failed, unfinished or undefined): left out" in notes
    assert "1 cell with one run: nothing is known of the spread" in notes
    assert "1 cell with 2 to 4 runs: too few for an interval" in notes
    single = summary[summary["optimizer"] == "adam"].iloc[0]
    assert all(math.isnan(single[name]) for name in ("std", "low", "high"))


def test_a_cell_whose_runs_are_all_left_out_is_listed() -> None:
    """Last, with its share of diverged runs and without a rank."""
    rows = [
        {"lr": lr, "seed": s, "rmse": lr, "status": ("completed", "diverged")[lr - 1]}
        for lr in (1, 2)
        for s in (0, 1)
    ]
    summary = summarize(make_table(rows, ["lr"]), ["lr"], diverged="exclude")
    assert summary[["lr", "n", "diverged"]].to_numpy().tolist() == [[1, 2, 0.0], [2, 0, 1.0]]
    assert pd.isna(summary["rank"].iloc[1])
    assert "1 cell without a run that has a value: listed last" in summary.attrs["notes"]


def test_only_diverged_runs() -> None:
    """Their last finite parameters."""
    summary = summarize(make_table(ROWS, ["optimizer"]), ["optimizer"], diverged="only")
    assert summary[["optimizer", "n", "median"]].to_numpy().tolist() == [["sgd", 1, 0.1]]


def test_higher_is_better_for_r2() -> None:
    """The best is the highest, a diverged run is at minus infinity."""
    rows = [{"model": m, "seed": s, "r2": 0.1 * m + 0.01 * s} for m in (1, 2) for s in range(5)]
    rows.append({"model": 1, "seed": 5, "r2": 0.99, "status": "diverged"})
    summary = summarize(make_table(rows, ["model"], ["r2"]), ["model"], "r2")
    assert list(summary["model"]) == [2, 1]
    assert list(summary["worst"]) == [0.2, -math.inf]
    assert list(summary["best"]) == pytest.approx([0.24, 0.14])


def test_comparison_of_two_sides() -> None:
    """Numbers of each cell by scipy and by hand."""
    table = grid(noisy)
    adam, sgd = split_sides(table, "optimizer", ("adam", "sgd"))
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
    adam, sgd = split_sides(grid(noisy), "optimizer", ("adam", "sgd"))
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
    ("r2", [0.9] * 6, [0.8] * 6, "B is worse than A in r2 (median ratio 0.889,", 1 / 9),
    ("r2", [0.8] * 6, [0.9] * 6, "B is better than A in r2 (median ratio 1.12,", -0.125),
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


def test_shares_of_a_full_grid_are_a_closed_form() -> None:
    """log10 y = a + b + ab without noise: variances of -1, 1 coded effects are their squares."""
    rows = [
        {"one": one, "two": two, "seed": seed, "rmse": 10 ** (0.3 * one + 0.2 * two + 0.1 * one * two)}
        for one, two, seed in product((-1, 1), (-1, 1), range(3))
    ]
    shares = importance(make_table(rows, ["one", "two"])).set_index("key")
    total = 0.3**2 + 0.2**2 + 0.1**2
    assert shares["share"].to_dict() == pytest.approx(
        {"one": 0.09 / total, "two": 0.04 / total, "one x two": 0.01 / total, "rest": 0.0}, abs=1e-12
    )
    assert shares.loc[["one", "two"], "best_value"].tolist() == ["-1", "-1"]


def test_grid_and_anova_agree_where_both_can_be_used() -> None:
    """Statsmodels' type II analysis of variance on a balanced grid with noise."""
    from statsmodels.formula.api import ols  # noqa: PLC0415 - takes seconds
    from statsmodels.stats.anova import anova_lm  # noqa: PLC0415

    table = grid(noisy)
    ours = importance(table).set_index("key")["share"]
    frame = pd.DataFrame({"a": table["optimizer"], "b": table["optimizer.lr"], "y": np.log10(table["rmse"])})
    squares = anova_lm(ols("y ~ C(a) * C(b)", frame).fit(), typ=2)["sum_sq"]
    theirs = squares / squares.sum()
    expected = [theirs["C(a)"], theirs["C(b)"], theirs["C(a):C(b)"], theirs["Residual"]]
    keys = ["optimizer", "optimizer.lr", "optimizer x optimizer.lr", "rest"]
    assert ours[keys].tolist() == pytest.approx(expected, abs=1e-10)


def test_other_designs_use_statsmodels_and_say_so() -> None:
    """A grid with holes, and a random search whose rates are cut into ranges."""
    holes = grid(noisy).drop(index=[0, 5])
    holes.attrs = grid(noisy).attrs
    result = importance(holes)
    assert any("statsmodels" in note for note in result.attrs["notes"])
    dice = np.random.default_rng(0)
    rows = [
        {"optimizer.lr": lr, "model": int(lr * 1e9) % 3, "seed": 0, "rmse": lr * dice.lognormal(0, 0.05)}
        for lr in 10 ** dice.uniform(-4, -1, 120)
    ]
    searched = importance(make_table(rows, ["optimizer.lr", "model"]))
    assert searched.iloc[0]["key"] == "optimizer.lr"
    assert searched.iloc[0]["share"] > 0.9
    assert any("120 values, cut into 5 ranges" in note for note in searched.attrs["notes"])


def test_incomplete_grids_are_statsmodels() -> None:
    """Type II with two-way effects where runs are missing; a key with one value explains nothing."""
    from statsmodels.formula.api import ols  # noqa: PLC0415 - takes seconds
    from statsmodels.stats.anova import anova_lm  # noqa: PLC0415

    table = grid(noisy).iloc[[*range(5), *range(7, 30)]].assign(same=1)
    table.attrs = grid(noisy).attrs
    ours = importance(table, keys=["optimizer", "optimizer.lr", "same"]).set_index("key")["share"]
    y = np.log10(table["rmse"])
    frame = pd.DataFrame({"a": table["optimizer"], "b": table["optimizer.lr"], "y": y})
    squares = anova_lm(ols("y ~ C(a) * C(b)", frame).fit(), typ=2)["sum_sq"] / ((y - y.mean()) ** 2).sum()
    expected = [squares["C(a)"], squares["C(b)"], squares["C(a):C(b)"], 0.0]
    keys = ["optimizer", "optimizer.lr", "optimizer x optimizer.lr", "same"]
    assert ours[keys].tolist() == pytest.approx(expected, abs=1e-10)


def test_a_setting_that_only_some_runs_have() -> None:
    """Momentum is one of SGD alone: the optimizer has what lies between optimizers, momentum what is left.

    By hand: adam's logarithms are 0 and 1, those of SGD 2 and 3 without, 4 and 5 with momentum; the mean is
    2.5, so that all squares are 17.5; between the optimizers' means 0.5 and 3.5 are 2 * 4 + 4 * 1 = 12, and
    between the momenta's 2.5 and 4.5 around 3.5 are 4.
    """
    rows = [
        {"optimizer": optimizer, "momentum": momentum, "seed": seed, "rmse": 10.0 ** (start + seed)}
        for optimizer, momentum, start in (("adam", None, 0), ("sgd", 0.0, 2), ("sgd", 0.9, 4))
        for seed in range(2)
    ]
    shares = importance(make_table(rows, ["optimizer", "momentum"])).set_index("key")["share"]
    assert shares.to_dict() == pytest.approx(
        {"optimizer": 12 / 17.5, "momentum": 4 / 17.5, "rest": 1.5 / 17.5}, abs=1e-9
    )


def test_one_run_a_combination_is_said() -> None:
    """Luck and effects cannot be told apart then."""
    notes = " ".join(importance(grid(noisy, seeds=1)).attrs["notes"])
    assert "one run for each combination: luck counts as an effect of several settings" in notes
    assert "luck" not in " ".join(importance(grid(noisy)).attrs["notes"])


def test_shares_add_up() -> None:
    """To one, with three keys."""
    rows = [
        {"a": a, "b": b, "c": c, "seed": s, "rmse": 1 + a * b + c + noisy("adam", 0.1, 7 * a + b + s)}
        for a, b, c, s in product(range(3), range(2), range(2), range(2))
    ]
    shares = importance(make_table(rows, ["a", "b", "c"]))
    assert shares["share"].sum() == pytest.approx(1)
    assert set(shares["key"]) == {"a", "b", "c", "rest", *(f"{x} x {y}" for x, y in combinations("abc", 2))}


MISTAKES: list[tuple[Callable[[], object], str]] = [
    (lambda: summarize(grid(noisy), ["optimizr"]), "no column 'optimizr'; the swept settings are: optimizer"),
    (lambda: summarize(grid(noisy), [], "rms"), "no metric 'rms'; the metrics are: rmse"),
    (lambda: summarize(grid(noisy), [], "optimizer"), "'optimizer' holds no numbers"),
    (lambda: summarize(grid(noisy), diverged="only"), "none of the 32 runs has a rmse"),
    (lambda: summarize(grid(noisy), diverged="best"), "worst, exclude, only, got 'best'"),  # type: ignore[arg-type]
    (lambda: split_sides(grid(noisy), "optimizer", ("adam", "lion")), "no run has optimizer=lion"),
    (lambda: split_sides(grid(noisy), "opt", ("adam", "sgd")), "no column 'opt'"),
    (lambda: compare(*two_sides(seed=9)), "no run of A has the settings and the seed of a run of B"),
    (
        lambda: compare(*two_sides(double=True)),
        'choose one of them, for example with compare --where-a "data == 0"',
    ),
    (lambda: compare(*two_sides(double=True)), "A has 2 different runs for seed=0, which differ in data;"),
    (lambda: importance(make_table([{"rmse": 1.0}, {"rmse": 2.0}], [])), "no setting differs"),
    (lambda: importance(grid(lambda *_: 1.0)), "rmse is 1 in all 32 runs"),
    (
        lambda: importance(
            make_table([{"a": n > 0, "b": n > 1, "rmse": 1.0 + n} for n in range(3)], ["a", "b"])
        ),
        "3 runs are too few to tell the effects of 2 settings apart",
    ),
    (
        lambda: importance(make_table([{"a": n, "rmse": 1.0, "status": "diverged"} for n in (1, 2)], ["a"])),
        "all runs diverged",
    ),
]


def two_sides(*, seed: int = 0, double: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A side with one or two runs of seed 0, and one with a run of another seed."""
    rows = [{"optimizer.lr": 0.1, "data": number, "rmse": 1.0} for number in range(1 + double)]
    other = [{"optimizer.lr": 0.1, "seed": seed, "rmse": 1.0}]
    return make_table(rows, ["optimizer.lr", "data"]), make_table(other, ["optimizer.lr"])


@pytest.mark.parametrize(("attempt", "message"), MISTAKES)
def test_mistakes_are_named(attempt: Callable[[], object], message: str) -> None:
    """One sentence with what there is instead."""
    with pytest.raises(SinefitError) as caught:
        attempt()
    assert message in str(caught.value)


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


@settings(max_examples=20, deadline=None)
@given(values=st.lists(st.sampled_from([-3.0, -1.0, 1.0, 2.0, 3.0]), min_size=3, max_size=8))
def test_p_with_ties_is_scipys_permutation_test(values: list[float]) -> None:
    """All signs of tied differences, by scipy's exact permutation test of the signed-rank statistic."""

    def statistic(differences: Any, axis: int = -1) -> Any:
        return (np.sign(differences) * stats.rankdata(np.abs(differences), axis=axis)).sum(axis=axis)

    expected = stats.permutation_test(
        (np.array(values),), statistic, permutation_type="samples", vectorized=True, n_resamples=10**6
    ).pvalue
    assert signed_rank_p(values) == pytest.approx(expected, abs=1e-12)
