"""Shares of variance against closed forms and statsmodels, for full grids and for all others."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from made_tables import grid, make_table, noisy

from sinefit import importance


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


def test_other_designs_say_what_they_are() -> None:
    """A grid with holes, and a random search, of whose rates the best ones are told."""
    holes = grid(noisy).drop(index=[0, 5])
    holes.attrs = grid(noisy).attrs
    result = importance(holes)
    assert any("type II analysis of variance, with two-way effects" in note for note in result.attrs["notes"])
    dice = np.random.default_rng(0)
    rows = [
        {"optimizer.lr": lr, "model": int(lr * 1e9) % 3, "seed": 0, "rmse": lr * dice.lognormal(0, 0.05)}
        for lr in 10 ** dice.uniform(-4, -1, 120)
    ]
    searched = importance(make_table(rows, ["optimizer.lr", "model"]))
    assert searched.iloc[0]["key"] == "optimizer.lr"
    assert searched.iloc[0]["share"] > 0.9
    assert searched.iloc[0]["best_value"].startswith("0.0001")
    assert any("a forest of 64 trees over 120 draws" in note for note in searched.attrs["notes"])
    assert (
        "best_value of optimizer.lr: the fifth of the values with the best median" in searched.attrs["notes"]
    )


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


def test_a_full_grid_of_many_values_is_exact() -> None:
    """Twelve sizes are no draws where each was run with each rate."""
    rows = [
        {"size": size, "lr": lr, "rmse": 10.0 ** (size * lr)} for size, lr in product(range(12), (0.1, 0.2))
    ]
    result = importance(make_table(rows, ["size", "lr"]))
    assert "full grid: exact main effects and two-way effects" in result.attrs["notes"]
    assert result.set_index("key")["best_value"]["size"] == "0"


def test_shares_add_up() -> None:
    """To one, with three keys."""
    rows = [
        {"a": a, "b": b, "c": c, "seed": s, "rmse": 1 + a * b + c + noisy("adam", 0.1, 7 * a + b + s)}
        for a, b, c, s in product(range(3), range(2), range(2), range(2))
    ]
    shares = importance(make_table(rows, ["a", "b", "c"]))
    assert shares["share"].sum() == pytest.approx(1)
    assert set(shares["key"]) == {"a", "b", "c", "rest", *(f"{x} x {y}" for x, y in combinations("abc", 2))}
