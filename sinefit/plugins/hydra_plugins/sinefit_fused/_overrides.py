"""Splits a job's overrides into a shape and the values that fill it; must not know how configs are composed.

Jobs of one shape have equal configs but for the values, and Hydra composes one of them. What may be a value
is decided narrowly: everything else stays in the shape, word for word, and so is composed by Hydra itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import OverrideType, ValueType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hydra.core.override_parser.types import Override

_KEY = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*\Z")
Place = tuple[str, int, str]  # the key, the kind of override, the kind of value
_NAMED = re.compile(r"(?:\+\+|\+|~)?([A-Za-z_][\w./-]*)[=@]")
_REMEMBERED = 4096
_SETTING = (OverrideType.CHANGE, OverrideType.ADD, OverrideType.FORCE_ADD)
_SCALARS = {str: "text", bool: "scalar", int: "scalar", float: "scalar", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Split:
    """A job's overrides, split.

    Attributes:
        lines: All overrides of the job, Hydra's own first, as they were typed.
        shape: For each line either the line itself, or a place: key, kind of override, kind of value.
        values: The values for the places, in order.
        folder: The working directory at the time, which Hydra writes into the config.
    """

    lines: tuple[str, ...]
    shape: tuple[str | Place, ...]
    values: tuple[Any, ...]
    folder: str

    def whole(self) -> Split:
        """Return the same overrides with nothing split off: its config will be Hydra's own."""
        return Split(self.lines, self.lines, (), self.folder)

    def keys(self) -> tuple[str, ...]:
        """Return the dotted keys of the places, in order."""
        return tuple(part[0] for part in self.shape if not isinstance(part, str))


@lru_cache(maxsize=4096)
def parse(line: str) -> Override:
    """Return an override, parsed by Hydra; raises what Hydra raises for a line that it cannot parse."""
    return OverridesParser.create().parse_overrides([line])[0]


@lru_cache(maxsize=32768)
def _place(line: str) -> tuple[Place, Any] | None:
    """Return the place that an override fills, and its value, if it is of the simple sort."""
    override = parse(line)
    key = override.key_or_group
    if (
        override.type not in _SETTING
        or override.value_type is not ValueType.ELEMENT
        or override.package is not None
        or override.is_hydra_override()
        or not _KEY.match(key)
    ):
        return None
    value = override.value()
    kind = _kind(value)
    return None if kind is None else ((key, override.type.value, kind), value)


def _kind(value: object) -> str | None:
    """Return the kind of a value, so that values of one kind are merged into a config in the same way."""
    if isinstance(value, str) and "${" in value:
        return "reference"
    if isinstance(value, list):
        return "list" if all(type(item) in _SCALARS for item in value) else None
    return _SCALARS.get(type(value))


def is_task_line(line: str) -> bool:
    """Return whether an override is the app's, and not one of Hydra's configuration."""
    named = _NAMED.match(line)
    if named is None:
        return not parse(line).is_hydra_override()
    return not named[1].startswith(("hydra.", "hydra/"))


class Splitter:
    """Splits overrides, and learns which keys must stay in the shape.

    Args:
        is_group: Whether a key names a config group.
    """

    def __init__(self, is_group: Callable[[str], bool]) -> None:
        self._is_group = is_group
        self._opaque: set[str] = set()
        self._flags: dict[tuple[str | Place, ...], tuple[bool, ...]] = {}

    def keep_in_shape(self, key: str) -> None:
        """Never again take an override of this key for a value."""
        self._opaque.add(key)
        self._flags.clear()

    def split(self, lines: Sequence[str], folder: str) -> Split:
        """Split a job's overrides, Hydra's own first; `folder` is the working directory.

        Raises:
            HydraException: A line is no override.
        """
        found = [_place(line) for line in lines]
        outline = tuple(
            [line if place is None else place[0] for place, line in zip(found, lines, strict=True)]
        )
        flags = self._flags.get(outline)
        if flags is None:
            if len(self._flags) >= _REMEMBERED:
                self._flags.clear()
            flags = self._flags[outline] = self._which_are_values(lines, outline)
        shape = tuple(
            [part if flag else line for part, flag, line in zip(outline, flags, lines, strict=True)]
        )
        values = tuple(
            [place[1] for place, flag in zip(found, flags, strict=True) if flag and place is not None]
        )
        return Split(tuple(lines), shape, values, folder)

    def _which_are_values(self, lines: Sequence[str], outline: Sequence[str | Place]) -> tuple[bool, ...]:
        """Return for each override whether its value can be given later, without a look at the others."""
        keys = [parse(line).key_or_group for line in lines]
        if "hydra.searchpath" in keys:  # the groups may be others there
            return (False,) * len(keys)
        own = [key for key in keys if not self._is_group(key)]
        return tuple(
            not isinstance(part, str)
            and key in own
            and key not in self._opaque
            and sum(_touch(key, other) for other in own) == 1  # itself
            for part, key in zip(outline, keys, strict=True)
        )


def _touch(one: str, other: str) -> bool:
    """Return whether two keys are equal or one lies inside the other: then their order and values matter."""
    first, second = (f"{key.replace('[', '.').replace(']', '')}." for key in (one, other))
    return first.startswith(second) or second.startswith(first)
