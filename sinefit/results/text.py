"""Long names and lists in little room; loads no pandas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOM_FOR_ENDS = 12
"""Shorter names are cropped behind, longer ones in the middle: names of a kind often differ in their ends."""


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


def crop(text: str, room: int) -> str:
    """As much of a text as there is room for: its start and its end.

    >>> crop("measured in spring, 1", 16), crop("a long name", 8)
    ('measured ...g, 1', 'a lon...')

    Args:
        text: of any length.
        room: letters, 4 or more.
    """
    if len(text) <= room:
        return text
    end = (room - 3) // 3 if room >= ROOM_FOR_ENDS else 0
    return f"{text[: room - 3 - end]}...{text[len(text) - end :]}"


def tell_apart(names: Sequence[str], room: int) -> list[str]:
    """Names cropped to so many letters, such that different ones stay different.

    >>> tell_apart(["a long name, one of two", "a long name, two of two", "b"], 12)
    ['...one...two', '...two...two', 'b']

    Args:
        names: of any length.
        room: letters, 8 or more.
    """
    long = [name for name in names if len(name) > room]
    columns = enumerate(zip(*long, strict=False))
    shared = next((place for place, letters in columns if len(set(letters)) > 1), 0)
    tails = [name if len(name) <= room else crop(f"...{name[shared:]}", room) for name in names]
    for cropped in ([crop(name, room) for name in names], tails):
        if len(set(cropped)) == len(set(names)):
            return cropped
    numbers = {name: number for number, name in enumerate(dict.fromkeys(long), 1)}
    return [f"{crop(name, room - 5)} ({numbers[name]})" if name in numbers else name for name in names]


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
    return [crop(value, most) for value in values]


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


def join_words(words: Sequence[str]) -> str:
    """Words as in a sentence, the last one after ``and``.

    >>> join_words(["seed"]), join_words(["seed", "fold", "split"])
    ('seed', 'seed, fold and split')
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


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
