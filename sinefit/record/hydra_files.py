"""What Hydra leaves in the folders of runs and sweeps; sole reader of `.hydra/*.yaml` and `multirun.yaml`.

Needs no Hydra and no OmegaConf: references such as ``${seed}`` stay as they are written.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sinefit.errors import RecordError
from sinefit.record.files import LARGEST_TEXT, read_regular
from sinefit.record.folder import CONFIG_NAME, HYDRA_NAME, OVERRIDES_NAME, SWEEP_NAMES
from sinefit.record.nested import flatten
from sinefit.record.references import check_references
from sinefit.record.text import clean

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    Folder = str | os.PathLike[str]

USUAL_CONFIG = "config"
"""The name of the main config, where no ``--config-name`` gives another."""
DEEPEST = 100
"""Levels of nesting that are read; thousands of them would end the process."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SOURCES = re.compile(r"^    config_sources:\n((?:    - .*\n|      .*\n)+)", re.MULTILINE)
_NAME = re.compile(r"^    config_name: (.+)$", re.MULTILINE)
_RERUN = re.compile(r"^    - '?rerun=", re.MULTILINE)
_SWEEPER, _TYPED = (
    re.compile(rf"^  {name}:\n(?:    .*\n|\n)+", re.MULTILINE) for name in ("sweeper", "overrides")
)
_BLOCK = re.compile(r"^(?=[^\s#-])", re.MULTILINE)


@dataclass(frozen=True)
class Invocation:
    """How a run or a sweep was started.

    Attributes:
        overrides: of its settings, as typed.
        hydra_overrides: those of Hydra's own settings.
        choices: config group to choice.
        config_dirs: the folders that ``--config-dir`` named.
        main_dir: the folder of the main config.
        unnamed: settings that are left out of folders' names that list the overrides.
    """

    overrides: list[str]
    hydra_overrides: list[str]
    choices: dict[str, str]
    config_dirs: list[str]
    main_dir: str
    unnamed: list[str]

    @property
    def flags(self) -> list[str]:
        """The flags that name the config folders, as typed."""
        return [word for path in self.config_dirs for word in ("--config-dir", path)]


def read_config(folder: Folder) -> dict[str, Any]:
    """The composed config of a run.

    Raises:
        RecordError: if it is missing, broken, or no mapping.
    """
    config = _read(folder, CONFIG_NAME)
    if not isinstance(config, dict):
        msg = f"{folder}/{CONFIG_NAME} is no config of a run of sinefit"
        raise RecordError(msg)
    try:
        check_references(config)
    except ValueError as error:
        msg = f"{folder}/{CONFIG_NAME} cannot be read: {error}"
        raise RecordError(msg) from error
    return config


def read_settings(folder: Folder) -> dict[str, Any]:
    """The composed config of a run by dotted paths; fast for thousands of runs that differ in few settings.

    Raises:
        RecordError: if it is missing or broken.
    """
    return dict(_read(folder, CONFIG_NAME, _flatten_blocks))


def read_overrides(folder: Folder) -> list[str]:
    """The overrides of a run's settings, as typed; Hydra writes them before it starts the run.

    Raises:
        RecordError: if they are missing or broken.
    """
    overrides = _read(folder, OVERRIDES_NAME)
    if not isinstance(overrides, list):
        msg = f"{folder}/{OVERRIDES_NAME} is no list of overrides"
        raise RecordError(msg)
    return as_typed(word for word in overrides if isinstance(word, str))


def read_invocation(folder: Folder) -> Invocation:
    """How a run was started.

    Raises:
        RecordError: if Hydra's record of it is missing or broken.
    """
    return _find_invocation(_read(folder, HYDRA_NAME), f"{folder}/{HYDRA_NAME}")


def read_flags(folder: Folder) -> list[str] | None:
    """The flags that a run's command had beside its settings; None for a rerun, which had another's settings.

    Only what is asked for is parsed, and equal parts once: a report asks thousands of runs.

    Raises:
        RecordError: if Hydra's record of it is missing or broken.
    """
    found: list[str] | None = _read(folder, HYDRA_NAME, _find_flags)
    return found


def read_sweep(folder: Folder) -> tuple[dict[str, Any], Invocation]:
    """The config of a sweep, without Hydra's own settings, and how it was started.

    Raises:
        RecordError: if neither `multirun.yaml` nor its copy can be read.
    """
    problems = []
    for name in SWEEP_NAMES:
        try:
            content = _read(folder, name)
            invocation = _find_invocation(content, name)
        except RecordError as error:
            problems.append(str(error))
            continue
        return {key: value for key, value in content.items() if key != "hydra"}, invocation
    msg = f"what {folder} was started with cannot be read; start the sweep again ({'; '.join(problems)})"
    raise RecordError(msg)


def read_search(folder: Folder) -> tuple[dict[str, Any], list[str]]:
    """The settings of a sweep's sweeper, and the overrides of its runs' settings as they were typed.

    Only these are parsed: a table can be of a thousand sweeps.

    Raises:
        RecordError: if neither `multirun.yaml` nor its copy can be read.
    """
    problems = []
    for name in SWEEP_NAMES:
        try:
            found: tuple[dict[str, Any], list[str]] = _read(folder, name, _find_search)
        except RecordError as error:
            problems.append(str(error))
        else:
            return found
    raise RecordError("; ".join(problems))


def as_typed(overrides: Iterable[str]) -> list[str]:
    """Overrides without those that ``resume=DIR`` and ``rerun=DIR`` leave: they are no settings of a run.

    >>> as_typed(["optimizer=adam", "resume=all"])
    ['optimizer=adam']
    """
    return [word for word in overrides if not word.startswith(("resume=", "rerun=", "trust="))]


def _find_invocation(content: Any, path: str) -> Invocation:  # noqa: ANN401 - what a file holds
    try:
        typed, runtime = content["hydra"]["overrides"], content["hydra"]["runtime"]
        names = content["hydra"]["job"]["config"]["override_dirname"]
        sources = {
            name: [str(source["path"]) for source in runtime["config_sources"] if source["provider"] == name]
            for name in ("command-line", "main")
        }
        invocation = Invocation(
            overrides=as_typed(typed["task"]),
            hydra_overrides=list(typed["hydra"]),
            choices={str(group): str(name) for group, name in runtime["choices"].items() if name},
            config_dirs=sources["command-line"],
            main_dir="".join(sources["main"][:1]),
            unnamed=list(map(str, names["exclude_keys"])),
        )
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"{path} does not say what was typed: {type(error).__name__}: {error}"
        raise RecordError(msg) from error
    words = [*invocation.overrides, *invocation.hydra_overrides, *invocation.config_dirs]
    if not all(isinstance(word, str) and not word.startswith("-") for word in words):
        msg = f"{path} does not say what was typed: an override is no text, or a flag"
        raise RecordError(msg)
    return invocation


def _find_search(text: str) -> tuple[dict[str, Any], list[str]]:
    blocks = [_parse(found[0]) if (found := block.search(text)) else {} for block in (_SWEEPER, _TYPED)]
    sweeper, typed = blocks[0].get("sweeper"), (blocks[1].get("overrides") or {}).get("task")
    words = [word for word in typed if isinstance(word, str)] if isinstance(typed, list) else []
    return sweeper if isinstance(sweeper, dict) else {}, words


def _find_flags(text: str) -> list[str] | None:
    if _RERUN.search(text):
        return None
    sources, name = _SOURCES.search(text), _NAME.search(text)
    flags = _parse_sources(sources[1]) if sources else []
    if name is None or name[1] == USUAL_CONFIG:
        return flags
    return [*flags, "--config-name", str(_parse(name[1]))]


@functools.lru_cache(maxsize=100)
def _parse_sources(block: str) -> list[str]:
    sources = _parse(block)
    paths = [str(each["path"]) for each in sources if each["provider"] == "command-line"]
    return [word for path in paths for word in ("--config-dir", path)]


def _read(folder: Folder, name: str, parse: Callable[[str], Any] | None = None) -> Any:  # noqa: ANN401
    path = f"{folder}/{name}"
    try:
        return (parse or _parse)(read_regular(path, LARGEST_TEXT).decode())
    except FileNotFoundError as error:
        msg = f"{folder} holds no {name}" if Path(folder).exists() else f"{folder} does not exist"
        raise RecordError(msg) from error
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        place = 'in "<unicode string>", '
        msg = f"{path} cannot be read: {str(reason).replace(place, '')}"
        raise RecordError(msg) from error


def _parse(text: str) -> Any:  # noqa: ANN401 - what a file holds
    """The plain values of a text; aliases, which grow without bounds, and deep nesting are refused."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
            msg = f"it holds aliases, or more than {DEEPEST} levels, which Hydra never writes"
            raise ValueError(msg)
    return clean(yaml.load(text, Loader=_LOADER), text)  # noqa: S506 - the safe loader, in C if there is one


def _flatten_blocks(text: str) -> list[tuple[str, Any]]:
    return [item for block in _BLOCK.split(text) for item in _flatten_block(block)]


@functools.lru_cache(maxsize=10_000)
def _flatten_block(block: str) -> list[tuple[str, Any]]:
    """A top-level key of a config with all that is below it; equal ones are parsed once."""
    content = _parse(block)
    return list(flatten(content).items()) if isinstance(content, dict) else []
