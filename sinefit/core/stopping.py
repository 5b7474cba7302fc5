"""When a run ends: after each epoch, whatever engine trained it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sinefit.status import Status

if TYPE_CHECKING:
    from sinefit.core.trainer import Trainer


class Stopping:
    """Watches the losses of one run.

    Args:
        trainer: says when it ends.

    Attributes:
        best: the lowest validation loss so far; with patience, that of the kept parameters.
        to_beat: the loss below which, by `min_improvement`, an evaluation counts as improved.
        waited: evaluations since the last that did.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.best = self.to_beat = math.inf
        self.waited = 0

    def end_epoch(
        self, epoch: int, train_loss: float, validation_loss: float | None
    ) -> tuple[bool, Status | None]:
        """Take a whole epoch into account.

        Args:
            epoch: its number, from 1.
            train_loss: finite.
            validation_loss: of the held-out points; None where they were not evaluated.

        Returns:
            Whether the parameters are to be kept as they are now, and how the run ends; None if it goes on.
        """
        trainer = self.trainer
        keeps = trainer.patience is None or self.best == math.inf
        if validation_loss is not None:
            self.waited += 1
            if validation_loss < self.to_beat - trainer.min_improvement:
                self.to_beat, self.waited = validation_loss, 0
            if validation_loss < self.best:
                self.best, keeps = validation_loss, True
        if trainer.target_loss is not None and train_loss <= trainer.target_loss:
            return keeps, Status.CONVERGED
        if trainer.patience is not None and self.waited >= trainer.patience:
            return keeps, Status.STOPPED
        return keeps, Status.COMPLETED if epoch >= trainer.max_epochs else None
