"""The study that a sampler works on: in memory, asked for trials of a space and told their objectives.

It must not know what lies on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import optuna
from hydra.errors import CompactHydraException
from hydra_plugins.sinefit_search._objectives import WORST
from hydra_plugins.sinefit_search._samplers import at_work, make_sampler
from hydra_plugins.sinefit_search._suggestion import Recalled, Suggested
from numpy.random import PCG64, Generator
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._range import Range
    from hydra_plugins.sinefit_search._space import Space, Trial
    from optuna.trial import FrozenTrial

MOST_REFUSED = 20
"""After so many suggestions in a row that the filter drops, one is drawn at random instead."""
MOST_DRAWN = 10_000
"""So many random draws in a row may be dropped."""


class SamplerStudy:
    """A sampler with what it has been told.

    Args:
        space: that is searched.
        options: of the sweeper.
        batch_size: trials that are asked for before any of them is told.
    """

    def __init__(self, space: Space, options: Options, batch_size: int) -> None:
        self._space = space
        self._sampler = str(options.sampler)
        self._seed = options.seed
        self._worst = [WORST[direction] for direction in options.directions]
        self._refused: list[optuna.Trial] = []
        with at_work(self._sampler):
            self._study = optuna.create_study(
                sampler=make_sampler(options, batch_size),
                directions=[StudyDirection[name.upper()] for name in options.directions],
            )

    def ask(self) -> tuple[Trial, optuna.Trial]:
        """The next trial that the filter keeps, and what it is told by.

        A suggestion that the filter drops is on its way until the batch is told, so that the sampler suggests
        something else; then it has failed. Only Gaussian processes would suggest nearly the same again, and
        take long with many on their way: there it is infinitely bad at once.

        Raises:
            CompactHydraException: if the filter drops whatever is drawn.
        """
        with at_work(self._sampler):
            for _ in range(MOST_REFUSED):
                handle = self._study.ask()
                trial = self._space.walk(Suggested(handle))
                if self._space.keeps(trial):
                    return trial, handle
                if self._sampler == "gp":
                    self.tell(handle, self._worst)
                else:
                    self._refused.append(handle)
            self._study.enqueue_trial(self._draw(len(self._study.trials)))
            handle = self._study.ask()
            return self._space.walk(Suggested(handle)), handle

    def tell(self, handle: optuna.Trial, values: Sequence[float] | None) -> FrozenTrial:
        """Tell the sampler of a trial; as it has ended it comes back.

        Args:
            handle: as it was asked for.
            values: its objectives; None if it failed.
        """
        with at_work(self._sampler):
            if values is None:
                return self._study.tell(handle, state=TrialState.FAIL)
            return self._study.tell(handle, list(values))

    def end_batch(self) -> None:
        """Tell of the suggestions that the filter dropped."""
        for handle in self._refused:
            self.tell(handle, None)
        self._refused.clear()

    def adopt(self, params: Mapping[str, Any], values: Sequence[float] | None) -> Trial:
        """Tell the sampler of a trial that it did not suggest, and give that trial.

        Args:
            params: key to a text or a number.
            values: its objectives; None if it failed.

        Raises:
            LookupError: if the space has no such trial.
        """
        recalled = Recalled(params)
        trial = self._space.walk(recalled)
        kept = {key: params[key] for key in recalled.distributions}
        state = TrialState.FAIL if values is None else TrialState.COMPLETE
        with at_work(self._sampler):
            self._study.add_trial(
                create_trial(
                    state=state,
                    values=None if values is None else list(values),
                    params=kept,
                    distributions=recalled.distributions,
                )
            )
        return trial

    def _draw(self, num: int) -> dict[str, Any]:
        """What a random trial that the filter keeps would have been suggested as.

        Args:
            num: decides it, together with the seed.
        """
        drawn = _Drawn(Generator(PCG64([self._seed, num])))
        for _ in range(MOST_DRAWN):
            drawn.params.clear()
            if self._space.keeps(self._space.walk(drawn)):
                return drawn.params
        msg = (
            f"hydra.sweeper.where={self._space.options.where} drops {MOST_DRAWN:,} random draws in a row, and"
            f" what {self._sampler} suggests; leave more room, or write it into the ranges"
        )
        raise CompactHydraException(msg)


class _Drawn:
    """Takes each value at random.

    Args:
        generator: draws them.

    Attributes:
        params: key to the text or the number that was drawn.
    """

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self.params: dict[str, Any] = {}

    def choose(self, key: str, values: Sequence[str]) -> int:
        """The index of any value."""
        index = int(self._generator.integers(len(values)))
        self.params[key] = values[index]
        return index

    def number(self, key: str, range_: Range) -> float:
        """Any number of the range."""
        self.params[key] = range_.at(float(self._generator.random()))
        number: float = self.params[key]
        return number
