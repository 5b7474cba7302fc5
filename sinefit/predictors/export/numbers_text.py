"""Arrays as Python source: as lists of numbers that people can read, or as base64 where there are many."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

WIDTH = 100
"""Characters in a line."""


def format_list(name: str, array: NDArray[np.floating]) -> list[str]:
    """Lines that assign an array of 1 or 2 dimensions, with every digit that tells its numbers apart.

    Args:
        name: of the constant.
        array: of float32 or float64.
    """
    opening, ending = f"{name} = np.array([", f"], dtype=np.{array.dtype.name})"
    if array.ndim == 1:
        return [opening, *fill(map(_format_number, array), "    "), ending]
    rows: list[str] = []
    for row in array:
        inner = list(fill(map(_format_number, row), "        "))
        joined = f"    [{' '.join(line.strip() for line in inner).removesuffix(',')}],"
        rows += [joined] if len(joined) <= WIDTH else ["    [", *inner, "    ],"]
    return [opening, *rows, ending]


def format_base64(name: str, array: NDArray[np.floating]) -> list[str]:
    """Lines that assign an array from its bytes, which ``decode(text, shape)`` reads.

    Args:
        name: of the constant.
        array: of float32 or float64.
    """
    little = array.astype(array.dtype.newbyteorder("<"))
    text = base64.b64encode(little.tobytes()).decode()
    step = WIDTH - 6
    pieces = [f'    "{text[at : at + step]}"' for at in range(0, len(text), step)]
    pieces[-1] += f", shape={array.shape}, dtype=np.{array.dtype.name})"
    return [f"{name} = decode(", *pieces]


def fill(items: Iterable[str], indent: str) -> Iterator[str]:
    """Items with commas, as many in a line as there is room for.

    Args:
        items: without commas.
        indent: what each line begins with.

    >>> list(fill(["1.5", "-2.0"], "  "))
    ['  1.5, -2.0,']
    """
    line = indent
    for item in items:
        if len(line) > len(indent) and len(line) + len(item) + 2 > WIDTH:
            yield line.rstrip()
            line = indent
        line += f"{item}, "
    if line != indent:
        yield line.rstrip()


def _format_number(value: np.floating) -> str:
    """The shortest text that gives the number back, when read as float64 and rounded to its own dtype."""
    short = str(value)
    return short if type(value)(float(short)) == value else repr(float(value))
