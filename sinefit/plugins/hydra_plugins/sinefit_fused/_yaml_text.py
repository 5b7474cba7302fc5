"""Writes the YAML of a config whose siblings differ from it in a few values; independent of Hydra.

The text is what `OmegaConf.to_yaml` writes, byte for byte. It is written once, with a mark at each path that
differs; later texts are joined from its pieces and the lines of the values.
Saves 11 of 14 ms a job (benchmark.py empty).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Strings that YAML writes as they are in block style, and that no YAML resolver takes for anything else than
# a string: an override (key=value), an absolute path. Without a space they are never folded, however long.
_PLAIN = re.compile(r"(?:[+~]{0,2}[A-Za-z_][A-Za-z0-9_./]*=[A-Za-z0-9_./=,+-]*|/[A-Za-z0-9_./=,+-]*)\Z")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+\Z")


class NotSeparableError(Exception):
    """A path that is to differ cannot be found in the YAML text."""


class YamlText:
    """The YAML of a nested mapping, with values that are given later.

    Args:
        contents: the mapping, unresolved. It is not changed.
        paths: of the values to be given; each leads through mappings to an entry.

    Raises:
        NotSeparableError: a path is not written as an entry of its own.
    """

    def __init__(self, contents: Mapping[str, Any], paths: Sequence[tuple[str, ...]]) -> None:
        marks = [f"sinefit-mark-{index}-of-this-text" for index in range(len(paths))]
        marked: dict[str, Any] = dict(contents)
        for path, mark in zip(paths, marks, strict=True):
            _set_copied(marked, path, mark)
        text = OmegaConf.to_yaml(OmegaConf.create(marked))
        found = []
        for index, (path, mark) in enumerate(zip(paths, marks, strict=True)):
            line = _dump(len(path) - 1, path[-1], mark)
            start = text.find(line)
            if text.count(line) != 1 or (start > 0 and text[start - 1] != "\n"):
                raise NotSeparableError(path)
            found.append((start, start + len(line), index))
        self._pieces: list[str | int] = []
        end = 0
        for start, after, index in sorted(found):
            self._pieces += [text[end:start], index]
            end = after
        self._pieces.append(text[end:])
        self._entries = [(len(path) - 1, path[-1]) for path in paths]

    def fill(self, values: Sequence[Any]) -> str:
        """The text with the given values, one a path, in the order of the paths."""
        return "".join(
            [
                piece if isinstance(piece, str) else entry_text(*self._entries[piece], values[piece])
                for piece in self._pieces
            ],
        )


def entry_text(depth: int, key: str, value: object) -> str:
    r"""The YAML lines of one entry of a mapping.

    Args:
        depth: how many mappings deep that mapping stands, from 0.
        key: of the entry.
        value: of the entry: a scalar, list or mapping.

    >>> entry_text(1, "lr", 0.1)
    '  lr: 0.1\n'
    """
    prefix = _prefix(depth, key)
    if prefix is not None:
        scalar = _evident_text(value)
        if scalar is not None:
            return f"{prefix}{scalar}\n"
        if isinstance(value, list) and value and all(type(item) is str for item in value):
            return f"{prefix.rstrip()}\n{list_text(value, depth)}"
    if isinstance(value, str | int | None) or (isinstance(value, float) and value != 0):  # 0.0 equals -0.0
        return _dump_scalar(depth, key, value)
    return _dump(depth, key, value)


def list_text(items: Sequence[str], depth: int = 0) -> str:
    r"""The YAML of a list of strings, at the root or as the value of a key, without the key.

    Args:
        items: the strings.
        depth: how many mappings deep the list stands, from 0.

    >>> list_text(["seed=1", "name=' '"])
    "- seed=1\n- name=' '\n"
    """
    return "".join([_item_text(depth, item) for item in items]) if items else "[]\n"


@lru_cache(maxsize=32768)
def _item_text(depth: int, item: str) -> str:
    if _PLAIN.match(item):
        return f"{'  ' * depth}- {item}\n"
    return _dump(depth, "x", [item]).split("\n", 1)[1]


@lru_cache(maxsize=4096)
def _prefix(depth: int, key: str) -> str | None:
    """What stands before the value on an entry's line; None if the key is not written simply."""
    line = _dump(depth, key, "value")
    return line.removesuffix("value\n") if line.endswith(": value\n") and line.count("\n") == 1 else None


def _evident_text(value: object) -> str | None:
    """How YAML writes a scalar of an evident form; None if the form is not evident."""
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


@lru_cache(maxsize=4096, typed=True)
def _dump_scalar(depth: int, key: str, value: object) -> str:
    return _dump(depth, key, value)


def _dump(depth: int, key: str, value: object) -> str:
    """The lines of one entry, as OmegaConf writes them `depth` mappings deep."""
    nested: Any = {key: value}
    for _ in range(depth):
        nested = {"x": nested}
    return OmegaConf.to_yaml(OmegaConf.create(nested)).split("\n", depth)[depth]


def _set_copied(mapping: dict[str, Any], path: Sequence[str], value: object) -> None:
    """Set a nested value, copying the mappings on the way so that nobody else sees the change."""
    for key in path[:-1]:
        mapping[key] = dict(mapping[key])
        mapping = mapping[key]
    if path[-1] not in mapping:
        raise NotSeparableError(path)
    mapping[path[-1]] = value
