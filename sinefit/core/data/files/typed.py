"""Settings as a user types them in a shell, for messages; independent of what the settings mean."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# What Hydra's grammar takes as text without quotation marks.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"true", "false", "null", "nan", "inf"})


def type_list(setting: str, names: Iterable[str]) -> str:
    r"""A list setting as one word of a shell.

    Args:
        setting: a dotted path such as ``data.drop``.
        names: the elements.

    >>> print(type_list("data.drop", ["when", "a b"]))
    'data.drop=[when,"a b"]'
    """
    return shlex.quote(f"{setting}=[{','.join(map(_quote, names))}]")


def _quote(name: str) -> str:
    if _PLAIN.fullmatch(name) and name.lower() not in _WORDS:
        return name
    escaped = name.replace('\\"', '\\\\"').replace('"', '\\"').replace("${", "\\${")
    return f'"{escaped}"'


def shorten(text: str, most: int = 40) -> str:
    """A value in quotation marks, cut where it is long.

    Args:
        text: the value.
        most: the number of characters that stay.

    >>> shorten("red"), shorten("x" * 50, most=5)
    ("'red'", "'xxxxx...'")
    """
    return repr(text if len(text) <= most else f"{text[:most]}...")
