"""Runs trained together: epoch by epoch, until each has ended; knows no arithmetic and no files.

Shapes: A runs that go on, S steps of an epoch, P parameters of a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from sinefit.core.outcome import Epoch
from sinefit.core.stopping import EarlyStopping
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from sinefit.core.fused.member import Member
    from sinefit.core.fused.steps import Steps


@dataclass
class Track:
    """How far one run of a stack is."""

    member: Member
    stopping: EarlyStopping
    history: list[Epoch] = field(default_factory=list)
    steps: int = 0
    message: str = ""


@dataclass(frozen=True)
class Ended:
    """A run that left its stack.

    Attributes:
        index: its place among the stack's members.
        status: how it ended.
        track: its history, steps and message.
        parameters: the ones it keeps, (P,).
        metrics: of these.
    """

    index: int
    status: Status
    track: Track
    parameters: Tensor
    metrics: dict[str, float]


class Stack:
    """Members that train together.

    Args:
        members: the runs, one or more, with equal keys.
        steps: computes their steps.
    """

    def __init__(self, members: Sequence[Member], steps: Steps) -> None:
        self.steps = steps
        self.tracks = [
            Track(m, EarlyStopping(m.experiment.trainer.patience, m.experiment.trainer.min_improvement))
            for m in members
        ]
        self.has_validation = members[0].samples.validation is not None
        size, batch = len(members[0].samples.training.inputs), members[0].experiment.data.batch_size
        self.sizes = [min(batch, size - at) for at in range(0, size, batch)]
        self.rows = list(range(len(members)))

    def train(self) -> Iterator[Ended]:
        """Train epoch by epoch; each run is handed out when it ends."""
        while self.rows:
            epoch = len(self.tracks[self.rows[0]].history) + 1
            losses_SA, is_finite = self.steps.train_epoch(epoch)
            yield from self._end_epoch(epoch, losses_SA, is_finite)

    def _end_epoch(self, epoch: int, losses_SA: Tensor, is_finite: list[bool]) -> Iterator[Ended]:
        """Write the epoch into each run's history, and let those that end go."""
        mean_A = weighted_mean(losses_SA, self.sizes)
        bad_SA = ~losses_SA.isfinite()
        is_bad_A, first_bad_A = bad_SA.any(0).tolist(), bad_SA.int().argmax(0).tolist()
        validation_A = self._validation_losses(epoch)
        keeps, ended = [False] * len(self.rows), {}
        for at, row in enumerate(self.rows):
            track = self.tracks[row]
            track.steps += first_bad_A[at] + 1 if is_bad_A[at] else len(self.sizes)
            if is_bad_A[at] or not is_finite[at]:
                track.message = f"loss or parameters not finite in epoch {epoch}, step {track.steps}"
                ended[at] = Status.DIVERGED
                continue
            validation = None if validation_A is None else validation_A[at]
            status, keeps[at] = note_epoch(track, mean_A[at], validation)
            if status is not None:
                ended[at] = status
        self.steps.keep(keeps)
        for at, status in ended.items():
            parameters, metrics = self.steps.kept(at), self.steps.evaluate(at)
            yield Ended(self.rows[at], status, self.tracks[self.rows[at]], parameters, metrics)
        left = [at for at in range(len(self.rows)) if at not in ended]
        if ended and left:
            self.steps.go_on_with(left)
        self.rows = [self.rows[at] for at in left]

    def _validation_losses(self, epoch: int) -> list[float] | None:
        """The held-out points' loss of each run, if one wants it after this epoch."""
        wanted = (self.tracks[row].member.experiment.trainer.evaluate_every for row in self.rows)
        if not self.has_validation or all(epoch % every for every in wanted):
            return None
        return self.steps.validate()


def weighted_mean(losses_SA: Tensor, sizes: Sequence[int]) -> list[float]:
    """The mean loss of an epoch's points, each batch weighted by its size, added up in the batches' order."""
    total_A = torch.zeros(losses_SA.shape[1], dtype=torch.float64)
    for loss_A, count in zip(losses_SA, sizes, strict=True):
        total_A = total_A + loss_A * count
    mean_A: list[float] = (total_A / sum(sizes)).tolist()
    return mean_A


def note_epoch(track: Track, train_loss: float, validation_loss: float | None) -> tuple[Status | None, bool]:
    """Add a whole epoch to a run's history, as `Training.advance` does.

    Returns:
        How the run ended with it, or None; and whether its parameters are to be kept.
    """
    trainer, epoch = track.member.experiment.trainer, len(track.history) + 1
    if epoch % trainer.evaluate_every != 0:
        validation_loss = None
    improved = validation_loss is not None and track.stopping.improved(validation_loss)
    track.history.append(Epoch(epoch, train_loss, validation_loss, track.member.lrs[epoch - 1]))
    keeps = improved or trainer.patience is None
    if trainer.target_loss is not None and train_loss <= trainer.target_loss:
        return Status.CONVERGED, True
    if track.stopping.is_exhausted():
        best = track.stopping.best
        track.message = f"validation loss not below {best:.6g} for {trainer.patience} evaluations"
        return Status.STOPPED, keeps
    return (Status.COMPLETED if epoch >= trainer.max_epochs else None), keeps
