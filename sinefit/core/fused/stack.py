"""Runs trained together: epoch by epoch, until each has ended; knows no arithmetic and no files.

Shapes: R runs, A runs that go on, S steps of an epoch, P parameters of a run.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import torch

from sinefit.core.fused.endings import Endings
from sinefit.core.fused.history import History
from sinefit.core.outcome import make_outcome
from sinefit.core.probes import Watch
from sinefit.core.stopping import describe_divergence, describe_interruption
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from sinefit.core.fused.member import Member
    from sinefit.core.fused.steps import Steps
    from sinefit.core.outcome import Epoch, Outcome

    OnStackEpoch = Callable[[int], None]


class Stack:
    """Members that train together.

    Args:
        members: the runs, one or more, with equal keys.
        steps: computes their steps.
    """

    def __init__(self, members: Sequence[Member], steps: Steps) -> None:
        self.members = list(members)
        self.steps = steps
        self.endings = Endings([m.experiment.trainer for m in members])
        self.history = History(len(members))
        self.has_validation = members[0].samples.validation is not None
        size, batch = len(members[0].samples.training.inputs), members[0].experiment.data.batch_size
        self.sizes = [min(batch, size - at) for at in range(0, size, batch)]
        self.rows = torch.arange(len(members))
        self.watches = [Watch(m.experiment.probe, m.samples) for m in members]
        self.epoch = 0
        self.epochs_R = torch.zeros(len(members), dtype=torch.int64)
        self._started = time.perf_counter()

    def train(self, on_epoch: OnStackEpoch | None = None) -> Iterator[tuple[int, Outcome]]:
        """Train epoch by epoch; each run's index among the members and its outcome, when it ends.

        Args:
            on_epoch: called after each epoch with the number of runs that took part.
        """
        while len(self.rows):
            ended = self._train_epoch()
            if on_epoch is not None:
                on_epoch(len(self.rows))
            for position in sorted(ended):
                yield int(self.rows[position]), self._make_outcome(position, *ended[position])
            if ended:
                self._continue_with([at for at in range(len(self.rows)) if at not in ended])

    def interrupt(self, row: int) -> Outcome:
        """The outcome of a run that goes on no more, with the parameters of its last whole epoch."""
        position = self.rows.tolist().index(row)
        return self._make_outcome(position, Status.INTERRUPTED, describe_interruption(self.epoch + 1))

    def read_history(self, row: int, first: int = 0) -> tuple[Epoch, ...]:
        """A run's whole epochs so far.

        Args:
            row: its index among the members.
            first: how many of them are left out.
        """
        member, epochs = self.members[row], int(self.epochs_R[row])
        every = member.experiment.trainer.evaluate_every if self.has_validation else None
        lrs = [member.schedule.lr(epoch) for epoch in range(first + 1, epochs + 1)]
        return self.history.read(row, first, lrs, every)

    def _train_epoch(self) -> dict[int, tuple[Status, str, int]]:
        """Train an epoch and write it into the runs' history.

        Returns:
            The positions of the runs that end with it: how, a sentence on it, and the steps of an epoch that
            counts for nothing, as the loss or the parameters are no longer finite.
        """
        self.epoch += 1
        losses_SA, is_finite = self.steps.train_epoch(self.epoch)
        mean_A = weighted_mean(losses_SA, self.sizes)
        is_good_A = torch.tensor(is_finite) & losses_SA.isfinite().all(0)
        seen_A = self.endings.wants_validation(self.rows, self.epoch) & self.has_validation
        validation_A = torch.zeros_like(mean_A)
        if seen_A.any():
            validation_A[:] = torch.tensor(self.steps.validate(), dtype=torch.float64)
        good = is_good_A.nonzero().flatten()
        rows = self.rows[good]
        keeps_A = torch.zeros_like(is_good_A)
        keeps_A[good] = self.endings.choose_kept(rows, mean_A[good], validation_A[good], seen_A[good])
        self.steps.keep(keeps_A)
        self.history.add(self.rows, mean_A, validation_A)
        self.epochs_R[rows] = self.epoch
        for at in good.tolist():
            watch = self.watches[int(self.rows[at])]
            watch.look_if_due(self.epoch, self.epoch * len(self.sizes), partial(self.steps.predict, at))
        found = self.endings.find(rows, self.epoch, mean_A[good])
        ended = {int(good[at]): (status, message, 0) for at, (status, message) in found.items()}
        return ended | {
            at: self._describe_divergence(losses_SA[:, at])
            for at in (~is_good_A).nonzero().flatten().tolist()
        }

    def _describe_divergence(self, loss_S: Tensor) -> tuple[Status, str, int]:
        bad = (~loss_S.isfinite()).nonzero().flatten().tolist()
        steps = bad[0] + 1 if bad else len(loss_S)
        message = describe_divergence(self.epoch, (self.epoch - 1) * len(self.sizes) + steps)
        return Status.DIVERGED, message, steps

    def _continue_with(self, positions: list[int]) -> None:
        if positions:
            self.steps.continue_with(positions)
        self.rows = self.rows[positions]

    def _make_outcome(
        self, position: int, status: Status, message: str, unfinished_steps: int = 0
    ) -> Outcome:
        """What becomes of the run at a position; one with unfinished steps has no row for them."""
        row = int(self.rows[position])
        member = self.members[row]
        return make_outcome(
            status=status,
            message=message,
            parameters=member.state_dict(self.steps.kept_parameters(position)),
            num_parameters=member.num_parameters,
            history=self.read_history(row),
            steps=int(self.epochs_R[row]) * len(self.sizes) + unfinished_steps,
            train_seconds=(time.perf_counter() - self._started) / len(self.members),
            evaluation=self.steps.evaluate(position),
            watch=self.watches[row],
            engine=self.steps.engine,
        )


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
