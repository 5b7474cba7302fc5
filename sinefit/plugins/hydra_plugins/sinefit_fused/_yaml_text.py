"""Writes the YAML of a config whose siblings differ from it in a few values; knows nothing of Hydra.

The text is what `OmegaConf.to_yaml` writes, byte for byte. It is written once, with a mark at each place that
differs; later texts are joined from its pieces and the lines of the values.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Path = tuple[str, ...]

# Strings that YAML writes as they are in block style, and that no YAML resolver takes for anything else than
# a string: an override (key=value), an absolute path. Without a space they are never folded, however long.
_PLAIN = re.compile(r"(?:[+~]{0,2}[A-Za-z_][A-Za-z0-9_./]*=[A-Za-z0-9_./=,+-]*|/[A-Za-z0-9_./=,+-]*)\Z")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+\Z")


def _scalar_text(value: object) -> str | None:
    """Return how YAML writes a scalar of an evident form; None if the form is not evident."""
    if type(value) is int:
        return str(value)
    if type(value) is float:
        written = repr(value)
        return written if _DECIMAL.match(written) else None
    if type(value) is str:
        if _PLAIN.match(value):
            return value
        if value.isascii() and value.isdigit():
            return f"'{value}'"  # OmegaConf quotes what would be read back as a number
    return None


def _dumped(depth: int, key: str, value: object) -> str:
    """Return the lines of one entry, as OmegaConf writes them `depth` mappings deep."""
    nested: Any = {key: value}
    for _ in range(depth):
        nested = {"x": nested}
    lines = OmegaConf.to_yaml(OmegaConf.create(nested)).split("\n", depth)
    return lines[depth]


@lru_cache(maxsize=4096)
def _prefix(depth: int, key: str) -> str | None:
    """Return what stands before the value on an entry's line, or None if the key is not written simply."""
    line = _dumped(depth, key, "value")
    return line.removesuffix("value\n") if line.endswith(": value\n") and line.count("\n") == 1 else None


@lru_cache(maxsize=4096, typed=True)
def _remembered(depth: int, key: str, value: object) -> str:
    return _dumped(depth, key, value)


@lru_cache(maxsize=32768)
def _string_item(depth: int, item: str) -> str:
    """Return the lines of one item of a list of strings that stands `depth` mappings deep."""
    if _PLAIN.match(item):
        return f"{'  ' * depth}- {item}\n"
    return _dumped(depth, "x", [item]).split("\n", 1)[1]


def list_text(items: Sequence[str], depth: int = 0) -> str:
    r"""Return the YAML of a list of strings, at the root (depth 0) or as the value of a key, without the key.

    >>> list_text(["seed=1", "name=' '"])
    "- seed=1\n- name=' '\n"
    """
    if not items:
        return "[]\n"
    return "".join([_string_item(depth, item) for item in items])


def entry_text(depth: int, key: str, value: object) -> str:
    r"""Return the YAML lines of one entry of a mapping that stands `depth` mappings deep.

    >>> entry_text(1, "lr", 0.1)
    '  lr: 0.1\n'
    """
    prefix = _prefix(depth, key)
    if prefix is not None:
        scalar = _scalar_text(value)
        if scalar is not None:
            return f"{prefix}{scalar}\n"
        if isinstance(value, list) and value and all(type(item) is str for item in value):
            return f"{prefix.rstrip()}\n{list_text(value, depth)}"
    if isinstance(value, str | int | None) or (isinstance(value, float) and value != 0):  # 0.0 equals -0.0
        return _remembered(depth, key, value)
    return _dumped(depth, key, value)


class NotSeparableError(Exception):
    """A place that is to differ cannot be found in the YAML text."""


class YamlText:
    """The YAML of a nested mapping, with places whose values are given later.

    Args:
        contents: The mapping, unresolved. It is not changed.
        places: The paths of the values to be given; each leads through mappings to an entry.

    Raises:
        NotSeparableError: A place is not written as an entry of its own.
    """

    def __init__(self, contents: Mapping[str, Any], places: Sequence[Path]) -> None:
        marks = {place: f"sinefit-place-{number}-of-this-text" for number, place in enumerate(places)}
        marked: dict[str, Any] = dict(contents)
        for place, mark in marks.items():
            _set_copied(marked, place, mark)
        text = OmegaConf.to_yaml(OmegaConf.create(marked))
        self._pieces: list[str | int] = []
        found = []
        for number, (place, mark) in enumerate(marks.items()):
            line = _dumped(len(place) - 1, place[-1], mark)
            start = text.find(line)
            if text.count(line) != 1 or (start > 0 and text[start - 1] != "\n"):
                raise NotSeparableError(place)
            found.append((start, start + len(line), number))
        end = 0
        for start, after, number in sorted(found):
            self._pieces += [text[end:start], number]
            end = after
        self._pieces.append(text[end:])
        self._places = [(len(place) - 1, place[-1]) for place in places]

    def render(self, values: Sequence[Any]) -> str:
        """Return the text with the given values, one a place, in the order of the places."""
        places = self._places
        return "".join(
            [
                piece if isinstance(piece, str) else entry_text(*places[piece], values[piece])
                for piece in self._pieces
            ],
        )


def _set_copied(mapping: dict[str, Any], place: Path, value: object) -> None:
    """Set a nested value, copying the mappings on the way so that nobody else sees the change."""
    for key in place[:-1]:
        mapping[key] = dict(mapping[key])
        mapping = mapping[key]
    if place[-1] not in mapping:
        raise NotSeparableError(place)
    mapping[place[-1]] = value
