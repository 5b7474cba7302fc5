"""Early stopping: when the validation loss no longer improves; knows nothing of any engine."""

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
