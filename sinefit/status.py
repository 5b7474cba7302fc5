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
    PRUNED = "pruned"
    """Others of its sweep were better at a rung, see `sinefit.core.halving`."""
    INTERRUPTED = "interrupted"
    """Somebody stopped the run; what it had is kept."""
    DIVERGED = "diverged"
    """A loss or a parameter became nan or infinite."""
    FAILED = "failed"
    """An exception; its text is in the record."""


GOOD = frozenset({Status.COMPLETED, Status.CONVERGED, Status.STOPPED})
"""A run that ended as it was meant to; its metrics count."""
ENDED = frozenset({*GOOD, Status.DIVERGED})
"""The run ended by itself: an equal one would end there too."""
DONE = frozenset({*ENDED, Status.PRUNED})
"""What its own sweep need not run again."""
WORST = {"minimize": math.inf, "maximize": -math.inf}
"""By the direction of a metric: what stands for the value of a run that diverged or failed."""
