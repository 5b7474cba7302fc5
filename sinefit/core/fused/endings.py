"""When the runs of a stack end, epoch by epoch: what `Training.advance` does, for many runs at once.

Shapes: R runs, A runs that go on, S steps of an epoch, E epochs of a block.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch

from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from sinefit.core.trainer import Trainer


class Ending(NamedTuple):
    """How a run ended.

    Attributes:
        status: how.
        best: the best validation loss of a run that early stopping ended.
        unfinished_steps: steps of the epoch in which a run diverged, which has no row in its history.
    """

    status: Status
    best: float = math.inf
    unfinished_steps: int = 0


class Block(NamedTuple):
    """What became of runs in some epochs.

    Attributes:
        train_loss_EA: the mean loss of each whole epoch, in float64; what follows a run's end means nothing.
        validation_loss_EA: of the held-out points, where they were evaluated.
        epochs_A: whole epochs that each run has trained: E, or fewer for one that ended before.
        endings: the runs that ended, by their positions.
    """

    train_loss_EA: Tensor
    validation_loss_EA: Tensor
    epochs_A: Tensor
    endings: dict[int, Ending]


class Endings:
    """Watches the losses of runs that take each step together.

    Args:
        trainers: the runs' settings, R of them.
        sizes: points of each step's batch, S of them.
        validate: computes the loss on the held-out points for each run that goes on; None without any.
    """

    def __init__(
        self, trainers: Sequence[Trainer], sizes: Sequence[int], validate: Callable[[], list[float]] | None
    ) -> None:
        self._sizes = sizes
        self._validate = validate
        self._max_epochs_R = _column([t.max_epochs for t in trainers])
        self._every_R = _column([t.evaluate_every for t in trainers])
        self._target_R = _column([-math.inf if t.target_loss is None else t.target_loss for t in trainers])
        self._patience_R = _column([math.inf if t.patience is None else t.patience for t in trainers])
        self._min_improvement_R = _column([t.min_improvement for t in trainers])
        self._best_R = torch.full_like(self._target_R, math.inf)
        self._waited_R = torch.zeros_like(self._target_R)

    def end_epoch(
        self, rows: Sequence[int], epoch: int, losses_SA: Tensor, is_finite_A: Tensor
    ) -> tuple[Block, Tensor]:
        """Take an epoch's losses into account.

        Args:
            rows: which runs took part, A of them.
            epoch: its number, from 1.
            losses_SA: before each step, in float64.
            is_finite_A: whether a run's parameters are.

        Returns:
            What became of the runs, and whose parameters are to be kept as they are now, (A,).
        """
        row_A = torch.tensor(rows)
        mean_A = weighted_mean(losses_SA, self._sizes)
        is_good_A = is_finite_A & losses_SA.isfinite().all(0)
        seen_A = (epoch % self._every_R[row_A] == 0) & is_good_A & (self._validate is not None)
        validation_A = torch.full_like(mean_A, math.nan)
        if self._validate is not None and seen_A.any():
            validation_A = torch.tensor(self._validate(), dtype=torch.float64)
        is_improved_A = seen_A & (validation_A < self._best_R[row_A] - self._min_improvement_R[row_A])
        best_A = torch.where(is_improved_A, validation_A, self._best_R[row_A])
        waited_A = torch.where(seen_A, self._waited_R[row_A] + 1, self._waited_R[row_A])
        waited_A = torch.where(is_improved_A, 0.0, waited_A)
        self._best_R[row_A], self._waited_R[row_A] = best_A, waited_A
        is_converged_A = is_good_A & (mean_A <= self._target_R[row_A])
        is_stopped_A = is_good_A & (waited_A >= self._patience_R[row_A])
        is_completed_A = epoch >= self._max_epochs_R[row_A]
        endings = {}
        for at in (~is_good_A | is_converged_A | is_stopped_A | is_completed_A).nonzero().flatten().tolist():
            if not is_good_A[at]:
                endings[at] = Ending(Status.DIVERGED, unfinished_steps=_count_steps(losses_SA[:, at]))
            elif is_converged_A[at]:
                endings[at] = Ending(Status.CONVERGED)
            elif is_stopped_A[at]:
                endings[at] = Ending(Status.STOPPED, best=float(best_A[at]))
            else:
                endings[at] = Ending(Status.COMPLETED)
        keeps_A = is_improved_A | is_converged_A | (is_good_A & self._patience_R[row_A].isinf())
        return Block(mean_A[None], validation_A[None], is_good_A.long(), endings), keeps_A


def weighted_mean(losses_SA: Tensor, sizes: Sequence[int]) -> Tensor:
    """The mean loss of an epoch's points (A,), each batch weighted by its size, added up in their order.

    Args:
        losses_SA: of each step and run.
        sizes: points of each step's batch, S of them.
    """
    total_A = torch.zeros(losses_SA.shape[1], dtype=torch.float64)
    for loss_A, count in zip(losses_SA, sizes, strict=True):
        total_A = total_A + loss_A * count
    return total_A / sum(sizes)


def _count_steps(loss_S: Tensor) -> int:
    """Steps until the first loss that is not finite; all of them, if only the parameters are not."""
    bad = (~loss_S.isfinite()).nonzero().flatten().tolist()
    return bad[0] + 1 if bad else len(loss_S)


def _column(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)
