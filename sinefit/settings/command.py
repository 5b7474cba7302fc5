"""What was typed after `sinefit`, and the config that it makes, before Hydra starts anything."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path, get_args_parser
from hydra.core.config_search_path import SearchPathQuery
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from yaml import YAMLError

from sinefit.errors import SinefitError
from sinefit.settings.experiments import choose_for_hydra, refuse_single
from sinefit.settings.explain import explain_file, explain_several_values
from sinefit.settings.sweeping import Jobs, is_searching, list_jobs, sweep_with_group
from sinefit.settings.words import key_of, read_words, refuse_repeated

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig

MAIN = "config"
"""The main config's name."""
_QUESTIONS = ("cfg", "info", "shell_completion", "hydra_help", "help")
"""Flags of Hydra's that it answers without running anything."""
_COMMANDS = ("run", "multirun", "cfg", "info")
"""Flags that say what to do, of which there can be one."""


@dataclass(frozen=True)
class Command:
    """A command line.

    Attributes:
        words: for Hydra, flags included.
        overrides: settings and choices, as parsed.
        config: what they compose to, with the hydra node, values of sweeps left out; None for a question that
            Hydra answers without running anything: ``--cfg``, ``--info``, completion.
        is_sweep: whether it starts a sweep.
        jobs: of the sweep; None if only the sweeper knows them.
        loader: composes the configs of jobs.
    """

    words: tuple[str, ...]
    overrides: tuple[Override, ...] = ()
    config: DictConfig | None = None
    is_sweep: bool = False
    jobs: Jobs | None = None
    loader: ConfigLoader | None = None


def read_command(words: Sequence[str], conf: Path) -> Command:
    """Understand a command line as Hydra will.

    Args:
        words: what was typed.
        conf: the folder of the config groups.

    Raises:
        SinefitError: if a word, a flag, a folder or a file is not what it must be.
        HydraException: if the overrides make no config.
    """
    flags = _read_flags(words)
    if any(getattr(flags, question) for question in _QUESTIONS):
        return Command(tuple(words))
    with _loading(flags.config_dir, conf) as loader:
        overrides = read_words(flags.overrides, loader)
        added = choose_for_hydra(loader, flags.config_name or MAIN, overrides)
        flags.overrides += added
        better: dict[str, str] = {}
        try:
            config = _compose(loader, flags)
        except ConfigCompositionException:
            better = sweep_with_group(overrides) if flags.multirun else {}
            if not better:
                raise
            flags.overrides = [better.get(word, word) for word in flags.overrides]
            config = _compose(loader, flags)
        _check_name(config)
        overrides = read_words(flags.overrides, loader)
        for_hydra = *(better.get(word, word) for word in words), *added
        command = Command(for_hydra, tuple(overrides), config, loader=loader)
        if flags.multirun or config.hydra.mode == RunMode.MULTIRUN:
            refuse_repeated(overrides, knows_conditions=is_searching(config))
            return replace(command, is_sweep=True, jobs=list_jobs(config, overrides, loader))
        _refuse_several_values(overrides)
        refuse_single(config, overrides)
    return command


@contextmanager
def _loading(config_dir: str | None, conf: Path) -> Iterator[ConfigLoader]:
    """Hydra's loader for the files of a folder of one's own and of the project.

    Raises:
        SinefitError: if the folder is none, or a file cannot be read.
    """
    search_path = create_config_search_path(str(conf))
    if config_dir is not None:
        folder = Path(config_dir).absolute()
        if not config_dir or not folder.is_dir():
            msg = f"--config-dir must be a folder, got {config_dir!r}"
            raise SinefitError(msg)
        search_path.prepend("command-line", f"file://{folder}", SearchPathQuery(provider="schema"))
    try:
        yield Hydra.create_main_hydra2("run", search_path).config_loader
    except (YAMLError, UnicodeDecodeError) as error:
        raise SinefitError(explain_file(error)) from error
    finally:
        GlobalHydra.instance().clear()


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
        or key_of(word) in {"resume", "rerun"}
    ]
    if foreign:
        got = " ".join(foreign)
        msg = f"gradients takes settings and --config-dir DIR, got {got}; type for example model=siren"
        raise SinefitError(msg)
    config = read_command(arguments, conf).config
    assert config is not None  # noqa: S101 - only flags ask questions
    return config


def _compose(loader: ConfigLoader, flags: Namespace) -> DictConfig:
    return loader.load_configuration(
        flags.config_name or MAIN,
        flags.overrides,
        run_mode=RunMode.MULTIRUN,
        from_shell=True,
        validate_sweep_overrides=False,
    )


def _check_name(config: DictConfig) -> None:
    """Refuse names of a job, and of its folder of configs, that lead out of the job's folder."""
    for key, name in {"name": config.hydra.job.name, "output_subdir": config.hydra.output_subdir}.items():
        if name is not None and Path(str(name)).name != str(name):
            full = "hydra.job.name" if key == "name" else "hydra.output_subdir"
            msg = f"{full} must be the name of a file without a folder, got {str(name)!r}"
            raise SinefitError(msg)


def _read_flags(words: Sequence[str]) -> Namespace:
    """What stands behind the flags, and the other words.

    Raises:
        SinefitError: if a flag is unknown, or stands beside one that wants something else.
    """

    def refuse(message: str) -> NoReturn:
        msg = f"{message}; `sinefit --help` shows what can be typed"
        raise SinefitError(msg)

    parser: Any = get_args_parser()
    parser.error = refuse
    flags: Namespace = parser.parse_intermixed_args(list(words))
    wanted = [f"--{name}" for name in _COMMANDS if getattr(flags, name)]
    if len(wanted) > 1:
        refuse(f"{' and '.join(wanted)} are different commands: type one")
    if (flags.resolve or flags.package) and not (flags.cfg or flags.help):
        refuse("--resolve and --package belong to --cfg job")
    if flags.experimental_rerun:
        msg = "--experimental-rerun repeats no run of sinefit; type rerun=RUN_DIR"
        raise SinefitError(msg)
    return flags


def _refuse_several_values(overrides: Sequence[Override]) -> None:
    several = [each for each in overrides if each.is_sweep_override()]
    if several:
        pairs = (str(each.input_line).partition("=") for each in several)
        raise SinefitError("\n".join(explain_several_values(key, values) for key, _, values in pairs))
