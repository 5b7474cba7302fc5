"""Long names and lists in little room; loads no pandas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def fold(text: str, width: int, breaks: str = "._ ") -> list[str]:
    """A name in lines of at most so many letters that end at these signs; longer parts stay whole.

    >>> fold("model.num_hidden_layers", 10), fold("ratio interval", 8, ". ")
    (['model.num_', 'hidden_', 'layers'], ['ratio', 'interval'])

    Args:
        text: the name.
        width: letters in a line.
        breaks: signs after which a line may end.
    """
    lines = [""]
    for part in re.findall(f"[^{breaks}]*[{breaks}]?", text):
        if lines[-1] and len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]


def crop_values(values: Sequence[str], room: int) -> list[str]:
    """The values of a cell, the long ones cropped so that all of them are seen in so many letters.

    >>> crop_values(["0.01", "a long name", "4"], 12), crop_values(["0.01", "adam"], 12)
    (['0.01', 'a l...', '4'], ['0.01', 'adam'])

    Args:
        values: the texts.
        room: letters for all of them.
    """
    if sum(map(len, values)) <= room:
        return list(values)
    share = max(6, room // len(values))
    spare = sum(share - len(value) for value in values if len(value) < share)
    most = share + spare // max(1, sum(len(value) > share for value in values))
    return [value if len(value) <= most else f"{value[: most - 3]}..." for value in values]


def list_some(names: Iterable[str], most: int) -> str:
    """The first names of a list, and how many more there are.

    >>> list_some(["8", "16", "32", "64"], 2), list_some(["8", "16"], 2)
    ('8, 16 and 2 more', '8, 16')

    Args:
        names: all of them.
        most: how many are named.
    """
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def join_ranges(numbers: Iterable[int]) -> str:
    """Whole numbers in ascending order, neighbors joined.

    >>> join_ranges([1, 2, 3, 7, 10, 9])
    '1-3, 7, 9-10'
    """
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)
