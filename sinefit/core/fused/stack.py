"""Runs trained together as one program: tensors with a leading run dimension; knows no files.

Shapes: R runs (padded), A runs that are alive, N training points, B points of a batch, I inputs,
O outputs, P parameters of a run, S steps of an epoch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch.func import functional_call, grad_and_value, vmap

from sinefit.core.fused.orders import Orders
from sinefit.core.fused.points import Points
from sinefit.core.fused.rule import Rule, State, update
from sinefit.core.outcome import Epoch
from sinefit.core.stopping import EarlyStopping
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from sinefit.core.fused.member import Member

    Step = Callable[..., tuple[Tensor, Tensor, Tensor, Tensor]]
WIDTH = 64
"""Kernels give a run the same bits at any width that is a multiple of this: no vector has a tail."""


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
        kept_P: its parameters.
    """

    index: int
    status: Status
    track: Track
    kept_P: Tensor


class Stack:
    """Members with equal keys, trained together.

    Args:
        members: the runs, one or more.
        compiled: whether the step is compiled.
    """

    def __init__(self, members: Sequence[Member], *, compiled: bool) -> None:
        first = members[0]
        self.experiment = first.experiment
        self.model = first.model
        self.tracks = [
            Track(m, EarlyStopping(m.experiment.trainer.patience, m.experiment.trainer.min_improvement))
            for m in members
        ]
        step = self._make_step()
        self.step: Step = torch.compile(step, dynamic=True) if compiled else step
        self.points = Points([m.samples.training for m in members])
        validation = [m.samples.validation for m in members]
        self.validation = Points([v for v in validation if v is not None])
        self.orders = Orders(
            [m.generator for m in members], self.points.size, shuffle=self.experiment.data.shuffle
        )
        self.rows: list[int] = []
        p_RP = torch.stack([m.flat() for m in members])
        rule = Rule([m.rule for m in members], p_RP.dtype, p_RP.device)
        self._take(range(len(members)), rule.start(p_RP), p_RP)

    def train(self) -> Iterator[Ended]:
        """Train epoch by epoch; each run is handed out when it ends."""
        while self.rows:
            losses_SR = self._train_epoch()
            yield from self._end_epoch(losses_SR)

    @property
    def epoch(self) -> int:
        """The number of the epoch that comes next, from 1."""
        return len(self.tracks[self.rows[0]].history) + 1

    def _take(self, positions: Sequence[int], state: State, kept_RP: Tensor) -> None:
        """Go on with the rows at these positions, padded to the width with copies of the last."""
        self.rows = [self.rows[at] for at in positions] if self.rows else list(positions)
        padded = [*positions, *([positions[-1]] * (-len(self.rows) % WIDTH))]
        self.state = State(*(x[padded].contiguous() for x in state))
        self.kept_RP = kept_RP[padded].contiguous()
        self.padded = [*self.rows, *([self.rows[-1]] * (len(padded) - len(self.rows)))]
        members = [self.tracks[row].member for row in self.padded]
        self.rule = Rule([m.rule for m in members], kept_RP.dtype, kept_RP.device)
        clips = [m.experiment.trainer.gradient_clip_norm or math.inf for m in members]
        self.clip_R1 = torch.tensor(clips, dtype=kept_RP.dtype, device=kept_RP.device).unsqueeze(1)
        self.buffers = {
            name: torch.stack([dict(m.model.named_buffers())[name] for m in members])
            for name, _ in self.model.named_buffers()
        }

    def _make_step(self) -> Step:
        model, loss = self.model.train(), self.experiment.loss
        layout, at = [], 0
        for name, p in model.named_parameters():
            layout.append((name, at, at + p.numel(), p.shape))
            at += p.numel()
        clips = self.experiment.trainer.gradient_clip_norm is not None

        def run_loss(p: dict[str, Tensor], b: dict[str, Tensor], x_BI: Tensor, y_BO: Tensor) -> Tensor:
            return loss(functional_call(model, (p, b), (x_BI,)), y_BO)

        def unflat(p_RP: Tensor) -> dict[str, Tensor]:
            return {n: p_RP[:, a:b].reshape(p_RP.shape[0], *shape) for n, a, b, shape in layout}

        def step(  # noqa: PLR0913, PLR0917 - tensors, for the compiler
            p_RP: Tensor,
            m_RP: Tensor,
            v_RP: Tensor,
            buffers: dict[str, Tensor],
            x_RBI: Tensor,
            y_RBO: Tensor,
            fixed: dict[str, Tensor],
            masks: tuple[Tensor, Tensor],
            rates: tuple[Tensor, Tensor, Tensor],
            clip_R1: Tensor,
        ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
            grads, loss_R = vmap(grad_and_value(run_loss))(unflat(p_RP), buffers, x_RBI, y_RBO)
            g_RP = torch.cat([grads[n].reshape(p_RP.shape[0], -1) for n, *_ in layout], dim=1)
            if clips:
                norm_R1 = g_RP.square().sum(1, keepdim=True).sqrt()
                g_RP = g_RP * (clip_R1 / (norm_R1 + 1e-6)).clamp(max=1.0)
            return (*update(State(p_RP, m_RP, v_RP), g_RP, fixed, masks, rates), loss_R)

        def validate(p_RP: Tensor, buffers: dict[str, Tensor], x_RNI: Tensor, y_RNO: Tensor) -> Tensor:
            return vmap(run_loss)(unflat(p_RP), buffers, x_RNI, y_RNO)

        self._validate = validate
        return step

    def _train_epoch(self) -> list[Tensor]:
        """One epoch of steps; the losses before each, (R,) S times."""
        size, batch = self.points.size, self.experiment.data.batch_size
        starts = range(0, size, batch)
        tracks = [self.tracks[row] for row in self.padded]
        lr_R = torch.tensor([t.member.lrs[self.epoch - 1] for t in tracks], dtype=torch.float64)
        first = (self.epoch - 1) * len(starts) + 1
        rates = self.rule.rates(lr_R, first, len(starts))
        x_RNI, y_RNO = self.points.ordered(self.padded, self.orders.draw()[self.padded])
        losses = []
        p, m, v = self.state
        for s, at in enumerate(starts):
            p, m, v, loss_R = self.step(
                p,
                m,
                v,
                self.buffers,
                x_RNI[:, at : at + batch].contiguous(),
                y_RNO[:, at : at + batch].contiguous(),
                self.rule.fixed,
                (self.rule.is_before, self.rule.is_after),
                tuple(rate[s] for rate in rates),
                self.clip_R1,
            )
            losses.append(loss_R)
        self.state = State(p, m, v)
        return losses

    def _end_epoch(self, losses: list[Tensor]) -> Iterator[Ended]:
        """Write the epoch into each run's history, and let those that end go."""
        epoch, size, batch = self.epoch, self.points.size, self.experiment.data.batch_size
        losses_SR = torch.stack(losses).double().cpu()
        sizes = [min(batch, size - at) for at in range(0, size, batch)]
        total_R = torch.zeros(losses_SR.shape[1], dtype=torch.float64)
        for loss_R, count in zip(losses_SR, sizes, strict=True):
            total_R = total_R + loss_R * count
        mean_R: list[float] = (total_R / size).tolist()
        bad_SR = ~losses_SR.isfinite()
        is_bad_R, first_bad_R = bad_SR.any(0).tolist(), bad_SR.int().argmax(0).tolist()
        finite_R = torch.isfinite(self.state.p_RP).all(1).tolist()
        validation_R = self._validation_losses(epoch)
        keeps, ended = [False] * len(self.padded), {}
        for at, row in enumerate(self.rows):
            track = self.tracks[row]
            track.steps += first_bad_R[at] + 1 if is_bad_R[at] else len(sizes)
            if is_bad_R[at] or not finite_R[at]:
                track.message = f"loss or parameters not finite in epoch {epoch}, step {track.steps}"
                ended[at] = Status.DIVERGED
                continue
            status, keeps[at] = note_epoch(
                track, mean_R[at], None if validation_R is None else validation_R[at]
            )
            if status is not None:
                ended[at] = status
        mask = torch.tensor(keeps, device=self.kept_RP.device).unsqueeze(1)
        self.kept_RP = torch.where(mask, self.state.p_RP, self.kept_RP)
        for at, status in ended.items():
            yield Ended(self.rows[at], status, self.tracks[self.rows[at]], self.kept_RP[at].clone())
        if ended:
            left = [at for at in range(len(self.rows)) if at not in ended]
            if left:
                self._take(left, self.state, self.kept_RP)
            else:
                self.rows = []

    def _validation_losses(self, epoch: int) -> list[float] | None:
        """The held-out points' loss of each row, if a run wants it after this epoch."""
        wanted = any(
            epoch % self.tracks[row].member.experiment.trainer.evaluate_every == 0 for row in self.rows
        )
        if self.validation.size == 0 or not wanted:
            return None
        x_RNI, y_RNO = self.validation.of(self.padded)
        with torch.no_grad():
            losses: list[float] = self._validate(self.state.p_RP, self.buffers, x_RNI, y_RNO).tolist()
        return losses


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
