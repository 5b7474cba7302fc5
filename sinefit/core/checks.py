"""Checks of the numbers and names that users type; each finding becomes a `Problem`.

A class calls these in its constructor and ends with `raise_if_any`, so that all its mistakes are
reported together. Independent of config groups: the edge adds the group's name.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sinefit.errors import Problem, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def is_number(value: object) -> bool:
    """Whether `value` is a finite number; truth values are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def keywords_of(factory: object) -> Mapping[str, Any]:
    """The settings that a factory shows, as a `functools.partial` does; none of any other."""
    return getattr(factory, "keywords", {})


class Checks:
    """Collects the problems of one set of settings.

    >>> checks = Checks()
    >>> checks.whole("hidden_size", 2.5, at_least=1, example=10)
    >>> checks.raise_if_any()
    Traceback (most recent call last):
        ...
    sinefit.errors.SettingsError: hidden_size must be a whole number, 1 or more, got 2.5; \
type for example hidden_size=10
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def require(self, holds: bool, name: str, value: object, allowed: str, example: object = None) -> None:  # noqa: FBT001 - the claim itself
        """Record a problem unless a claim holds.

        Args:
            holds: the claim.
            name: of the setting.
            value: as typed.
            allowed: what it must be.
            example: a value that can be typed instead.
        """
        if not holds:
            self.problems.append(Problem(name, value, allowed, example))

    def truth(self, name: str, value: object) -> None:
        """A setting is a truth value.

        Args:
            name: of the setting.
            value: as typed.
        """
        self.require(isinstance(value, bool), name, value, "true or false", "true")

    def seed(self, name: str, value: object) -> None:
        """A setting is an int that torch's generators tell from all others: they look at 32 bits.

        Args:
            name: of the setting.
            value: as typed.
        """
        if isinstance(value, int) and value >= 2**32:
            allowed = "a whole number below 2^32, of which torch's generators take no more bits"
            self.require(False, name, value, allowed, value % 2**32)
        else:
            self.whole(name, value, at_least=0, example=0)

    def whole(
        self, name: str, value: object, *, at_least: int, at_most: float = math.inf, example: object = None
    ) -> None:
        """A setting is an int that is large enough, and not too large.

        Args:
            name: of the setting.
            value: as typed.
            at_least: the smallest one.
            at_most: the largest one.
            example: a value that can be typed instead.
        """
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        allowed = f"{at_least} or more" if at_most == math.inf else f"{at_least} to {at_most:,}"
        holds = is_whole and at_least <= value <= at_most  # type: ignore[operator]
        self.require(holds, name, value, f"a whole number, {allowed}", example)

    def number(self, name: str, value: object, example: object = None) -> None:
        """A setting is a finite number.

        Args:
            name: of the setting.
            value: as typed.
            example: a value that can be typed instead.
        """
        self.require(is_number(value), name, value, "a finite number", example)

    def positive(self, name: str, value: object, example: object = None) -> None:
        """A setting is a finite number above 0.

        Args:
            name: of the setting.
            value: as typed.
            example: a value that can be typed instead.
        """
        holds = is_number(value) and value > 0  # type: ignore[operator]
        self.require(holds, name, value, "positive and finite", example)

    def not_negative(self, name: str, value: object, example: object = None) -> None:
        """A setting is a finite number, 0 or more.

        Args:
            name: of the setting.
            value: as typed.
            example: a value that can be typed instead.
        """
        holds = is_number(value) and value >= 0  # type: ignore[operator]
        self.require(holds, name, value, "a finite number, 0 or more", example)

    def share(self, name: str, value: object, example: object = None) -> None:
        """A setting is a number in [0, 1).

        Args:
            name: of the setting.
            value: as typed.
            example: a value that can be typed instead.
        """
        holds = is_number(value) and 0 <= value < 1  # type: ignore[operator]
        self.require(holds, name, value, "a number from 0 to below 1", example)

    def choice(self, name: str, value: object, choices: Iterable[str]) -> None:
        """A setting is one of some words.

        Args:
            name: of the setting.
            value: as typed.
            choices: the words.
        """
        names = list(choices)
        self.require(value in names, name, value, f"one of {', '.join(names)}", names[0])

    def raise_if_any(self) -> None:
        """Raise a `SettingsError` with everything found.

        Raises:
            SettingsError: if a check failed.
        """
        if self.problems:
            raise SettingsError(self.problems)
