"""When a run ends: after each epoch, whatever engine trained it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from sinefit.status import Status

if TYPE_CHECKING:
    from sinefit.core.trainer import Trainer


class Waiting(NamedTuple):
    """What of the epochs so far decides when a run stops.

    Attributes:
        best: the lowest validation loss so far; with patience, that of the kept parameters.
        to_beat: the loss below which, by `min_improvement`, an evaluation counts as improved.
        waited: evaluations since the last that did.
    """

    best: float = math.inf
    to_beat: float = math.inf
    waited: int = 0


class Stopping:
    """Watches the losses of one run.

    Args:
        trainer: says when it ends.
        waiting: where it goes on.

    Attributes:
        waiting: where it is.
    """

    def __init__(self, trainer: Trainer, waiting: Waiting = Waiting()) -> None:  # noqa: B008 - it is immutable
        self.trainer = trainer
        self.waiting = waiting

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
        best, to_beat, waited = self.waiting
        keeps = trainer.patience is None or best == math.inf
        if validation_loss is not None:
            waited += 1
            if validation_loss < to_beat - trainer.min_improvement:
                to_beat, waited = validation_loss, 0
            if validation_loss < best:
                best, keeps = validation_loss, True
            self.waiting = Waiting(best, to_beat, waited)
        if trainer.target_loss is not None and train_loss <= trainer.target_loss:
            return keeps, Status.CONVERGED
        if trainer.patience is not None and waited >= trainer.patience:
            return keeps, Status.STOPPED
        return keeps, Status.COMPLETED if epoch >= trainer.max_epochs else None
