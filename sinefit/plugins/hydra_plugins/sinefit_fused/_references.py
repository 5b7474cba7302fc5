"""Resolves simple interpolations without a config; independent of jobs.

`${a.b}` and `${hydra:a.b}` are understood, wherever they end at a plain value. Anything else is refused, and
the caller asks OmegaConf instead. What it saves stands with its callers, `_location`, `_logs` and `_plain`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_REFERENCE = re.compile(r"\$\{(hydra:)?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\}")
_NOW = re.compile(r"\$\{now:[^${}\\]*\}")
_DEEPEST = 8  # references to references; more than this is a loop


class NotSimpleError(Exception):
    """The text holds something that only OmegaConf can resolve."""


def resolve(text: object, lookup: Callable[[str], object], depth: int = 0) -> str:
    r"""A text with its references replaced by the values that they name.

    Args:
        text: a value of a config, unresolved.
        lookup: gives the unresolved value at a dotted path, or raises NotSimpleError.
        depth: how many references led here.

    Raises:
        NotSimpleError: the text, or a value that it refers to, needs OmegaConf.

    >>> resolve("run_${hydra:job.num}/${lr}", {"hydra.job.num": 3, "lr": 0.1}.__getitem__)
    'run_3/0.1'
    """
    if type(text) not in (str, int, float, bool) or text == "???" or depth > _DEEPEST:
        raise NotSimpleError(text)
    written = str(text)
    if "$" not in written and "\\" not in written:
        return written
    if "$" in _REFERENCE.sub("", written) or "\\" in written:
        raise NotSimpleError(text)

    def value(match: re.Match[str]) -> str:
        path = match[2] if match[1] is None else f"hydra.{match[2]}"
        return resolve(lookup(path), lookup, depth + 1)

    return _REFERENCE.sub(value, written)


def referred_path(text: str) -> tuple[str, ...] | None:
    """The path that a text names, if it is one reference to the app's own config and nothing else.

    >>> referred_path("${optimizer.lr}"), referred_path("${hydra:job.num}"), referred_path("a_${lr}")
    (('optimizer', 'lr'), None, None)
    """
    found = _REFERENCE.fullmatch(text)
    return None if found is None or found[1] is not None else tuple(found[2].split("."))


def depends_on_the_time_alone(text: object) -> bool:
    """Whether the only interpolations in a text are `${now:...}`.

    >>> depends_on_the_time_alone("multirun/${now:%Y-%m-%d}")
    True
    """
    return isinstance(text, str) and "$" not in _NOW.sub("", text) and "\\" not in text
