"""Statistics of tables that nobody collected: a row a run, its status, its seed and a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import sinefit

if TYPE_CHECKING:
    from collections.abc import Sequence


def make_table(values: Sequence[float], seeds: Sequence[int]) -> pd.DataFrame:
    """The least that a table needs."""
    return pd.DataFrame({"status": "completed", "seed": seeds, "rmse": values})


A = make_table([0.2, 0.3, 0.1, 0.5, 0.4], range(5))
B = make_table([0.1, 0.1, 0.2, 0.1, 0.3], range(5))


def test_compared_as_collected_ones() -> None:
    """Runs without hashes are all different, as those whose hashes differ."""
    hashes = [f"{number:x}" for number in range(5)]
    compared = sinefit.compare(A, B)
    pd.testing.assert_frame_equal(compared, sinefit.compare(*(t.assign(config_hash=hashes) for t in (A, B))))
    assert compared["improvement"].item() == 0.8  # in four of five pairs


@pytest.mark.parametrize("column", ["seed", "status"])
def test_a_missing_column_is_named(column: str) -> None:
    """Pairs need a seed, and all statistics how a run ended."""
    with pytest.raises(sinefit.SinefitError, match=f"no column '{column}'; the columns are: .*rmse"):
        sinefit.compare(A, B.drop(columns=column))


def test_runs_of_one_seed_are_refused() -> None:
    """No folder tells them apart, so that the seed must."""
    with pytest.raises(sinefit.SinefitError, match=r"A has 2 different runs for seed=1; let the column seed"):
        sinefit.compare(make_table([0.1, 0.2, 0.3], [0, 1, 1]), B)
