"""The settings of `hydra.sweeper`, checked; must not know the settings that are swept."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hydra.errors import CompactHydraException
from omegaconf import OmegaConf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DRAWING = ("sobol", "uniform")
"""Samplers that draw without looking at results."""
LEARNING = ("tpe", "gp", "cmaes", "nsga2")
"""Samplers that learn from the jobs that have ended."""
SAMPLERS = (*DRAWING, *LEARNING)
DIRECTIONS = ("minimize", "maximize")
REPEATS_BY = ("median", "mean", "worst")
MOST_JOBS = 100_000
"""More jobs than these are started only where `confirm` is set."""


@dataclass(frozen=True)
class Options:
    """What `hydra.sweeper` holds, see `SearchSweeperConf`, with what null stands for.

    Attributes:
        sampler: None where nothing is drawn.
        directions: one for each objective.
        is_confirmed: whether more jobs than `MOST_JOBS` are wanted.
    """

    max_batch_size: int | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    tree: Mapping[Any, Any] = field(default_factory=dict)
    where: str | None = None
    sampler: str | None = None
    num_draws: int | None = None
    levels: int | None = None
    seed: int = 0
    is_confirmed: bool = False
    batch_size: int | None = None
    directions: tuple[str, ...] = ("minimize",)
    repeats_by: str = "median"

    @property
    def is_learning(self) -> bool:
        """Whether the sampler learns from the jobs that have ended."""
        return self.sampler in LEARNING


def read_options(node: Mapping[Any, Any]) -> Options:
    """Check the settings of the sweeper.

    Args:
        node: the fields of `SearchSweeperConf` by name, some of them perhaps nodes of a config.

    Raises:
        CompactHydraException: naming all that are wrong, and what is allowed.
    """
    fields: dict[str, Any] = {
        str(name): OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        for name, value in node.items()
        if not str(name).startswith("_")
    }
    mistakes = [
        f"hydra.sweeper.{name} must be {text}, got {fields[name]!r}"
        for name, (text, is_right) in _ALLOWED.items()
        if fields.get(name) is not None and not is_right(fields[name])
    ]
    mistakes = mistakes or list(_find_contradictions(fields))
    if mistakes:
        raise CompactHydraException("\n".join(mistakes))
    given = {name: value for name, value in fields.items() if value is not None}
    direction = given.pop("direction", "minimize")
    given["directions"] = (direction,) if isinstance(direction, str) else tuple(direction)
    given["is_confirmed"] = given.pop("confirm", False)
    if "num_draws" in given:
        given.setdefault("sampler", DRAWING[0])
    return Options(**given)


def _whole(least: int, most: float = math.inf) -> tuple[str, Callable[[Any], bool]]:
    text = f"null or a whole number, {least} or more" if most == math.inf else f"{least} to {most:.0f}"
    return text, lambda value: type(value) is int and least <= value <= most


def _one_of(words: tuple[str, ...]) -> tuple[str, Callable[[Any], bool]]:
    return f"one of {', '.join(words)}", lambda value: value in words


def _is_direction(value: Any) -> bool:  # noqa: ANN401 - whatever was typed
    if isinstance(value, str):
        return value in DIRECTIONS
    return isinstance(value, list) and bool(value) and all(each in DIRECTIONS for each in value)


_ALLOWED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "max_batch_size": _whole(1),
    "params": ("a mapping of settings to values", lambda value: isinstance(value, dict)),
    "tree": ("a mapping of settings to values or branches", lambda value: isinstance(value, dict)),
    "where": ("a condition in quotes", lambda value: isinstance(value, str) and bool(value.strip())),
    "sampler": _one_of(SAMPLERS),
    "num_draws": _whole(1),
    "levels": _whole(2),
    "seed": _whole(0),
    "confirm": ("true or false", lambda value: isinstance(value, bool)),
    "batch_size": _whole(1),
    "direction": (f"{' or '.join(DIRECTIONS)}, or a list of these", _is_direction),
    "repeats_by": _one_of(REPEATS_BY),
}
"""Name to what it must be, in words and as a test."""


def _find_contradictions(fields: Mapping[str, Any]) -> list[str]:
    """What would be ignored, or cannot be had together, a sentence each."""
    given = {name for name, value in fields.items() if value is not None}
    sampler = fields.get("sampler")
    mistakes = []
    if "num_draws" not in given:
        mistakes += [
            f"hydra.sweeper.{name}={fields[name]} is of draws: type hydra.sweeper.num_draws=50 beside it, or"
            f" leave it out"
            for name in ("sampler", "seed")
            if name in given
        ]
    elif "levels" in given:
        mistakes.append(
            f"hydra.sweeper.levels={fields['levels']} makes a grid, hydra.sweeper.num_draws="
            f"{fields['num_draws']} draws: type one of them"
        )
    if sampler not in LEARNING:
        mistakes += [
            f"hydra.sweeper.{name}={fields[name]} is of samplers that learn: type hydra.sweeper.sampler=tpe"
            f" (or {', '.join(LEARNING[1:])}) beside it, or leave it out"
            for name in ("batch_size", "direction", "repeats_by")
            if name in given
        ]
    return mistakes
