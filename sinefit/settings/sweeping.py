"""The jobs that a sweep's words stand for, as Hydra's basic sweeper makes them."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from hydra.core.override_parser.types import OverrideType

from sinefit.errors import SinefitError
from sinefit.settings.words import name_of, read_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
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
    """The words of a sweep's jobs, as Hydra's basic sweeper makes them.

    Args:
        overrides: of the sweep, those of its experiment first.

    Raises:
        Exception: if values cannot be listed; that is a resolver's or a glob's own.
    """

    def __init__(self, overrides: Sequence[Override]) -> None:
        self._choices = {each.get_key_element(): list_values(each) for each in overrides}

    def __len__(self) -> int:
        return math.prod(map(len, self._choices.values()))

    def without_values(self) -> str:
        """The setting of a word that stands for no value; an empty text if there is none."""
        return next((key for key, words in self._choices.items() if not words), "")

    def spread(self, most: int) -> Iterator[list[str]]:
        """The words of at most so many jobs, the first among them, evenly spread."""
        every = max(1, math.ceil(len(self) / most))
        yield from map(list, itertools.islice(itertools.product(*self._choices.values()), 0, None, every))


def list_jobs(config: DictConfig, overrides: Sequence[Override], loader: ConfigLoader) -> Jobs | None:
    """The jobs that Hydra's basic sweeper makes of a sweep; None if only the sweeper knows them.

    Args:
        config: of the sweep, with the hydra node.
        overrides: as typed.
        loader: knows the choices that a ``glob()`` stands for.

    Raises:
        SinefitError: if a word stands for no values, or for more than can be listed.
    """
    sweeper = config.hydra.sweeper
    if not str(sweeper._target_).endswith("BasicSweeper"):
        return None
    size = sweeper.get("max_batch_size")
    if size is not None and size < 1:
        msg = f"hydra.sweeper.max_batch_size must be null or a whole number, 1 or more, got {size}"
        raise SinefitError(msg)
    params = dict(sweeper.get("params") or {})
    from_files = read_words([f"{key}={value}" for key, value in params.items()], loader)
    for each in (*from_files, *overrides):
        if each.is_sweep_override() and not each.is_discrete_sweep():
            msg = (
                f"{each.input_line}: the basic sweeper takes values that can be listed, such as"
                f" {name_of(each)}=0.1,0.01 or range(0,3); other sweepers are chosen by hydra/sweeper=NAME"
            )
            raise SinefitError(msg)
    try:
        jobs = Jobs([*from_files, *(each for each in overrides if not each.is_hydra_override())])
    except Exception:  # noqa: BLE001 - what a resolver or a glob raises here, the sweeper meets again
        return None
    if empty := jobs.without_values():
        msg = f"{empty} stands for no value, so that there is no job; type values, such as seed=0,1"
        raise SinefitError(msg)
    return jobs


def list_values(override: Override) -> list[str]:
    """The words that a word stands for, one a value of a sweep."""
    key = override.get_key_element()
    if not override.is_sweep_override():
        return [f"{key}={override.get_value_element_as_str()}"]
    return [f"{key}={value}" for value in override.sweep_string_iterator()]
