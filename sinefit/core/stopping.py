"""Early stopping, and the sentences on how a run ended; knows nothing of any engine."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class EarlyStopping:
    """Watches a loss, one value an evaluation.

    Attributes:
        patience: evaluations without improvement after which to stop; None never stops.
        min_improvement: by how much a loss must fall below the best to count, 0 or more.
        best: the best loss so far.
        waited: evaluations since the best.

    >>> stopping = EarlyStopping(patience=2)
    >>> [stopping.is_improved_by(loss) for loss in (1.0, 0.5, 0.6, 0.5)], stopping.is_exhausted()
    ([True, True, False, False], True)
    """

    patience: int | None
    min_improvement: float = 0.0
    best: float = math.inf
    waited: int = 0

    def is_improved_by(self, loss: float) -> bool:
        """Count an evaluation; whether it is the best so far."""
        if loss < self.best - self.min_improvement:
            self.best, self.waited = loss, 0
            return True
        self.waited += 1
        return False

    def is_exhausted(self) -> bool:
        """Whether the patience is used up."""
        return self.patience is not None and self.waited >= self.patience


def describe_stop(best: float, patience: int | None) -> str:
    """One sentence on a run that early stopping ended.

    Args:
        best: its best validation loss.
        patience: evaluations without improvement.
    """
    return f"validation loss not below {best:.6g} for {patience} evaluations"


def describe_divergence(epoch: int, step: int) -> str:
    """One sentence on a run whose loss or parameters became nan or infinite.

    Args:
        epoch: in which, from 1.
        step: after which optimizer step of the whole run, from 1.
    """
    return f"loss or parameters not finite in epoch {epoch}, step {step}"


def describe_interruption(epoch: int) -> str:
    """One sentence on a run that was interrupted in an epoch, counted from 1."""
    return f"interrupted in epoch {epoch}"
