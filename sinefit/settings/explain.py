"""Errors of composing a config in plain words: which key, what is allowed, and what to type."""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

import yaml
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException
from yaml import YAMLError

from sinefit.errors import SinefitError, describe_error
from sinefit.record.nested import flatten
from sinefit.settings.suggestions import parameters_of, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TYPED = re.compile(r"To append to your config use \+([^=\s]+=.*)")
"""Where Hydra 1.3 repeats the value of an unknown key."""
_NO_DEFAULT = re.compile(
    r"Could not override '([^']+)'\. No match in the defaults list\.\s.*?\+(\S+)", re.DOTALL
)
"""What Hydra 1.3 says of a choice in a group that is not there unless it is added."""
_TWICE = re.compile(r"Multiple values for ([^.\s]+)\.")
"""What Hydra 1.3 says of a group that is chosen twice."""
_NO_NAME = re.compile(r"Config group override must be a string or a list\. Got (\w+)")
"""The `ValueError` of Hydra 1.3 for a group that is given a number, or null."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def explain(error: Exception, arguments: Sequence[str], conf: Path) -> str:
    """The text to show for an error of sinefit, Hydra or OmegaConf.

    Args:
        error: what was raised.
        arguments: what was typed; some of Hydra's errors do not name it.
        conf: the folder of the config groups.
    """
    text, cause = str(error), error.__cause__
    if isinstance(error, ConfigCompositionException) and isinstance(cause, OmegaConfBaseException):
        unknown = _explain_unknown_key(cause, text, conf)
        if unknown is not None:
            return unknown
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        return _explain_choice(error.missing_cfg_file, list(error.options))
    if isinstance(error, OSError) and error.errno in _FULL:
        return (
            f"no room on the disk: {error.strerror}; a sweep goes on with resume=FOLDER, a single run starts"
            " elsewhere with hydra.run.dir=FOLDER"
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fsdecode(error.filename)} cannot be used: {error.strerror}"
    if isinstance(error, YAMLError | UnicodeDecodeError):
        return explain_file(error)
    told = _explain_text(text, arguments, conf) or _explain_merging(text, cause)
    return told or _explain_others(error, arguments, conf)


def _explain_others(error: Exception, arguments: Sequence[str], conf: Path) -> str:
    """The text of an error of a known kind; for any other, how to see where it comes from."""
    if isinstance(error, SinefitError | HydraException | OmegaConfBaseException):
        return str(error).strip()
    is_group = isinstance(error, TypeError | AttributeError)
    names = _explain_no_names(arguments, conf) if is_group else ""
    return names or f"{describe_error(error)}; HYDRA_FULL_ERROR=1 shows where"


def explain_several_values(key: str, values: str) -> str:
    """The words for several values of a setting without ``-m``.

    Args:
        key: the setting.
        values: as typed.

    >>> print(explain_several_values("seed", "1,2"))
    seed=1,2 are several values: add -m to train a run for each of them
    one value that is a list is typed 'seed=[1,2]'
    """
    line = f"{key}={values} are several values: add -m to train a run for each of them"
    return line if "(" in values else f"{line}\none value that is a list is typed '{key}=[{values}]'"


def explain_file(error: YAMLError | UnicodeDecodeError) -> str:
    """The words for a config file that cannot be read."""
    if isinstance(error, UnicodeDecodeError):
        text = bytes(error.object)
        line = text.count(b"\n", 0, error.start) + 1
        near = text.splitlines()[line - 1].decode("ascii", "replace").strip()
        return f"a config file holds a byte that is no UTF-8, in line {line}: {near}; save it as UTF-8"
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return f"a config file cannot be read: {' '.join(str(error).split())}"
    problem = " ".join(str(getattr(error, "problem", error)).split())
    hint = "; YAML is indented by spaces" if "\\t" in problem else ""
    return f"{mark.name} cannot be read: {problem} in line {mark.line + 1}{hint}"


def _explain_text(text: str, arguments: Sequence[str], conf: Path) -> str:
    """The words for what can only be told by Hydra's text; none for any other."""
    if no_default := _NO_DEFAULT.match(text):
        return f"{no_default[1]} is a group of which nothing is chosen yet; type +{no_default[2]}"
    if twice := _TWICE.match(text):
        return f"{twice[1]} is typed twice; type +{twice[1]}=[A,B] for both, the second stronger"
    if no_name := _NO_NAME.match(text):
        return _explain_no_names(arguments, conf) or f"a group takes the name of a choice, got a {no_name[1]}"
    return ""


def _explain_merging(text: str, cause: BaseException | None) -> str:
    """Hydra's words for a value that a setting of its own cannot take, with the reason."""
    is_merging = text.startswith("Error merging override") and cause is not None
    return f"{text.splitlines()[0]}: {str(cause).splitlines()[0]}" if is_merging else ""


def _explain_no_names(arguments: Sequence[str], conf: Path) -> str:
    """The words for groups that are given a number or null instead of the name of a choice."""
    lines = []
    for word in arguments:
        group, _, value = word.partition("=")
        if (conf / group.lstrip("+")).is_dir() and not isinstance(yaml.safe_load(value), str):
            choices = sorted(file.stem for file in (conf / group.lstrip("+")).glob("*.yaml"))
            if choices and value not in choices:
                lines.append(_explain_choice(f"{group}/{value}", choices))
    return "\n".join(lines)


def _explain_choice(file: str, choices: list[str]) -> str:
    """The words for a choice that a group does not have, as loss/mae."""
    group, _, name = file.rpartition("/")
    hint, known = suggest(name, choices), f"known are {', '.join(choices)}"
    return f"{group}={name} is no choice: {hint if hint == known else f'{hint} {known}'}"


def _explain_unknown_key(error: OmegaConfBaseException, text: str, conf: Path) -> str | None:
    """The words for a key that no config file holds; None if the error is another.

    Args:
        error: OmegaConf's.
        text: what Hydra says of it, for the value that was typed.
        conf: the folder of the config groups.
    """
    parent, key = error.parent_node, error.full_key
    if (
        not isinstance(error, AttributeError | ConfigKeyError)
        or not isinstance(parent, DictConfig)
        or not key
    ):
        return None
    path, dot, name = key.rpartition(".")
    names = [str(each) for each in parent if not str(each).startswith("_") and each != "hydra"]
    root = OmegaConf.to_container(parent._get_root(), resolve=False)  # noqa: SLF001 - OmegaConf has no other way
    elsewhere = [] if path.startswith("hydra") else flatten({**dict(root), "hydra": None})  # type: ignore[arg-type]
    typed = _TYPED.search(text)
    word = typed[1] if typed else f"{key}=VALUE"
    target = dict(OmegaConf.to_container(parent, resolve=False)).get("_target_")  # type: ignore[arg-type]
    taken = parameters_of(str(target)) if target is not None else None
    hint = suggest(name, names, path + dot, elsewhere)
    if others := _choices_with(conf / path.replace(".", "/"), name):
        hint = f"{path}={' or '.join(others)} has it; {hint}"
    line = f"{word}: {key} is no setting{f' of {_class_of(target)}' if target else ''}: {hint}"
    if target is not None and taken is not None and name not in taken:
        return line
    return f"{line}\n`sinefit --cfg job` shows all settings; `+{word}` adds a new one"


def _class_of(target: object) -> str:
    return str(target).rpartition(".")[2]


def _choices_with(group: Path, name: str) -> list[str]:
    """The choices of a group whose files have a setting."""
    if not group.is_dir():
        return []
    files = {
        file.stem: yaml.safe_load(file.read_text(encoding="utf-8"))
        for file in sorted(group.glob("[!_]*.yaml"))
    }
    return [choice for choice, settings in files.items() if isinstance(settings, dict) and name in settings]
