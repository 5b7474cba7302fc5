"""A trial of Optuna's as a chooser of a space's values; must not know which sampler suggests them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import optuna
    from hydra_plugins.sinefit_search._range import Range


class Suggested:
    """Takes each value from what a sampler suggests.

    Args:
        trial: as asked for.
    """

    def __init__(self, trial: optuna.Trial) -> None:
        self._trial = trial

    def choose(self, key: str, values: Sequence[str]) -> int:
        """The index of the suggested value."""
        choices = list(dict.fromkeys(values))  # Optuna takes each choice once
        return values.index(str(self._trial.suggest_categorical(key, choices)))

    def number(self, key: str, range_: Range) -> float:
        """The suggested number, a neighbour where the range has steps."""
        wanted = distribution_of(range_)
        suggest: Callable[..., float] = (
            self._trial.suggest_int if range_.is_int else self._trial.suggest_float
        )
        return on_step(range_, suggest(key, wanted.low, wanted.high, step=wanted.step, log=wanted.log))


class Recalled:
    """Takes each value from what was suggested before; collects what else a trial of Optuna's needs.

    Args:
        params: key to the text or the number that was suggested.

    Attributes:
        distributions: of those that the walk has asked for.

    Raises:
        LookupError: while a space is walked that has other values.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self.distributions: dict[str, BaseDistribution] = {}

    def choose(self, key: str, values: Sequence[str]) -> int:
        """The index of the value that was suggested."""
        self.distributions[key] = CategoricalDistribution(list(dict.fromkeys(values)))
        if self._params[key] not in values:
            msg = f"{key} has no value {self._params[key]!r}"
            raise LookupError(msg)
        return values.index(self._params[key])

    def number(self, key: str, range_: Range) -> float:
        """The number that was suggested."""
        self.distributions[key] = distribution_of(range_)
        number = self._params[key]
        if not (isinstance(number, int | float) and range_.low <= number <= range_.high):
            msg = f"{key}={number!r} is no number from {range_.low} to {range_.high}"
            raise LookupError(msg)
        return on_step(range_, number)


def distribution_of(range_: Range) -> FloatDistribution | IntDistribution:
    """A range as Optuna has it.

    Optuna knows no steps on a log scale but those of whole numbers: there any number is suggested, and
    `on_step` takes the nearest one that the range has.

    >>> from hydra_plugins.sinefit_search._range import Range
    >>> distribution_of(Range(1e-4, 0.1, is_log=True))
    FloatDistribution(high=0.1, log=True, low=0.0001, step=None)
    """
    if range_.is_int:
        step = 1 if range_.is_log else int(range_.spacing or 1)
        return IntDistribution(int(range_.low), int(range_.high), log=range_.is_log, step=step)
    step_ = None if range_.is_log else range_.step
    return FloatDistribution(range_.low, range_.high, log=range_.is_log, step=step_)


def on_step(range_: Range, number: float) -> float:
    """The nearest number that a range has.

    >>> from hydra_plugins.sinefit_search._range import Range
    >>> on_step(Range(0.0, 0.5, step=0.1), 0.30000000000000004), on_step(Range(1.0, 2.0), 1.37)
    (0.3, 1.37)
    """
    if range_.spacing is None:
        return float(number)
    last = round((range_.high - range_.low) / range_.spacing)
    return range_.neighbour(min(max(round((number - range_.low) / range_.spacing), 0), last))
