"""How a run ended, in words and as a number: the same in the numerics, on disk and in tables."""

from __future__ import annotations

import math
from enum import StrEnum


class Status(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    """All epochs are done."""
    CONVERGED = "converged"
    """The training loss reached the target."""
    STOPPED = "stopped"
    """The validation loss stopped improving (early stopping)."""
    INTERRUPTED = "interrupted"
    """Somebody stopped the run; what it had is kept."""
    DIVERGED = "diverged"
    """A loss or a parameter became nan or infinite."""
    FAILED = "failed"
    """An exception; its text is in the record."""


GOOD = frozenset({Status.COMPLETED, Status.CONVERGED, Status.STOPPED})
"""A run that ended as it was meant to; its metrics count."""
DONE = frozenset({*GOOD, Status.DIVERGED})
"""What need not be run again: the run ended by itself."""
WORST = {"minimize": math.inf, "maximize": -math.inf}
"""By the direction of a metric: what stands for the value of a run that diverged or failed."""
