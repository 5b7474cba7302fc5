"""A command-line override as a column's name and a typed cell; Hydra's grammar, read without Hydra."""

from __future__ import annotations

import functools
import re

Cell = str | float | int | bool | None

DELETED = "deleted"
_WHOLE = re.compile(r"[+-]?(0|[1-9][0-9_]*)")
_FLOAT = re.compile(
    r"[+-]?((\d[\d_]*)?\.\d[\d_]*|\d[\d_]*\.|\d[\d_]*(?=e))(e[+-]?\d[\d_]*)?|[+-]?(inf|nan)", re.IGNORECASE
)
_WORDS: dict[str, Cell] = {"true": True, "false": False, "null": None}
_LARGEST = 2**63
_SPACE = re.compile(r"\s*([\[\]{},:])\s*")
"""Signs of lists and dicts, around which spaces mean nothing."""


@functools.lru_cache(maxsize=100_000)
def parse_override(text: str) -> tuple[str, Cell]:
    r"""The column and the cell of one override.

    >>> parse_override("optimizer.lr=1e-3")
    ('optimizer.lr', 0.001)
    >>> parse_override("++optimizer=adam"), parse_override("~trainer.patience")
    (('optimizer', 'adam'), ('trainer.patience', 'deleted'))
    >>> parse_override("name='it\\'s, 3'"), parse_override("widths=[8,16]")
    (('name', "it's, 3"), ('widths', '[8,16]'))
    """
    key, separator, value = text.partition("=")
    if key.startswith("~"):
        return key[1:].strip(), DELETED
    return key.lstrip("+").strip(), parse_value(value) if separator else None


def parse_value(text: str) -> Cell:
    """A number, true, false or null as what they are; anything else as text.

    Quoted text loses its quotes; lists and dicts stay text, without spaces between their parts, and so do
    whole numbers beyond 64 bits.

    >>> parse_value("8"), parse_value("1_000.5"), parse_value("True"), parse_value("null"), parse_value("'8'")
    (8, 1000.5, True, None, '8')
    """
    text = text.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.fullmatch(text) and len(text) <= len(str(_LARGEST)) + 1:
        number = int(text)
        return number if -_LARGEST <= number < _LARGEST else text
    if _FLOAT.fullmatch(text):
        return float(text)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        quote = text[0]
        return re.sub(rf"(\\+)(?={quote}|$)", lambda hit: "\\" * (len(hit[1]) // 2), text[1:-1])
    if text[:1] in {"[", "{"}:
        return text if "'" in text or '"' in text else _SPACE.sub(r"\1", text)
    return re.sub(r"\\([\\()\[\]{}:=, \t])", r"\1", text)
