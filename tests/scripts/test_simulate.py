"""The simulation that chose the interval and the test; in small."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("simulate", Path(__file__).parents[2] / "scripts/simulate.py")
assert _SPEC is not None
assert _SPEC.loader is not None
simulate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(simulate)

USED = "median, order statistics (used)"


@pytest.mark.parametrize("errors", simulate.ERRORS)
@pytest.mark.parametrize("count", [10, 20, 50])
def test_the_interval_holds_the_truth(errors: str, count: int) -> None:
    """At least 93 % of the time from ten seeds on, whatever the errors' distribution."""
    assert simulate.coverage(USED, errors, count, 1500) >= 0.93


@pytest.mark.parametrize("errors", simulate.ERRORS)
@pytest.mark.parametrize("count", [6, 20])
def test_p_values_are_no_smaller_than_uniform(errors: str, count: int) -> None:
    """At each level at most that share of them lies below; 1,000 draws leave room for three sigma."""
    p = simulate.p_values(errors, count, 1000)
    for level in simulate.LEVELS:
        assert (p <= level).mean() <= level + 3 * (level * (1 - level) / 1000) ** 0.5


def test_a_bootstrap_would_not_do() -> None:
    """The reason for the choice: it misses the mean of skewed errors every fifth time with ten seeds."""
    assert simulate.coverage("mean, bootstrap", "log-normal", 10, 400) < 0.9
