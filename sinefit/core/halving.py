"""Successive halving: after some epochs only the best settings of a sweep go on; ranks, and no training.

Source: Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from sinefit.core.checks import Checks, is_number

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from sinefit.core.metrics import Metric


@dataclass(frozen=True)
class Halving:
    """At which epochs the runs of a sweep are ranked, and how many of them go on.

    No run depends on another: whoever trains a sweep ranks its runs, by their objective.
    Runs with equal values compete with each other; different values are the brackets of Hyperband.

    Attributes:
        keep: the share of settings that go on at each rung, above 0 and below 1; None: no halving.
        at: the rungs, as increasing numbers of epochs; none at all for a bracket whose runs all go on.

    Raises:
        SettingsError: if they cannot be used, or one stands without the other; all at once.
    """

    keep: float | None = None
    at: Sequence[int] | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        at = self.at
        if self.keep is not None:
            holds = is_number(self.keep) and 0 < self.keep < 1
            checks.require(holds, "keep", self.keep, "a share above 0 and below 1", 0.33)
        if at is not None:
            is_list = isinstance(at, Sequence) and not isinstance(at, str)
            holds = is_list and all(isinstance(e, int) and not isinstance(e, bool) and e >= 1 for e in at)
            holds = holds and list(at) == sorted(set(at))
            checks.require(holds, "at", at, "a list of increasing whole epochs, 1 or more", "[10,30,60]")
        if self.keep is None and at is not None:
            checks.require(False, "keep", None, f"given beside at={_list(at)}", 0.33)
        if at is None and self.keep is not None:
            checks.require(False, "at", None, f"given beside keep={self.keep}", "[10,30,60]")
        checks.raise_if_any()

    @property
    def rungs(self) -> tuple[int, ...]:
        """The epochs at which runs are ranked; none without halving."""
        return tuple(self.at or ())


def _list(at: object) -> str:
    return f"[{','.join(map(str, at))}]" if isinstance(at, Sequence) and not isinstance(at, str) else repr(at)


class Competitor(NamedTuple):
    """A run as a rung sees it.

    Attributes:
        number: of its job.
        setting: what it shares with its repeats, and with no other run.
        value: of its objective; the worst where it diverged.
    """

    number: int
    setting: Hashable
    value: float


def rank_settings(runs: Iterable[Competitor], metric: Metric) -> dict[Hashable, int]:
    """The rank of each setting by the median over its runs, from 1; of equal ones the first job's is better.

    Args:
        runs: that compete, each with a number of its own.
        metric: says which values are better; nan is as bad as the worst.

    >>> from sinefit.core.metrics import find_metric
    >>> runs = [Competitor(0, "a", 0.3), Competitor(1, "b", 0.1), Competitor(2, "a", 0.5)]
    >>> rank_settings(runs, find_metric("rmse"))
    {'b': 1, 'a': 2}
    """
    values: dict[Hashable, list[float]] = {}
    for run in sorted(runs, key=lambda run: run.number):
        values.setdefault(run.setting, []).append(metric.worst if math.isnan(run.value) else run.value)
    sign = 1 if metric.ascending else -1
    in_order = sorted(values, key=lambda setting: sign * _median(values[setting], metric))
    return {setting: rank for rank, setting in enumerate(in_order, 1)}


def _median(values: Sequence[float], metric: Metric) -> float:
    """The median; the worst where half of the values are infinite."""
    middle = median(values)
    return metric.worst if math.isnan(middle) else middle


def count_kept(keep: float, settings: int) -> int:
    """How many settings go on: ``ceil(keep * settings)`` of the numbers as typed, without binary rounding.

    Args:
        keep: their share.
        settings: that are ranked.

    >>> count_kept(0.07, 100), count_kept(0.33, 12), count_kept(0.1, 1)
    (7, 4, 1)
    """
    return math.ceil(Fraction(repr(keep)) * settings)
