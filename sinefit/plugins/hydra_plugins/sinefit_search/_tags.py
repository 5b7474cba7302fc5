"""What stands in ``tag(...)`` around the values of a setting; must not know the values."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hydra.core.override_parser.types import Sweep
from hydra.errors import CompactHydraException, HydraException
from hydra_plugins.sinefit_search._value import Value, value_from_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hydra.core.override_parser.types import Override

KNOWN = {
    "log": "a range on a log scale",
    "int": "whole numbers",
    "draw": "drawn like a range",
    "pair": "goes together with the others of this tag; also pair2, pair_b",
    "repeats": "repeats of each setting, such as seeds",
    "KEY:VALUE": "only where KEY has this VALUE, as optimizer:sgd",
}
_LOST = re.compile(r"[^=]*=\s*(?:int|float|str|bool|shuffle|sort)\s*\(.*\btag\s*\(")


@dataclass(frozen=True)
class Tags:
    """The tags of one setting.

    Attributes:
        pair: the name of the group with which the setting goes; None if it goes by itself.
        conditions: keys to the values with one of which the setting exists.
    """

    is_log: bool = False
    is_int: bool = False
    is_drawn: bool = False
    is_repeats: bool = False
    pair: str | None = None
    conditions: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self != Tags()


def read_tags(override: Override) -> Tags:
    """The tags of a word.

    Raises:
        CompactHydraException: if one is unknown, or two contradict each other.
    """
    sweep = override.value()
    if not isinstance(sweep, Sweep):
        return Tags()
    line = override.input_line
    if not sweep.tags and _LOST.match(str(line)):
        msg = f"{line}: Hydra loses a tag within a cast; write tag(...) around the whole"
        raise CompactHydraException(msg)
    words = sorted(sweep.tags)
    conditions: dict[str, tuple[Value, ...]] = {}
    for word in (word for word in words if ":" in word):
        key, _, text = word.partition(":")
        conditions[key] = (*conditions.get(key, ()), _read_value(word, text, str(line)))
    plain = [word for word in words if ":" not in word]
    pairs = [word for word in plain if word.startswith("pair")]
    unknown = [word for word in plain if word not in KNOWN and word not in pairs]
    if unknown:
        raise CompactHydraException("\n".join(_explain(word, str(line)) for word in unknown))
    given = {f"is_{name}": name in plain for name in ("log", "int", "repeats")}
    tags = Tags(**given, is_drawn="draw" in plain, pair=next(iter(pairs), None), conditions=conditions)
    _refuse_contradictions(tags, words, pairs, str(line))
    return tags


def _read_value(word: str, text: str, line: str) -> Value:
    try:
        return value_from_text(text)
    except HydraException as error:
        msg = f"{line}: the value of the condition {word!r} cannot be read"
        raise CompactHydraException(msg) from error


def _explain(word: str, line: str) -> str:
    near = difflib.get_close_matches(word, list(KNOWN), 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    known = ", ".join(f"{name} ({what})" for name, what in KNOWN.items())
    return f"{line}: {word!r} is no tag{hint}; known are {known}"


def _refuse_contradictions(tags: Tags, words: list[str], pairs: list[str], line: str) -> None:
    """Refuse tags that cannot be had together."""
    if tags.is_repeats and len(words) > 1:
        msg = f"{line}: repeats are of every setting, and in every order: no other tag stands beside them"
        raise CompactHydraException(msg)
    if len(pairs) > 1:
        msg = f"{line}: a setting goes with one group of others, got {' and '.join(pairs)}"
        raise CompactHydraException(msg)
    if pairs and (tags.is_log or tags.is_int or tags.is_drawn):
        msg = f"{line}: what goes together is listed, and is never drawn: remove log, int and draw"
        raise CompactHydraException(msg)
