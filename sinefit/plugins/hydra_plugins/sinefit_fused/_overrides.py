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
from hydra.core.override_parser.types import Override, OverrideType, ValueType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Slot = tuple[str, int, str]
"""What a value fills: a key, by a kind of override, with a kind of value."""

_KEY = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*\Z")
_NUMBER = re.compile(
    r"(?P<key>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)="
    r"(?:(?P<int>[+-]?(?:0|[1-9][0-9]{0,17}))|(?P<float>[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:e[+-]?[0-9]+)?|e[+-]?[0-9]+)))",
    re.ASCII,
)
"""A number as Python writes it, of a setting with a simple name; Hydra's grammar reads all of these so."""
_SETTING = (OverrideType.CHANGE, OverrideType.ADD, OverrideType.FORCE_ADD)
_SCALARS = {str: "text", bool: "scalar", int: "scalar", float: "scalar", type(None): "null"}


@dataclass(frozen=True, slots=True)
class Overrides:
    """A job's overrides, split.

    Attributes:
        lines: all overrides of the job, Hydra's own first, as they were typed.
        shape: for each line either the line itself, or a slot.
        values: what fills the slots, in order.
        cwd: the working directory at the time, which Hydra writes into the config.
    """

    lines: tuple[str, ...]
    shape: tuple[str | Slot, ...]
    values: tuple[Any, ...]
    cwd: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The dotted keys of the slots, in order."""
        return tuple(part[0] for part in self.shape if not isinstance(part, str))

    @property
    def of_task(self) -> list[Override]:
        """The app's own overrides, without those of Hydra's configuration."""
        return [each for each in map(parse, self.lines) if not each.is_hydra_override()]

    @property
    def task_lines(self) -> list[str]:
        """The same, as they were typed."""
        return [str(each.input_line) for each in self.of_task]


@lru_cache(maxsize=32768)
def parse(line: str) -> Override:
    """Parse one override; raises what Hydra raises for a line that it cannot parse.

    Remembering it, and its slot, saves 4 of 8 ms a job (benchmark.py empty). A drawn number is another one
    in each job: without Hydra's grammar it costs 3 instead of 300 microseconds.
    """
    number = _NUMBER.fullmatch(line)
    if number is not None:
        value = int(number["int"]) if number["float"] is None else float(number["float"])
        return Override(
            type=OverrideType.CHANGE,
            key_or_group=number["key"],
            _value=value,
            value_type=ValueType.ELEMENT,
            input_line=line,
        )
    return OverridesParser.create().parse_overrides([line])[0]


@lru_cache(maxsize=32768)
def _slot_and_value(line: str) -> tuple[Slot, Any] | None:
    """The slot that an override fills, and its value, if it is of the simple sort."""
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
    """A word for the values that are merged into a config in the same way as this one."""
    if isinstance(value, str) and "${" in value:
        return "reference"
    if isinstance(value, list):
        return "list" if all(type(item) in _SCALARS for item in value) else None
    return _SCALARS.get(type(value))


class Splitter:
    """Splits overrides, and learns which keys must stay in the shape.

    Args:
        is_group: says whether a key names a config group.
    """

    def __init__(self, is_group: Callable[[str], bool]) -> None:
        self._is_group = is_group
        self._kept: set[str] = set()
        # Saves 0.5 of 3.5 ms a job (benchmark.py empty).
        self._flags: dict[tuple[str | Slot, ...], list[bool]] = {}

    def keep_in_shape(self, key: str) -> None:
        """Never again take an override of this key for a value."""
        self._kept.add(key)
        self._flags.clear()

    def split(self, lines: Sequence[str], cwd: str) -> Overrides:
        """Split a job's overrides.

        Args:
            lines: the overrides, Hydra's own first.
            cwd: the working directory.

        Raises:
            HydraException: a line is no override.
        """
        found = [_slot_and_value(line) for line in lines]
        outline = tuple([line if slot is None else slot[0] for slot, line in zip(found, lines, strict=True)])
        flags = self._flags.get(outline)
        if flags is None:
            if len(self._flags) >= 4096:  # noqa: PLR2004 - bounds the memory of sweeps over odd overrides
                self._flags.clear()
            flags = self._flags[outline] = self._are_values(lines, outline)
        shape = [part if flag else line for part, flag, line in zip(outline, flags, lines, strict=True)]
        values = [each[1] for each, flag in zip(found, flags, strict=True) if flag and each is not None]
        return Overrides(tuple(lines), tuple(shape), tuple(values), cwd)

    def _are_values(self, lines: Sequence[str], outline: Sequence[str | Slot]) -> list[bool]:
        """For each override, whether its value can be given later, without a look at the others."""
        keys = [parse(line).key_or_group for line in lines]
        if "hydra.searchpath" in keys:  # the groups may be others there
            return [False] * len(keys)
        settings = [key for key in keys if not self._is_group(key)]
        return [
            not isinstance(part, str)
            and key in settings
            and key not in self._kept
            and sum(_touch(key, other) for other in settings) == 1  # itself
            for part, key in zip(outline, keys, strict=True)
        ]


def _touch(one: str, other: str) -> bool:
    """Whether two keys are equal or one lies inside the other: then their order and values matter."""
    first, second = (f"{key.replace('[', '.').replace(']', '')}." for key in (one, other))
    return first.startswith(second) or second.startswith(first)
