"""What files of `experiment` and `search` ask for and Hydra would lose without a word: honored or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hydra.types import RunMode
from omegaconf import OmegaConf

from sinefit.errors import SinefitError
from sinefit.settings.sweeping import list_values
from sinefit.settings.words import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from hydra.plugins.config_source import ConfigResult
    from omegaconf import DictConfig

GROUPS = ("experiment", "search")
"""Groups whose files set what belongs to others: a ready-made run, a ready-made search."""


def choose_for_hydra(loader: ConfigLoader, config_name: str, overrides: Sequence[Override]) -> list[str]:
    """The words for what experiments choose of Hydra's groups by ``override /hydra/launcher: joblib``.

    Hydra takes only what the main config says of its own groups.

    Args:
        loader: finds the files.
        config_name: of the main config.
        overrides: as typed.

    Raises:
        SinefitError: if an experiment lacks its first line, so that its settings would go nowhere, or is a
            sweep within the sweep.
    """
    chosen = [each for each in overrides if name_of(each) in GROUPS and not each.is_delete()]
    wanted: dict[str, str] = {}
    for override in chosen:
        for word in list_values(override):
            for file in _read_files(loader, config_name, [word]):
                if override.is_sweep_override() and _swept_by(_sweeper_of(file)):
                    msg = (
                        f"{word} is a sweep of its own, which cannot be a part of another; type"
                        f" `sinefit -m {word}`"
                    )
                    raise SinefitError(msg)
                wanted |= _hydras_choices(file)
    typed = {name_of(each) for each in overrides}
    return [f"{group}={choice}" for group, choice in wanted.items() if group not in typed]


def refuse_single(config: DictConfig, overrides: Sequence[Override]) -> None:
    """Refuse a single run of an experiment that is a sweep, unless each swept setting has been typed.

    Args:
        config: as composed, with the hydra node.
        overrides: as typed.

    Raises:
        SinefitError: naming what it sweeps over.
    """
    typed = {name_of(each) for each in overrides}
    open_ones = [key for key in _swept_by(config.hydra.sweeper) if key not in typed]
    names = [str(each.input_line) for each in overrides if name_of(each) in GROUPS]
    if open_ones and names:
        msg = f"{names[0]} is a sweep over {', '.join(open_ones)}: add -m, or type one value for each of them"
        raise SinefitError(msg)


def _read_files(loader: Any, config_name: str, words: list[str]) -> Iterator[ConfigResult]:  # noqa: ANN401 - more than Hydra's interface names
    """The files of an experiment, those that it is made of first.

    Raises:
        SinefitError: if one of them lacks its first line.
    """
    for each in loader.compute_defaults_list(config_name, words, RunMode.MULTIRUN).defaults:
        if str(each.config_path).partition("/")[0] in GROUPS:
            file = loader.repository.load_config(each.config_path)
            if each.package:
                msg = (
                    f"{each.config_path}.yaml sets {each.package}.*, which nobody reads: its first line must"
                    f" be `# @package _global_`, got package {file.header['package'] or 'none'}"
                )
                raise SinefitError(msg)
            yield file


def _sweeper_of(file: ConfigResult) -> Any:  # noqa: ANN401 - a node of a file, or none
    return OmegaConf.select(file.config, "hydra.sweeper") or {}


def _swept_by(sweeper: Any) -> list[str]:  # noqa: ANN401 - a node of a file, or of a config
    """The settings over which a file or a config sweeps."""
    nodes = [sweeper.get("params") or {}, sweeper.get("tree") or {}]
    return [str(key).lstrip("+") for node in nodes for key in node]


def _hydras_choices(file: ConfigResult) -> dict[str, str]:
    entries: list[Any] = [each for each in file.defaults_list or () if each.is_override()]
    groups = {str(each.group).lstrip("/"): str(each.value) for each in entries}
    return {group: choice for group, choice in groups.items() if group.startswith("hydra/")}
