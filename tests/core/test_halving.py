"""Successive halving: ranks against a naive implementation, and mistakes in its settings."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinefit.core.halving import Competitor, Halving, count_kept, rank_settings
from sinefit.core.metrics import find_metric
from sinefit.core.trainer import Trainer
from sinefit.errors import SettingsError

VALUES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0, math.inf, -math.inf, math.nan])


def rank_naively(runs: list[Competitor], sign: int) -> dict[object, int]:
    """Ranks by counting, for each setting, the others that beat it: numpy's median, then the lowest job."""
    badness: dict[object, tuple[float, int]] = {}
    for setting in {run.setting for run in runs}:
        mine = [run for run in runs if run.setting == setting]
        values = np.array([math.inf if math.isnan(run.value) else sign * run.value for run in mine])
        with np.errstate(invalid="ignore"):
            middle = float(np.median(values))
        badness[setting] = (math.inf if math.isnan(middle) else middle, min(run.number for run in mine))
    return {setting: 1 + sum(other < mine for other in badness.values()) for setting, mine in badness.items()}


@pytest.mark.parametrize("metric", ["rmse", "r2"])
@given(cells=st.lists(st.tuples(st.sampled_from("abcde"), VALUES), max_size=20), data=st.data())
def test_ranks_are_those_of_a_naive_count(
    metric: str, cells: list[tuple[str, float]], data: st.DataObject
) -> None:
    """By the median over repeats, in the metric's direction, ties by job number, whatever the order."""
    runs = [Competitor(number, setting, value) for number, (setting, value) in enumerate(cells)]
    shuffled = data.draw(st.permutations(runs))
    sign = {"rmse": 1, "r2": -1}[metric]
    assert rank_settings(shuffled, find_metric(metric)) == rank_naively(runs, sign)


@given(hundredths=st.integers(1, 99), settings=st.integers(0, 500))
def test_the_number_kept_is_that_of_decimal_arithmetic(hundredths: int, settings: int) -> None:
    """``ceil(keep * n)`` of the digits as typed: 0.07 of 100 are 7, though floats say more; one at least."""
    exact = Decimal(hundredths) / 100 * settings
    kept = count_kept(hundredths / 100, settings)
    assert kept == int(exact.to_integral_value(ROUND_CEILING))
    assert kept >= min(settings, 1)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "keep 0": ({"keep": 0, "at": [10]}, "keep must be a share above 0 and below 1, got 0"),
    "keep 1": ({"keep": 1.0, "at": [10]}, "keep must be a share above 0 and below 1, got 1.0"),
    "keep text": ({"keep": "half", "at": [10]}, "keep must be .* got 'half'"),
    "keep true": ({"keep": True, "at": [10]}, "keep must be .* got True"),
    "decreasing": ({"keep": 0.5, "at": [10, 5]}, r"at must be .*increasing.* got \[10, 5\]"),
    "twice": ({"keep": 0.5, "at": [10, 10]}, r"at must be .*increasing.* got \[10, 10\]"),
    "epoch 0": ({"keep": 0.5, "at": [0]}, r"at must be .* 1 or more, got \[0\]"),
    "half an epoch": ({"keep": 0.5, "at": [1.5]}, r"at must be .*whole epochs.* got \[1.5\]"),
    "a number": ({"keep": 0.5, "at": 10}, "at must be a list .* got 10"),
    "keep alone": ({"keep": 0.5}, "at must be given beside keep=0.5, got None"),
    "at alone": ({"at": [10, 20]}, r"keep must be given beside at=\[10,20\], got None"),
    "both": ({"keep": 3, "at": [0]}, r"keep must be .*got 3[^\n]*\n?at must be .* got \[0\]"),
}


@pytest.mark.parametrize("case", MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_together(case: tuple[dict[str, Any], str]) -> None:
    """Each by its name and its value."""
    settings, message = case
    with pytest.raises(SettingsError, match=f"(?s){message}"):
        Halving(**settings)


def test_a_rung_comes_before_the_last_epoch() -> None:
    """At the last one nothing is left to save."""
    halving = Halving(0.5, [5, 10])
    assert Trainer(max_epochs=11, halving=halving).rungs == (5, 10)
    with pytest.raises(SettingsError, match=r"halving.at must be .*max_epochs=10, got \[5, 10\]"):
        Trainer(max_epochs=10, halving=halving)


def test_nothing_is_ranked_by_default() -> None:
    """Nor where it is switched off, nor in a bracket without rungs."""
    assert [Trainer().rungs, Trainer(halving=None).rungs, Halving(0.5, []).rungs] == [(), (), ()]
