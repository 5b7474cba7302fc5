"""Errors of composing a config in plain words: which key, what is allowed, and what to type."""

from __future__ import annotations

import difflib
import errno
import re
from typing import TYPE_CHECKING

import yaml
from hydra.errors import ConfigCompositionException, MissingConfigException
from omegaconf import DictConfig
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SEVERAL = re.compile(r"Ambiguous value for argument '([^=']+)=([^']*)'")
"""How Hydra 1.3 begins what it says of a sweep without ``-m``."""
_TYPED = re.compile(r"To append to your config use \+[^=\s]+=(.*)")
"""Where Hydra 1.3 repeats the value of an unknown key."""
_NO_DEFAULT = re.compile(
    r"Could not override '([^']+)'\. No match in the defaults list\.\s.*?\+(\S+)", re.DOTALL
)
"""What Hydra 1.3 says of a choice in a group that is not there unless it is added."""
_NO_CHOICE = re.compile(r"Config group override must be a string or a list\. Got (\w+)")
"""The `ValueError` of Hydra 1.3 for a group that is given a number, or null."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def can_explain(error: Exception) -> bool:
    """Whether an error that is none of Hydra's own kinds needs no traceback all the same."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return isinstance(error, ValueError) and _NO_CHOICE.match(str(error)) is not None


def explain(error: Exception, arguments: Sequence[str] = (), conf: Path | None = None) -> str:
    """The text to show for an error of sinefit, Hydra or OmegaConf.

    Args:
        error: what was raised.
        arguments: what was typed; some of Hydra's errors do not name it.
        conf: the folder of the config groups.
    """
    text, cause = str(error), error.__cause__
    if isinstance(error, ConfigCompositionException) and isinstance(cause, OmegaConfBaseException):
        unknown = explain_unknown_key(cause, text)
        if unknown is not None:
            return unknown
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        return explain_choice(error.missing_cfg_file, list(error.options))
    if isinstance(error, OSError) and error.errno in _FULL:
        return (
            f"no room on the disk: {error.strerror}; a sweep goes on with resume=FOLDER, a single run starts"
            " elsewhere with hydra.run.dir=FOLDER"
        )
    return explain_text(text, arguments, conf) or merging_failed(text, cause) or text.strip()


def explain_text(text: str, arguments: Sequence[str], conf: Path | None) -> str | None:
    """The words for what can only be told by Hydra's text; None for any other."""
    several, no_default, no_choice = (pattern.match(text) for pattern in (_SEVERAL, _NO_DEFAULT, _NO_CHOICE))
    if several is not None:
        return explain_several_values(*several.groups())
    if no_default is not None:
        return f"{no_default[1]} is a group of which nothing is chosen yet; type +{no_default[2]}"
    if no_choice is not None:
        return (
            explain_no_names(arguments, conf) or f"a group takes the name of a choice, got a {no_choice[1]}"
        )
    return None


def merging_failed(text: str, cause: BaseException | None) -> str | None:
    """Hydra's words for a value that a setting of its own cannot take, with the reason."""
    if cause is None or not text.startswith("Error merging override"):
        return None
    return f"{text.splitlines()[0]}: {str(cause).splitlines()[0]}"


def explain_no_names(arguments: Sequence[str], conf: Path | None) -> str:
    """The words for groups that are given a number or null instead of the name of a choice."""
    lines = []
    for word in arguments:
        group, _, value = word.partition("=")
        folder = None if conf is None else conf / group.lstrip("+")
        if folder is not None and folder.is_dir() and not isinstance(yaml.safe_load(value), str):
            choices = sorted(file.stem for file in folder.glob("[!_]*.yaml"))
            if choices and value not in choices:
                lines.append(explain_choice(f"{group}/{value}", choices))
    return "\n".join(lines)


def explain_several_values(key: str, values: str) -> str:
    """The words for a list of values without ``-m``.

    >>> print(explain_several_values("seed", "1,2"))
    seed=1,2 are several values: add -m to train a run for each of them
    one value that is a list is typed 'seed=[1,2]'
    """
    return (
        f"{key}={values} are several values: add -m to train a run for each of them\n"
        f"one value that is a list is typed '{key}=[{values}]'"
    )


def explain_choice(file: str, choices: list[str]) -> str:
    """The words for a choice that a group does not have.

    >>> print(explain_choice("loss/mae", ["huber", "l1", "mse"]))
    loss=mae is no choice: did you mean mse? known are huber, l1, mse
    """
    group, _, name = file.rpartition("/")
    close = difflib.get_close_matches(name, choices, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{group}={name} is no choice: {hint}known are {', '.join(choices)}"


def explain_unknown_key(error: OmegaConfBaseException, text: str = "") -> str | None:
    """The words for a key that no config file holds; None if the error is another.

    Args:
        error: OmegaConf's.
        text: what Hydra says of it, for the value that was typed.
    """
    parent = error.parent_node
    is_unknown = isinstance(error, AttributeError | ConfigKeyError) and isinstance(parent, DictConfig)
    if not is_unknown or error.full_key is None:
        return None
    path, _, key = error.full_key.rpartition(".")
    names = [str(name) for name in parent if not str(name).startswith("_")]
    close = difflib.get_close_matches(key, names, n=1)
    before = f"{path}." if path else ""
    hint = (
        f"did you mean {before}{close[0]}?" if close else f"known are {', '.join(before + n for n in names)}"
    )
    typed = _TYPED.search(text)
    value = typed[1] if typed else "VALUE"
    return (
        f"{error.full_key}={value}: {error.full_key} is no setting: {hint}\n"
        f"`sinefit --cfg job` shows all settings; `+{error.full_key}={value}` adds a new one"
    )
