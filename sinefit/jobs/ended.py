"""How a command ended; a module of its own, since questions are answered without the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes:
        code: the exit code.
        folder: of the run or the sweep, absolute; None if the command made none.
    """

    code: int = 0
    folder: Path | None = None
