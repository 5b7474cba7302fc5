"""Importance where settings were drawn: a forest's shares against closed forms and Optuna's fANOVA."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_tables import make_table
from scipy.stats import qmc

from sinefit import importance
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def draw(count: int, dimensions: int) -> NDArray[np.float64]:
    """Points of Sobol's sequence in the unit cube, scrambled."""
    points: NDArray[np.float64] = qmc.Sobol(dimensions, rng=0).random(count)
    return points


def table_of(points: NDArray[np.float64], values: NDArray[np.float64]) -> pd.DataFrame:
    """A run a point; the metric r2 is explained as it is, not by its logarithm."""
    keys = [f"x{index}" for index in range(points.shape[1])]
    rows = [
        dict(zip(keys, point, strict=True)) | {"r2": value}
        for point, value in zip(points.tolist(), values.tolist(), strict=True)
    ]
    return make_table(rows, keys, ["r2"])


def shares_of(table: pd.DataFrame, metric: str = "r2") -> dict[str, float]:
    """The shares by key."""
    return importance(table, metric).set_index("key")["share"].to_dict()


def test_a_sum_has_no_interactions() -> None:
    """Of y = 2 x0 + x1: the variances of the terms are 4 and 1, that of the third setting is none."""
    points = draw(256, 3)
    shares = shares_of(table_of(points, 2 * points[:, 0] + points[:, 1]))
    assert shares == pytest.approx({"x0": 0.8, "x1": 0.2, "x2": 0.0, "rest": 0.0}, abs=0.04)


def test_a_product_has_interactions() -> None:
    """Of y = x0 x1 on the unit square: Var = 7/144, of which each main effect has 1/48, three sevenths."""
    points = draw(512, 2)
    shares = shares_of(table_of(points, points[:, 0] * points[:, 1]))
    assert shares == pytest.approx({"x0": 3 / 7, "x1": 3 / 7, "rest": 1 / 7}, abs=0.03)


def test_interactions_alone_are_the_rest() -> None:
    """Of y = (x0 - 1/2) (x1 - 1/2): both main effects are zero."""
    points = draw(512, 2) - 0.5
    assert shares_of(table_of(points, points[:, 0] * points[:, 1]))["rest"] > 0.9


def test_optuna_finds_the_same() -> None:
    """Its fANOVA of the same trials, with a logarithmic setting, whole numbers and words."""
    optuna = pytest.importorskip("optuna")
    points = draw(256, 3)
    rates, sizes = 10 ** (3 * points[:, 0] - 4), np.floor(4 + 61 * points[:, 1]).astype(int)
    words = np.array(["tanh", "relu"])[(points[:, 2] > 0.5).astype(int)]
    values = (np.log10(rates) + 3) ** 2 + 0.02 * sizes + 0.6 * (words == "relu")
    rows = [
        {"lr": rate, "size": int(size), "word": str(word), "r2": value}
        for rate, size, word, value in zip(rates.tolist(), sizes, words, values.tolist(), strict=True)
    ]
    spaces = {
        "lr": optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True),
        "size": optuna.distributions.IntDistribution(4, 64),
        "word": optuna.distributions.CategoricalDistribution(["tanh", "relu"]),
    }
    study = optuna.create_study()
    study.add_trials(
        [
            optuna.trial.create_trial(
                params={name: row[name] for name in spaces}, distributions=spaces, value=row["r2"]
            )
            for row in rows
        ]
    )
    theirs = optuna.importance.FanovaImportanceEvaluator(seed=0).evaluate(study)
    ours = shares_of(make_table(rows, ["lr", "size", "word"], ["r2"]))
    total = sum(theirs.values())
    mains = sum(share for key, share in ours.items() if key != "rest")
    for name, share in theirs.items():
        assert ours[name] / mains == pytest.approx(share / total, abs=0.05)


def test_scales_and_the_order_of_runs_do_not_matter() -> None:
    """Only the order of a setting's values counts, and equal tables have the same bits."""
    points = draw(64, 2)
    table = table_of(points, points[:, 0] + 0.5 * points[:, 1])
    shuffled = table.sample(frac=1, random_state=1)
    stretched = table.assign(x0=10 ** (5 * table["x0"]))
    shuffled.attrs = stretched.attrs = table.attrs
    assert shares_of(table) == shares_of(shuffled) == shares_of(stretched)


def test_repeats_of_a_draw_are_one() -> None:
    """Five seeds whose luck has a mean of zero change nothing, and it is said."""
    points = draw(64, 2)
    values = points[:, 0] + 0.5 * points[:, 1]
    repeated = table_of(
        np.repeat(points, 5, axis=0), np.repeat(values, 5) + np.tile([-2.0, -1.0, 0.0, 1.0, 2.0], 64)
    ).assign(seed=list(range(5)) * 64)
    repeated.attrs = table_of(points, values).attrs
    assert shares_of(repeated) == pytest.approx(shares_of(table_of(points, values)), abs=1e-9)
    notes = " ".join(importance(repeated, "r2").attrs["notes"])
    assert "over 64 draws" in notes
    assert "repeats of a draw are one" in notes


def conditional(count: int) -> pd.DataFrame:
    """Momentum exists with sgd alone, where it counts; sgd is worse by 1 besides."""
    points = draw(count, 3)
    is_sgd = points[:, 0] < 0.5
    rows = [
        {
            "optimizer": "sgd" if sgd else "adam",
            "optimizer.lr": lr,
            "optimizer.momentum": momentum if sgd else None,
            "r2": -(1.0 + momentum if sgd else 0.0),
        }
        for sgd, (_, lr, momentum) in zip(is_sgd.tolist(), points.tolist(), strict=True)
    ]
    return make_table(rows, ["optimizer", "optimizer.lr", "optimizer.momentum"], ["r2"])


def test_a_setting_of_a_branch_has_its_share_within_the_branch() -> None:
    """Between the optimizers' means 0 and 1.5 lies 9/16, within half of the runs momentum's 1/12."""
    total = 9 / 16 + 1 / 24
    shares = shares_of(conditional(256))
    assert shares["optimizer"] == pytest.approx(9 / 16 / total, abs=0.03)
    assert shares["optimizer.momentum"] == pytest.approx(1 / 24 / total, abs=0.03)
    assert shares["optimizer.lr"] < 0.01
    result = importance(conditional(256), "r2")
    assert any(
        "optimizer.momentum is unset in 128 of 256 runs, which optimizer decides" in note
        for note in result.attrs["notes"]
    )
    best = result.set_index("key")["best_value"]
    assert best["optimizer"] == "adam"
    assert best["optimizer.momentum"].startswith("0.00")


def test_a_setting_that_nothing_decides_has_absence_as_a_value() -> None:
    """Every third run lacks it, and is better by 1: no row is lost."""
    points = draw(128, 2)
    table = table_of(points, points[:, 1])
    lacks = np.arange(len(table)) % 3 == 0
    table["x0"] = table["x0"].mask(lacks)
    table["r2"] = table["r2"] + lacks
    result = importance(table, "r2")
    assert result.iloc[0]["key"] == "x0"
    assert result.iloc[0]["best_value"] == "unset"
    assert "x0 is unset in 43 of 128 runs: counted as a value of its own" in result.attrs["notes"]


def test_luck_alone_is_said_to_say_little() -> None:
    """A forest that does not predict what it has not seen."""
    points = draw(64, 2)
    notes = importance(table_of(points, np.random.default_rng(0).normal(size=64)), "r2").attrs["notes"]
    assert any("these shares say little" in note for note in notes)


def test_too_few_draws() -> None:
    """What is missing is said."""
    table = table_of(np.tile(draw(4, 2), (3, 1)), np.arange(12.0))
    assert importance(table, "r2")["share"].notna().all()
    with pytest.raises(SinefitError, match=r"11 draws of 1 setting are too few .* it takes 12"):
        importance(table_of(draw(16, 1)[:11], np.arange(11.0)), "r2")


def test_without_scikit_learn_ranges_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """The analysis of variance of fifths, with what to type for more."""
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    points = draw(64, 2)
    result = importance(table_of(points, points[:, 0]), "r2")
    notes = " ".join(result.attrs["notes"])
    assert result.iloc[0]["key"] == "x0"
    assert result.iloc[0]["share"] > 0.9
    assert "x0: 64 values, cut into 5 ranges" in notes
    assert "pip install 'sinefit[search]'" in notes
    assert "type II" in notes
