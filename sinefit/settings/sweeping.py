"""The jobs that a sweep's words stand for, as its sweeper makes them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from hydra.core.override_parser.types import OverrideType
from hydra.errors import HydraException
from hydra_plugins.sinefit_search._options import read_options
from hydra_plugins.sinefit_search._space import read_space

from sinefit.errors import SinefitError
from sinefit.settings.words import name_of, read_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._range import Range
    from hydra_plugins.sinefit_search._space import Space
    from omegaconf import DictConfig


def sweep_with_group(overrides: Sequence[Override]) -> dict[str, str]:
    """Words whose setting may be one of only some choices of a swept group, and what Hydra takes instead.

    Hydra composes a sweep with the group's default first, and refuses ``optimizer=sgd,momentum
    optimizer.momentum=0.9`` there; ``choice(0.9)`` belongs to the jobs alone.
    """
    groups = [name_of(each) for each in overrides if each.is_sweep_override()]
    return {
        str(each.input_line): f"{each.get_key_element()}=choice({each.get_value_element_as_str()})"
        for each in overrides
        if each.type is OverrideType.CHANGE
        and not each.is_sweep_override()
        and str(each.key_or_group).rpartition(".")[0].split(".")[0] in groups
    }


class Jobs:
    """The words of a sweep's jobs, as its sweeper makes them.

    Args:
        space: what is searched.

    Attributes:
        are_known: whether they are known before the start; a sampler that learns finds them on the way.
        batch_size: how many of them are launched at once; None for all.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self.are_known = not space.options.is_learning
        self.batch_size = space.batch_size
        is_whole = space.options.where is None or not self.are_known
        self._num_trials = space.num_combinations if is_whole else sum(1 for _ in space.trials())

    def __len__(self) -> int:
        return self._num_trials * self._space.num_repeats

    def __iter__(self) -> Iterator[list[str]]:
        """The words of each job, in order; they are known."""
        for trial in self._space.trials():
            for repeat in self._space.repeats:
                yield [*trial.words, *repeat]

    def spread(self, most: int) -> Iterator[list[str]]:
        """The words of at most so many jobs, evenly spread from the first; where unknown, possible ones."""
        every = max(1, math.ceil(len(self) / most))
        if self.are_known:
            yield from itertools.islice(self, 0, None, every)
            return
        chooser = _Anything()
        for trial in (self._space.walk(chooser) for _ in range(min(most, len(self)))):
            if self._space.keeps(trial):
                yield [*trial.words, *self._space.repeats[0]]


class _Anything:
    """Chooses whatever is possible, as a sampler might that knows nothing yet."""

    def __init__(self) -> None:
        self._random = Random(0)  # noqa: S311 - no secret

    def choose(self, _key: str, values: Sequence[str]) -> int:
        return self._random.randrange(len(values))

    def number(self, _key: str, range_: Range) -> float:
        return range_.at(self._random.random())


def list_jobs(config: DictConfig, overrides: Sequence[Override], loader: ConfigLoader) -> Jobs | None:
    """The jobs that Hydra's basic sweeper or the sweeper `search` makes; None if only another one knows them.

    Args:
        config: of the sweep, with the hydra node.
        overrides: as typed.
        loader: knows the choices that a ``glob()`` stands for.

    Raises:
        SinefitError: if a word needs another sweeper.
        HydraException: if words stand for no values, or for no search.
    """
    sweeper = config.hydra.sweeper
    target = str(sweeper._target_)
    if not target.endswith(("BasicSweeper", "SearchSweeper")):
        return None
    try:
        options = read_options(sweeper)
        if target.endswith("BasicSweeper"):
            _refuse_searching(options, overrides, loader)
            options = replace(options, is_confirmed=True)
        return Jobs(read_space(options, [each for each in overrides if not each.is_hydra_override()], loader))
    except (HydraException, SinefitError):
        raise
    except Exception:  # noqa: BLE001 - what a resolver or a glob raises here, the sweeper meets again
        return None


def is_searching(config: DictConfig) -> bool:
    """Whether the sweeper is `search`, which knows conditions."""
    return str(config.hydra.sweeper.get("_target_")).endswith("SearchSweeper")


def _refuse_searching(options: Options, overrides: Sequence[Override], loader: ConfigLoader) -> None:
    """Refuse words that the basic sweeper does not know, or would not heed."""
    from_files = read_words([f"{key}={value}" for key, value in options.params.items()], loader)
    for each in (*from_files, *overrides):
        is_tagged = each.is_sweep_override() and getattr(each.value(), "tags", None)
        if each.is_interval_sweep() or is_tagged:
            msg = (
                f"{each.input_line}: the basic sweeper takes values that can be listed, such as"
                f" {name_of(each)}=0.1,0.01 or range(0,3), and heeds no tags; hydra/sweeper=search does"
            )
            raise SinefitError(msg)


def list_values(override: Override) -> list[str]:
    """The words that a word stands for, one a value of a sweep."""
    key = override.get_key_element()
    if not override.is_sweep_override():
        return [f"{key}={override.get_value_element_as_str()}"]
    return [f"{key}={value}" for value in override.sweep_string_iterator()]
