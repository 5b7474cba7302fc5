"""All mistakes in what was typed: Hydra tells the first that it meets, people want to know the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from hydra_plugins.sinefit_fused._loader import SweepLoader
from omegaconf import open_dict
from omegaconf.errors import OmegaConfBaseException

from sinefit.errors import SinefitError
from sinefit.interrupts import loading_modules
from sinefit.settings.command import read_command
from sinefit.settings.explain import explain
from sinefit.settings.plain import hydra_globals, plain_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from omegaconf import DictConfig

    from sinefit.settings.command import Command

MOST_JOBS = 64
"""Jobs of a sweep that are looked at before it starts."""


def look_for_mistakes(command: Command) -> None:
    """Set a run up without training it; of a sweep, see whether any of its jobs can be trained.

    Jobs that differ in their mistakes fail one by one while the others are trained.

    Raises:
        SinefitError: if the run, or none of the jobs, could start. Whatever else somebody's own code raises
            is left for the run to meet again, which records it.
    """
    assert command.config is not None  # noqa: S101 - questions are not looked at
    found = _find_shared(command) if command.is_sweep else _find_mistakes(command.config)
    if found:
        raise SinefitError("\n".join(found))


def _find_shared(command: Command) -> list[str]:
    """The mistakes that all jobs of a sweep make, as far as one looks."""
    if command.jobs is None:
        return []
    shared: list[str] = []
    loader: Any = command.loader
    for num, words in enumerate(command.jobs.spread(MOST_JOBS)):
        job = loader.load_sweep_config(command.config, words)
        with open_dict(job.hydra):
            job.hydra.job.id, job.hydra.job.num = str(num), num
        found = _find_mistakes(job)
        shared = [line for line in shared if line in found] if num else found
        if not shared:
            break
        if num == 0:
            loader = SweepLoader(loader)
    return shared


def _find_mistakes(config: DictConfig) -> list[str]:
    """What keeps a run from starting, a sentence a line."""
    with loading_modules():
        from sinefit.core.run import check  # noqa: PLC0415 - loads torch
        from sinefit.settings.build import build_experiment  # noqa: PLC0415 - loads torch

    try:
        with hydra_globals(config):
            check(build_experiment(plain_settings(config)), config.objective, config.get("second_objective"))
    except SinefitError as error:
        return str(error).splitlines()
    except Exception:  # noqa: BLE001, S110 - see above
        pass
    return []


def explain_all(error: Exception, arguments: Sequence[str], conf: Path) -> str:
    """The words for an error, and for what else is wrong with what was typed, each once.

    Args:
        error: what Hydra raised of the arguments.
        arguments: what was typed.
        conf: the folder of the config groups.
    """
    words = list(arguments[1:] if arguments[:1] == ["gradients"] else arguments)
    texts = [explain(error, arguments, conf), *_explain_others(error, words, conf)]
    return "\n".join(dict.fromkeys(line for text in texts for line in text.splitlines()))


def _explain_others(error: Exception, words: list[str], conf: Path) -> Iterator[str]:
    """Compose without the word that each error is of, until nothing is wrong with the other words."""
    while (culprit := _find_culprit(error, words)) is not None:
        words.remove(culprit)
        try:
            command = read_command(words, conf)
            if command.config is not None:
                look_for_mistakes(command)
        except (SinefitError, HydraException, OmegaConfBaseException, ValueError) as other:
            yield explain(other, words, conf)
            error = other
        else:
            return


def _find_culprit(error: Exception, words: Sequence[str]) -> str | None:
    """The word with an unknown key or choice that Hydra stumbled over; None if that cannot be told."""
    cause = error.__cause__
    if isinstance(error, MissingConfigException) and "/" in (error.missing_cfg_file or ""):
        named = "=".join(str(error.missing_cfg_file).rsplit("/", 1))
        return next((word for word in words if word.lstrip("+") == named), None)
    if isinstance(error, ConfigCompositionException) and isinstance(cause, OmegaConfBaseException):
        return next((word for word in words if word.partition("=")[0] == cause.full_key), None)
    return None
