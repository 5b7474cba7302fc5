"""What a lesson about gradients consists of: words, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    Cell = str | int | bool | None | Tensor | RuntimeError | tuple[int, ...]


@dataclass(frozen=True)
class Lesson:
    """One thing about gradients.

    Attributes:
        title: what it is about.
        words: what happens, and why, for someone who sees it for the first time.
        columns: of the table; the first names a tensor.
        rows: of the table.
        facts: a call or a question, and what came of it.
    """

    title: str
    words: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    facts: tuple[tuple[str, Cell], ...] = ()
