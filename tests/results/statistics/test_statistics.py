"""Intervals, tests of signs, summaries and mistakes, against scipy, statsmodels and pandas."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_tables import grid, make_table, noisy
from scipy import stats

from sinefit import compare, importance, summarize
from sinefit.errors import SinefitError
from sinefit.results.statistics import split_sides
from sinefit.results.statistics.intervals import interquartile_mean, median, median_interval
from sinefit.results.statistics.signs import holm, signed_rank_p

if TYPE_CHECKING:
    from collections.abc import Callable


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
