"""When the runs of a stack end: `Training.advance` and `EarlyStopping` for many runs at once.

Shapes: R runs, A runs that go on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from sinefit.core.stopping import describe_stop
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.trainer import Trainer


class Endings:
    """Watches the losses of runs, epoch by epoch.

    Args:
        trainers: the runs' settings, R of them.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self.trainers = list(trainers)
        self.max_epochs_R = torch.tensor([t.max_epochs for t in trainers])
        self.every_R = torch.tensor([t.evaluate_every for t in trainers])
        self.target_R = _column([-math.inf if t.target_loss is None else t.target_loss for t in trainers])
        self.patience_R = _column([math.inf if t.patience is None else t.patience for t in trainers])
        self.min_improvement_R = _column([t.min_improvement for t in trainers])
        self.best_R = torch.full_like(self.target_R, math.inf)
        self.waited_R = torch.zeros_like(self.target_R)

    def wants_validation(self, rows: Tensor, epoch: int) -> Tensor:
        """Which of the runs `rows` (A,) evaluate the held-out points after this epoch, (A,)."""
        return epoch % self.every_R[rows] == 0

    def choose_kept(
        self, rows: Tensor, train_loss_A: Tensor, validation_loss_A: Tensor, seen_A: Tensor
    ) -> Tensor:
        """Take an epoch's losses into account.

        Args:
            rows: which runs, (A,).
            train_loss_A: finite.
            validation_loss_A: of the held-out points.
            seen_A: where it was evaluated.

        Returns:
            Whose parameters are to be kept, (A,).
        """
        improved = seen_A & (validation_loss_A < self.best_R[rows] - self.min_improvement_R[rows])
        self.best_R[rows] = torch.where(improved, validation_loss_A, self.best_R[rows])
        waited = torch.where(improved, 0.0, self.waited_R[rows] + 1)
        self.waited_R[rows] = torch.where(seen_A, waited, self.waited_R[rows])
        return improved | self.patience_R[rows].isinf() | (train_loss_A <= self.target_R[rows])

    def find(self, rows: Tensor, epoch: int, train_loss_A: Tensor) -> dict[int, tuple[Status, str]]:
        """After `choose_kept`: the positions of the runs that end with this epoch, each with how and why."""
        converged = train_loss_A <= self.target_R[rows]
        exhausted = self.waited_R[rows] >= self.patience_R[rows]
        completed = epoch >= self.max_epochs_R[rows]
        ended = {}
        for at in (converged | exhausted | completed).nonzero().flatten().tolist():
            row = int(rows[at])
            if converged[at]:
                ended[at] = Status.CONVERGED, ""
            elif exhausted[at]:
                best, patience = float(self.best_R[row]), self.trainers[row].patience
                ended[at] = Status.STOPPED, describe_stop(best, patience)
            else:
                ended[at] = Status.COMPLETED, ""
        return ended


def _column(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)
