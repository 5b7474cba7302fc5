"""Errors of composing a config in plain words: which key, what is allowed, and what to type."""

from __future__ import annotations

import difflib
import errno
import os
import re
from typing import TYPE_CHECKING

import yaml
from hydra.errors import ConfigCompositionException, MissingConfigException
from omegaconf import DictConfig
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TYPED = re.compile(r"To append to your config use \+[^=\s]+=(.*)")
"""Where Hydra 1.3 repeats the value of an unknown key."""
_NO_DEFAULT = re.compile(
    r"Could not override '([^']+)'\. No match in the defaults list\.\s.*?\+(\S+)", re.DOTALL
)
"""What Hydra 1.3 says of a choice in a group that is not there unless it is added."""
_NO_NAME = re.compile(r"Config group override must be a string or a list\. Got (\w+)")
"""The `ValueError` of Hydra 1.3 for a group that is given a number, or null."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def can_explain(error: Exception) -> bool:
    """Whether an error that is none of Hydra's own kinds needs no traceback all the same."""
    if isinstance(error, OSError):
        return error.errno in _FULL or error.filename is not None
    return isinstance(error, ValueError) and _NO_NAME.match(str(error)) is not None


def explain(error: Exception, arguments: Sequence[str], conf: Path) -> str:
    """The text to show for an error of sinefit, Hydra or OmegaConf.

    Args:
        error: what was raised.
        arguments: what was typed; some of Hydra's errors do not name it.
        conf: the folder of the config groups.
    """
    text, cause = str(error), error.__cause__
    if isinstance(error, ConfigCompositionException) and isinstance(cause, OmegaConfBaseException):
        unknown = _explain_unknown_key(cause, text)
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
    return _explain_text(text, arguments, conf) or _explain_merging(text, cause) or text.strip()


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


def suggest(name: str, known: Sequence[str], before: str = "") -> str:
    """What could have been meant by a name that is not known.

    Args:
        name: as typed.
        known: the names that are.
        before: stands before the one that is close.

    >>> suggest("lrr", ["lr", "betas"], "optimizer."), suggest("x", ["lr", "betas"])
    ('did you mean optimizer.lr?', 'known are lr, betas')
    """
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {before}{close[0]}?"
    return f"known are {', '.join(known)}" if known else "there are none"


def _explain_text(text: str, arguments: Sequence[str], conf: Path) -> str:
    """The words for what can only be told by Hydra's text; none for any other."""
    if no_default := _NO_DEFAULT.match(text):
        return f"{no_default[1]} is a group of which nothing is chosen yet; type +{no_default[2]}"
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


def _explain_unknown_key(error: OmegaConfBaseException, text: str) -> str | None:
    """The words for a key that no config file holds; None if the error is another.

    Args:
        error: OmegaConf's.
        text: what Hydra says of it, for the value that was typed.
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
    typed = _TYPED.search(text)
    value = typed[1] if typed else "VALUE"
    return (
        f"{key}={value}: {key} is no setting: {suggest(name, names, path + dot)}\n"
        f"`sinefit --cfg job` shows all settings; `+{key}={value}` adds a new one"
    )
