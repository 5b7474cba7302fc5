"""All mistakes in what was typed: Hydra tells the first that it meets, people want to know the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from sinefit.core.metrics import find_metric
from sinefit.errors import SinefitError
from sinefit.interrupts import loading_modules
from sinefit.settings.command import read_command
from sinefit.settings.explain import explain
from sinefit.settings.plain import plain_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from omegaconf import DictConfig


def look_for_mistakes(config: DictConfig) -> None:
    """Set a run up without training it.

    Raises:
        SinefitError: if it could not start. Whatever else somebody's own code raises is left for the run to
            meet again, which records it.
    """
    with loading_modules():
        from sinefit.core.run import check  # noqa: PLC0415 - loads torch
        from sinefit.settings.build import build_experiment  # noqa: PLC0415 - loads torch

    try:
        check(build_experiment(plain_settings(config)), config.objective)
    except SinefitError:
        raise
    except Exception:  # noqa: BLE001 - see above
        return


def look_for_lost_objective(config: DictConfig, swept: Iterable[str]) -> None:
    """Refuse a sweep whose jobs cannot have their objective: there would be nothing to rank them by.

    Args:
        config: as composed, without the values that are swept.
        swept: the keys that are; where they change data or objective, each job is looked at by itself.

    Raises:
        SinefitError: saying what the objective needs.
    """
    groups = {key.lstrip("+~").partition(".")[0] for key in swept}
    if find_metric(str(config.objective)).needs and not groups & {"data", "objective", "experiment"}:
        look_for_mistakes(config)


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
            if command.config is not None and not command.is_sweep:
                look_for_mistakes(command.config)
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
