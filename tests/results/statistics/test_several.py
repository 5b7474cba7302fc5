"""More than two sides, each against the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_tables import make_table

from sinefit.errors import SinefitError
from sinefit.results.best import best_by_median
from sinefit.results.statistics import compare, compare_with_best, split_sides

if TYPE_CHECKING:
    import pandas as pd

FACTORS = {"sgd": 2.0, "adam": 1.0, "lion": 1.05}
SIDES = [f"optimizer={name}" for name in FACTORS]


def table_of(seeds: int = 8) -> pd.DataFrame:
    """Adam is better than SGD with every seed, than Lion with half of them."""
    luck = np.random.default_rng(0).lognormal(0, 0.2, (3, seeds))
    luck[0], luck[2] = luck[1], luck[1] * np.where(np.arange(seeds) % 2, 1.4, 0.95)
    rows = [
        {"optimizer": name, "seed": seed, "rmse": factor * luck[n, seed], "r2": factor * luck[n, seed]}
        for n, (name, factor) in enumerate(FACTORS.items())
        for seed in range(seeds)
    ]
    return make_table(rows, ["optimizer", "seed"], ["rmse", "r2"])


def test_each_side_is_compared_with_the_best() -> None:
    """The rows are those of `compare` with the best side; Holm's correction by hand: 2 p, then the larger."""
    table = table_of()
    sides = split_sides(table, "optimizer", list(FACTORS))
    assert list(sides) == SIDES
    result = compare_with_best(sides, "rmse", between="optimizer").set_index("side")
    assert sorted(result.index) == ["optimizer=lion", "optimizer=sgd"]
    for name, row in result.iterrows():
        pair = compare(sides["optimizer=adam"], sides[str(name)], "rmse", between="optimizer").iloc[-1]
        columns = ["pairs", "a", "b", "ratio", "low", "high", "p"]
        assert row[columns].tolist() == pytest.approx(pair[columns].tolist())
    assert result["p"]["optimizer=sgd"] == pytest.approx(2 / 2**8)  # the smallest p of 8 pairs
    small, large = sorted(result["p"].tolist())
    assert sorted(result["p_holm"].tolist()) == pytest.approx([2 * small, max(2 * small, large)])


def test_where_higher_is_better_the_best_is_the_highest() -> None:
    """The best median of r2."""
    result = compare_with_best(split_sides(table_of(), "optimizer", list(FACTORS)), "r2", between="optimizer")
    assert "optimizer=sgd has the best median r2: clearly better than" in result.attrs["conclusion"]


def test_the_conclusion_tells_the_clear_from_the_open() -> None:
    """What the corrected p value says, and no more."""
    sides = split_sides(table_of(), "optimizer", list(FACTORS))
    said = compare_with_best(sides, "rmse", between="optimizer").attrs["conclusion"]
    assert said == (
        "optimizer=adam has the best median rmse: clearly better than optimizer=sgd,"
        " not clearly better than optimizer=lion"
    )
    few = split_sides(table_of(3), "optimizer", list(FACTORS))
    assert "not clearly better than" in compare_with_best(few, "rmse").attrs["conclusion"]


def test_a_side_that_does_not_pair_is_named() -> None:
    """It has other seeds."""
    sides = split_sides(table_of(), "optimizer", list(FACTORS))
    sides["optimizer=sgd"] = sides["optimizer=sgd"].assign(seed=range(100, 108))
    with pytest.raises(SinefitError, match="optimizer=sgd cannot be compared with optimizer=adam, the best"):
        compare_with_best(sides, "rmse", between="optimizer")


def test_the_best_settings_by_the_median() -> None:
    """One lucky seed makes no best settings; of these the run is shown that is nearest to the median."""
    table = table_of(5)
    lucky = (table["optimizer"] == "sgd") & (table["seed"] == 3)
    table.loc[lucky, "rmse"] = 1e-6
    best, runs = best_by_median(table, "rmse")
    assert best["optimizer"].tolist() == runs["optimizer"].tolist() == ["adam"]
    adam = table[table["optimizer"] == "adam"]["rmse"]
    assert best["median"].tolist() == runs["rmse"].tolist() == [adam.median()]
    each, _ = best_by_median(table, "rmse", ["optimizer"])
    assert sorted(each["optimizer"]) == sorted(FACTORS)
    with pytest.raises(SinefitError, match="no settings have a finite median rmse"):
        best_by_median(table.assign(status="diverged"), "rmse")
