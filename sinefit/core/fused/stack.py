"""Runs trained together: epoch by epoch, until each has ended; knows no arithmetic and no files.

Shapes: R runs, A runs that go on, S steps of an epoch, P parameters of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch

from sinefit.core.fused.endings import Endings
from sinefit.core.fused.history import History
from sinefit.core.probes import watch
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from sinefit.core.evaluation import Evaluation
    from sinefit.core.fused.member import Member
    from sinefit.core.fused.steps import Steps
    from sinefit.core.outcome import Epoch
    from sinefit.core.probes import Watch

    OnStackEpoch = Callable[[int], None]


@dataclass(frozen=True)
class Ended:
    """A run that left its stack.

    Attributes:
        index: its place among the stack's members.
        member: itself.
        status: how it ended.
        message: one sentence on how, where the status alone does not say it.
        history: one row a completed epoch.
        steps: taken, those of an unfinished epoch included.
        parameters: the ones it keeps, (P,).
        evaluation: of these.
        watch: what looked at it on the way; None without a probe.
        program: what computed its steps, see `Steps`.
    """

    index: int
    member: Member
    status: Status
    message: str
    history: tuple[Epoch, ...]
    steps: int
    parameters: Tensor
    evaluation: Evaluation
    watch: Watch | None
    program: str


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
        self.watches = [watch(m.experiment.probe, m.samples) for m in members]
        self.epoch = 0

    def train(self, on_epoch: OnStackEpoch | None = None) -> Iterator[Ended]:
        """Train epoch by epoch; each run is handed out when it ends.

        Args:
            on_epoch: called after each epoch with the number of runs that took part.
        """
        while len(self.rows):
            self.epoch += 1
            losses_SA, is_finite = self.steps.train_epoch(self.epoch)
            if on_epoch is not None:
                on_epoch(len(self.rows))
            yield from self._end_epoch(losses_SA, torch.tensor(is_finite))

    def _end_epoch(self, losses_SA: Tensor, is_finite_A: Tensor) -> Iterator[Ended]:
        """Write the epoch into the runs' history, and let those that end go."""
        mean_A = weighted_mean(losses_SA, self.sizes)
        is_good_A = is_finite_A & losses_SA.isfinite().all(0)
        seen_A = self.endings.wants_validation(self.rows, self.epoch) & self.has_validation
        validation_A = torch.zeros_like(mean_A)
        if seen_A.any():
            validation_A[:] = torch.tensor(self.steps.validate(), dtype=torch.float64)
        good = is_good_A.nonzero().flatten()
        rows = self.rows[good]
        keeps_A = torch.zeros_like(is_good_A)
        keeps_A[good] = self.endings.note(rows, mean_A[good], validation_A[good], seen_A[good])
        self.steps.keep(keeps_A)
        self.history.add(self.rows, mean_A, validation_A)
        self._look(good.tolist())
        found = self.endings.find(rows, self.epoch, mean_A[good])
        ended = {int(good[at]): (status, message, 0) for at, (status, message) in found.items()}
        for at in (~is_good_A).nonzero().flatten().tolist():
            ended[at] = self._diverged(losses_SA[:, at])
        for at in sorted(ended):
            yield self._ended(at, *ended[at])
        left = [at for at in range(len(self.rows)) if at not in ended]
        if ended and left:
            self.steps.go_on_with(left)
        self.rows = self.rows[left]

    def _look(self, positions: Sequence[int]) -> None:
        """Let the probes of the runs at these positions look at them."""
        for at in positions:
            watching = self.watches[int(self.rows[at])]
            if watching is not None:
                watching.note(self.epoch, self.epoch * len(self.sizes), partial(self.steps.predict, at))

    def _diverged(self, loss_S: Tensor) -> tuple[Status, str, int]:
        """How a run ended whose loss or parameters are no longer finite, and the steps of its last epoch."""
        bad = (~loss_S.isfinite()).nonzero().flatten().tolist()
        steps = bad[0] + 1 if bad else len(loss_S)
        total = (self.epoch - 1) * len(self.sizes) + steps
        return Status.DIVERGED, f"loss or parameters not finite in epoch {self.epoch}, step {total}", steps

    def _ended(self, at: int, status: Status, message: str, unfinished_steps: int) -> Ended:
        """What becomes of the run at a position; a diverged one has no row for its last epoch."""
        row = int(self.rows[at])
        epochs = self.epoch - 1 if status is Status.DIVERGED else self.epoch
        member = self.members[row]
        evaluate_every = member.experiment.trainer.evaluate_every if self.has_validation else None
        return Ended(
            index=row,
            member=member,
            status=status,
            message=message,
            history=self.history.of(row, member.schedule.lrs[:epochs], evaluate_every),
            steps=epochs * len(self.sizes) + unfinished_steps,
            parameters=self.steps.kept(at),
            evaluation=self.steps.evaluate(at),
            watch=self.watches[row],
            program=self.steps.program,
        )


def weighted_mean(losses_SA: Tensor, sizes: Sequence[int]) -> Tensor:
    """The mean loss of an epoch's points (A,), each batch weighted by its size, added up in their order."""
    total_A = torch.zeros(losses_SA.shape[1], dtype=torch.float64)
    for loss_A, count in zip(losses_SA, sizes, strict=True):
        total_A = total_A + loss_A * count
    return total_A / sum(sizes)
