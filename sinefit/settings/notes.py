"""What is said before a run starts, since it is allowed and perhaps not what was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omegaconf import OmegaConf

from sinefit.record.neutral import HALVING
from sinefit.settings.suggestions import parameters_of
from sinefit.settings.words import name_of, tell_repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omegaconf import DictConfig

    from sinefit.settings.command import Command


def note(command: Command) -> Iterator[str]:
    """A line for each word that another makes void, that leaves a setting to torch, or that costs speed.

    Args:
        command: of a run or a sweep.
    """
    assert command.config is not None  # noqa: S101 - questions run nothing
    yield from tell_repeated(command.overrides)
    for override in command.overrides:
        if override.is_delete():
            yield from _tell_default(name_of(override), command.config)
    every = OmegaConf.select(command.config, "trainer.checkpoint_every")
    if every is not None and command.config.engine == "auto":
        yield f"trainer.checkpoint_every={every}: the plain engine trains, the only one that saves on the way"
    rungs = OmegaConf.select(command.config, f"trainer.{HALVING}.at")
    if rungs and not command.is_sweep and command.config.rerun is None:
        yield f"trainer.halving.at={rungs}: no effect on a single run, which is trained to its end"


def _tell_default(key: str, config: DictConfig) -> Iterator[str]:
    """What a setting is when a word has taken it away: its target's own default."""
    path, _, name = key.rpartition(".")
    target = str(OmegaConf.select(config, f"{path}._target_") if path else None)
    parameter = (parameters_of(target) or {}).get(name)
    if parameter is not None and parameter.default is not parameter.empty:
        yield f"~{key}: {target.rpartition('.')[2]} takes its own default, {key}={parameter.default}"
