"""Commands that set sinefit up: a config folder of one's own, tab completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.settings.init import init
from sinefit.settings.shells import change_completion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def set_up(words: Sequence[str], tell: Callable[[str], None]) -> None:
    """Do what one of `sinefit.settings.compose.SET_UP` and what stands behind it say.

    Args:
        words: as typed.
        tell: is told what was done, a line at a time.

    Raises:
        SinefitError: if it cannot be done.
    """
    first, *rest = words
    if first == "init":
        init(rest, tell)
        return
    option, equals, value = first.partition("=")
    given = [value, *rest] if equals else rest
    if len(given) > 1 or option == "init":
        msg = f"{option} takes one word, got {' '.join(given)}; type {option} bash, zsh or fish"
        raise SinefitError(msg)
    change_completion(option, given[0] if given else None, tell)
