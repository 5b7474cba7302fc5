"""Errors of composing a config in plain words: which key, what is allowed, and what to type."""

from __future__ import annotations

import difflib
import re

from hydra.errors import ConfigCompositionException
from omegaconf import DictConfig
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException

_SEVERAL = re.compile(r"Ambiguous value for argument '([^=']+)=([^']*)'")
"""How Hydra 1.3 begins what it says of a sweep without ``-m``."""


def explain(error: Exception) -> str:
    """The text to show for an error of sinefit, Hydra or OmegaConf."""
    cause = error.__cause__
    if isinstance(error, ConfigCompositionException) and isinstance(cause, OmegaConfBaseException):
        unknown = explain_unknown_key(cause)
        if unknown is not None:
            return unknown
    several = _SEVERAL.match(str(error))
    if several is not None:
        return explain_several_values(*several.groups())
    return str(error).strip()


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


def explain_unknown_key(error: OmegaConfBaseException) -> str | None:
    """The words for a key that no config file holds; None if the error is another."""
    parent = error.parent_node
    is_unknown = isinstance(error, AttributeError | ConfigKeyError) and isinstance(parent, DictConfig)
    if not is_unknown or error.full_key is None:
        return None
    path, _, key = error.full_key.rpartition(".")
    siblings = [f"{path}.{name}" if path else str(name) for name in parent]
    close = difflib.get_close_matches(key, [str(name) for name in parent], n=1)
    hint = (
        f"did you mean {path + '.' if path else ''}{close[0]}?"
        if close
        else f"known are {', '.join(siblings)}"
    )
    return (
        f"{error.full_key} is no setting: {hint}\n"
        f"`sinefit --cfg job` shows all settings; `+{error.full_key}=VALUE` adds a new one"
    )
