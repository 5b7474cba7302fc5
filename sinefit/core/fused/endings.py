"""When the runs of a stack end, epoch by epoch.

Shapes: A runs that go on, S steps of an epoch, E epochs of a block.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch

from sinefit.core.stopping import Stopping
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from sinefit.core.stopping import Waiting
    from sinefit.core.trainer import Trainer


class Ending(NamedTuple):
    """How a run ended.

    Attributes:
        status: how.
        best: its best validation loss, if early stopping ended it.
        unfinished_steps: steps of the epoch in which it diverged, which has no row in its history.
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
        trainers: the runs' settings.
        sizes: points of each step's batch, S of them.
        validate: computes the loss on the held-out points of each run that goes on; None without any.
    """

    def __init__(
        self, trainers: Sequence[Trainer], sizes: Sequence[int], validate: Callable[[], list[float]] | None
    ) -> None:
        self._stoppings = [Stopping(trainer) for trainer in trainers]
        self._sizes_S1 = torch.tensor(sizes, dtype=torch.float64).unsqueeze(1)
        self._validate = validate

    def restore(self, each: Sequence[Waiting]) -> None:
        """Go on with what `waiting` gave of each run."""
        for stopping, waiting in zip(self._stoppings, each, strict=True):
            stopping.waiting = waiting

    def waiting(self, row: int) -> Waiting:
        """What decides when a run stops."""
        return self._stoppings[row].waiting

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
        stoppings = [self._stoppings[row] for row in rows]
        # Added up step by step, as the plain engine does.
        mean_A = (losses_SA * self._sizes_S1).cumsum(0)[-1] / self._sizes_S1.sum()
        is_good_A = is_finite_A & mean_A.isfinite()
        is_due = [self._validate is not None and epoch % s.trainer.evaluate_every == 0 for s in stoppings]
        validation = (
            self._validate() if self._validate is not None and any(is_due) else [math.nan] * len(rows)
        )
        keeps, endings = [False] * len(rows), {}
        for at, (stopping, is_good, loss) in enumerate(
            zip(stoppings, is_good_A.tolist(), mean_A.tolist(), strict=True)
        ):
            if not is_good:
                endings[at] = Ending(Status.DIVERGED, unfinished_steps=_count_steps(losses_SA[:, at]))
                continue
            keeps[at], status = stopping.end_epoch(epoch, loss, validation[at] if is_due[at] else None)
            if status is not None:
                endings[at] = Ending(status, stopping.waiting.best)
        validation_A = torch.tensor(validation, dtype=torch.float64)
        return Block(mean_A[None], validation_A[None], is_good_A.long(), endings), torch.tensor(keeps)


def _count_steps(loss_S: Tensor) -> int:
    """Steps until the first loss that is not finite; all of them, if only the parameters are not."""
    bad = (~loss_S.isfinite()).nonzero().flatten().tolist()
    return bad[0] + 1 if bad else len(loss_S)
