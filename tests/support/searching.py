"""Spaces of the sweeper `search`, from words as they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra_plugins.sinefit_search._options import read_options
from hydra_plugins.sinefit_search._space import read_space

if TYPE_CHECKING:
    from hydra_plugins.sinefit_search._space import Space


def make_space(*words: str, **fields: Any) -> Space:
    """The space of some words.

    Args:
        words: as typed, without those of Hydra.
        fields: of `hydra.sweeper`.
    """
    overrides = OverridesParser.create().parse_overrides(list(words))
    return read_space(read_options(fields), overrides)


def list_words(*words: str, **fields: Any) -> list[str]:
    """The words of each job as one text, in order; for the arguments see `make_space`."""
    space = make_space(*words, **fields)
    assert sum(1 for _ in space.combinations()) == space.num_combinations
    return [" ".join([*trial.words, *repeat]) for trial in space.trials() for repeat in space.repeats]
