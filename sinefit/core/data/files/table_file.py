"""A table as it stands in a file: columns with names, kinds and numbers; knows no file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["number", "boolean", "category", "date", "text", "mixed"]


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Attributes:
        name: as the file has it, without blanks around it.
        kind: what the values are; ``date``, ``text`` and ``mixed`` cannot be used.
        values: (N,). Numbers and booleans: float64, nan where missing. Categories: int32, indices into
            `levels`, -1 where missing. Empty for the kinds that cannot be used.
        levels: of a category: its different values, sorted.
        problem: of a column that cannot be used: what is wrong with it, where, and what to do. It
            follows the column's name in a sentence. Empty for the others.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    levels: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, eq=False)
class TableFile:
    """What a file holds.

    Attributes:
        path: as the user gave it.
        num_rows: N, without the header.
        columns: by name, in the file's order.
    """

    path: str
    num_rows: int
    columns: dict[str, Column]


def number_text(value: float) -> str:
    """A number as a level of a category.

    Args:
        value: of any size.

    >>> number_text(2.0), number_text(0.1)
    ('2', '0.1')
    """
    return str(int(value)) if float(value).is_integer() else repr(float(value))
