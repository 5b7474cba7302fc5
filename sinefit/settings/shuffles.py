"""Sweeps in a random order, whose order is drawn once, so that a resumed sweep has the same jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

if TYPE_CHECKING:
    from collections.abc import Sequence


def draw_orders(words: Sequence[str]) -> list[str]:
    """What was typed, with the values of each shuffled sweep in the order that was drawn for them.

    Words that cannot be parsed stay as they are: Hydra says what is wrong with them.

    >>> draw_orders(["seed=shuffle(range(7,8))", "-m"])
    ['seed=7', '-m']
    """
    return [_draw_order(word) if "shuffle" in word else word for word in words]


def _draw_order(word: str) -> str:
    try:
        (override,) = OverridesParser.create().parse_overrides([word])
    except HydraException:
        return word
    is_shuffled = override.is_discrete_sweep() and getattr(override.value(), "shuffle", False)
    values = ",".join(override.sweep_string_iterator()) if is_shuffled else ""
    return f"{override.get_key_element()}={values}" if values else word
