"""What was typed after `sinefit`, and the config that it makes, before Hydra starts anything."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from yaml import YAMLError

from sinefit.errors import SinefitError
from sinefit.settings.explain import explain_several_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hydra.core.config_loader import ConfigLoader
    from omegaconf import DictConfig

_QUESTIONS = ("cfg", "info", "shell_completion", "hydra_help", "help", "experimental_rerun")
"""Flags of Hydra's that it answers without running anything."""


@dataclass(frozen=True)
class Command:
    """A command line.

    Attributes:
        overrides: settings and choices.
        config: what it composes to, with the hydra node, values of sweeps left out; None for a question that
            Hydra answers without running anything: ``--cfg``, ``--info``, completion.
        is_sweep: whether it starts a sweep.
        loader: composes the configs of its jobs; None for a question.
    """

    overrides: tuple[str, ...]
    config: DictConfig | None = None
    is_sweep: bool = False
    loader: ConfigLoader | None = None


def read_command(words: Sequence[str], conf: Path) -> Command:
    """Understand a command line as Hydra will.

    Args:
        words: what was typed.
        conf: the folder of the config groups.

    Raises:
        SinefitError: if a folder or a value is not what it must be.
        HydraException: if the overrides make no config.
    """
    flags = get_args_parser().parse_intermixed_args(list(words))
    command = Command(tuple(flags.overrides))
    if any(getattr(flags, question) for question in _QUESTIONS):
        return command
    search_path = create_config_search_path(str(conf))
    if flags.config_dir is not None:
        folder = Path(flags.config_dir).absolute()
        if not folder.is_dir():
            msg = f"--config-dir must be a folder, got {flags.config_dir}"
            raise SinefitError(msg)
        search_path.prepend("command-line", f"file://{folder}", SearchPathQuery(provider="schema"))
    hydra = Hydra.create_main_hydra2("run", search_path)
    try:
        config = hydra.config_loader.load_configuration(
            flags.config_name or "config",
            flags.overrides,
            run_mode=RunMode.MULTIRUN,
            from_shell=True,
            validate_sweep_overrides=False,
        )
    except (YAMLError, UnicodeDecodeError) as error:  # in a file of one's own
        msg = f"a config file cannot be read: {' '.join(str(error).split())}"
        raise SinefitError(msg) from error
    finally:
        GlobalHydra.instance().clear()
    is_sweep = bool(flags.multirun) or config.hydra.mode == RunMode.MULTIRUN
    if not is_sweep:
        _refuse_several_values(flags.overrides)
    return replace(command, config=config, is_sweep=is_sweep, loader=hydra.config_loader)


def compose(arguments: Sequence[str], conf: Path) -> DictConfig:
    """The config for settings and ``--config-dir DIR`` alone, as ``sinefit gradients`` takes them.

    Args:
        arguments: what was typed behind ``gradients``.
        conf: the folder of the config groups.

    Raises:
        SinefitError: if something else was typed.
        HydraException: if the overrides make no config.
    """
    foreign = [
        word
        for word in arguments
        if (word.startswith("-") and not word.startswith(("--config-dir", "-cd")))
        or word.partition("=")[0] in {"resume", "rerun"}
    ]
    if foreign:
        got = " ".join(foreign)
        msg = f"gradients takes settings and --config-dir DIR, got {got}; type for example model=siren"
        raise SinefitError(msg)
    config = read_command(arguments, conf).config
    assert config is not None  # noqa: S101 - only flags ask questions
    return config


def _refuse_several_values(overrides: Sequence[str]) -> None:
    several = [
        each for each in OverridesParser.create().parse_overrides(list(overrides)) if each.is_sweep_override()
    ]
    if several:
        pairs = (str(each.input_line).partition("=") for each in several)
        raise SinefitError("\n".join(explain_several_values(key, values) for key, _, values in pairs))


def swept_keys(config: DictConfig, words: Sequence[str]) -> set[str]:
    """The keys that a sweep gives several values: as typed, and those of its sweeper.

    Args:
        config: of the sweep, with the hydra node.
        words: what was typed.
    """
    typed = get_args_parser().parse_intermixed_args(list(words)).overrides
    overrides = OverridesParser.create().parse_overrides(typed)
    swept = {override.key_or_group for override in overrides if override.is_sweep_override()}
    return swept | {str(key) for key in config.hydra.sweeper.get("params") or {}}


def count_jobs(config: DictConfig, typed: Sequence[str]) -> int | None:
    """How many jobs the basic sweeper makes of a sweep's overrides; None if only the sweeper knows.

    Args:
        config: of the sweep, with the hydra node.
        typed: the overrides.
    """
    if not str(config.hydra.sweeper._target_).endswith("BasicSweeper"):
        return None
    params = config.hydra.sweeper.get("params") or {}
    words = [*typed, *(f"{key}={value}" for key, value in params.items())]
    try:
        overrides = OverridesParser.create().parse_overrides(words)
        sweeps = [override for override in overrides if override.is_sweep_override()]
        return math.prod(sum(1 for _ in sweep.sweep_string_iterator()) for sweep in sweeps)
    except Exception:  # noqa: BLE001 - what a resolver or a glob raises here, the sweeper meets again
        return None
