"""How far the intervals and p values of `sinefit-results` can be trusted, by simulation.

python scripts/simulate.py              4,000 repetitions, a minute
python scripts/simulate.py --quick      400 repetitions

Coverage: how often a 95 % interval holds what it is an interval of, for several methods. Under `p without a
difference`: how often the signed-rank test's p value of two equal sides is at most 1, 5, 20 and 50 %; it may
be no more often than that.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats

from sinefit.results.statistics.intervals import median_interval
from sinefit.results.statistics.signs import signed_rank_p

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Sample = NDArray[np.float64]
    Ends = tuple[float, float]
    Draw = Callable[[np.random.Generator, int], Sample]

SEEDS = (5, 10, 20, 50)
LEVELS = (0.01, 0.05, 0.2, 0.5)
"""P values may not be at most as large more often than that where there is no difference."""
STUCK = 0.2
"""The share of runs that do not learn, in the distribution with two peaks."""


def draw_two_peaks(dice: np.random.Generator, count: int) -> Sample:
    """Errors of which a fifth is ten times the others."""
    return np.where(dice.random(count) < STUCK, 10.0, 1.0) * dice.lognormal(0, 0.3, count)


ERRORS: dict[str, Draw] = {
    "normal": lambda dice, count: dice.normal(1, 0.2, count),
    "log-normal": lambda dice, count: dice.lognormal(0, 1, count),
    "two peaks": draw_two_peaks,
}


def t_interval(sample: Sample) -> Ends:
    """Of the mean, by Student's t."""
    half = stats.t.ppf(0.975, len(sample) - 1) * stats.sem(sample)
    return sample.mean() - half, sample.mean() + half


def bootstrap_interval(sample: Sample) -> Ends:
    """Of the mean, by the percentiles of 400 resamples."""
    dice = np.random.default_rng(0)
    means = dice.choice(sample, (400, len(sample))).mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def order_interval(sample: Sample) -> Ends:
    """Of the median, between order statistics: what sinefit uses."""
    return median_interval(sample) or (np.nan, np.nan)


METHODS: dict[str, tuple[Callable[[Sample], Ends], Callable[[Sample], float]]] = {
    "mean, Student's t": (t_interval, np.mean),
    "mean, bootstrap": (bootstrap_interval, np.mean),
    "median, order statistics (used)": (order_interval, np.median),
}


def coverage(method: str, errors: str, count: int, repetitions: int) -> float:
    """How often an interval from `count` seeds holds the truth."""
    interval, truth_of = METHODS[method]
    dice = np.random.default_rng(1)
    truth = truth_of(ERRORS[errors](np.random.default_rng(2), 4_000_000))
    hits = 0
    for _ in range(repetitions):
        low, high = interval(ERRORS[errors](dice, count))
        hits += low <= truth <= high
    return hits / repetitions


def p_values(errors: str, count: int, repetitions: int) -> Sample:
    """P values, each of two sides that are equal."""
    dice = np.random.default_rng(3)
    draw = ERRORS[errors]
    pairs = (np.log10(np.abs(draw(dice, 2 * count))).reshape(2, count) for _ in range(repetitions))
    return np.array([signed_rank_p(a - b) for a, b in pairs])


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the repetitions")
    repetitions = 400 if parser.parse_args().quick else 4000
    console = Console(width=110)
    table = Table("95 % interval of the", "errors", *(f"{count} seeds" for count in SEEDS))
    for method in METHODS:
        for errors in ERRORS:
            shares = (coverage(method, errors, count, repetitions) for count in SEEDS)
            table.add_row(method, errors, *(f"{share:.1%}" for share in shares))
    console.print(table)
    counts = (6, *SEEDS[1:])
    table = Table("p without a difference", "errors", *(f"{count} seeds" for count in counts))
    for errors in ERRORS:
        found = [p_values(errors, count, repetitions) for count in counts]
        for level in LEVELS:
            shares = ((p <= level + 1e-12).mean() for p in found)
            table.add_row(f"at most {level:.0%}", errors, *(f"{share:.1%}" for share in shares))
    console.print(table)


if __name__ == "__main__":
    main()
