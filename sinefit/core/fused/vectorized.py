"""Steps of any module that `torch.func` can handle: tensors with a leading run dimension; knows no files.

Shapes: R runs (padded), A runs that go on, N training points, B points of a batch, I inputs,
O outputs, P parameters of a run, W numbers of its row (see `layout`), S steps of an epoch.
"""

from __future__ import annotations

import math
import os
import shlex
import shutil
from typing import TYPE_CHECKING

import torch
from torch.func import grad_and_value, vmap

from sinefit.core.evaluation import evaluate, predict
from sinefit.core.fused.endings import Endings
from sinefit.core.fused.layout import Layout
from sinefit.core.fused.orders import Orders
from sinefit.core.fused.points import Points
from sinefit.core.fused.progress import RunState
from sinefit.core.fused.rule import Rule, State, update
from sinefit.core.gradients import functional_network
from sinefit.core.losses import compute_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from sinefit.core.evaluation import Evaluation
    from sinefit.core.fused.endings import Block
    from sinefit.core.fused.member import Member

    Step = Callable[..., tuple[Tensor, Tensor, Tensor, Tensor]]
    Validate = Callable[..., Tensor]

WIDTH = 64
"""Kernels give a run the same bits at any width that is a multiple of this: no vector has a tail."""


class NotCompiledError(Exception):
    """A step that torch could not compile; its text says why."""


class VectorizedSteps:
    """The steps of members with equal keys; see `Steps`.

    Args:
        members: the runs, one or more.
        compiled: whether the step is compiled.

    Attributes:
        engine: ``compiled`` or ``eager``.

    Raises:
        NotCompiledError: if the step is to be compiled and cannot be.
    """

    def __init__(self, members: Sequence[Member], *, compiled: bool) -> None:
        first = members[0]
        self.engine = "compiled" if compiled else "eager"
        self.members = list(members)
        self._data = first.experiment.data
        self._model = first.model
        self._layout = Layout(first.model)
        self._step, self._compute_loss = make_step(first, self._layout)
        self._points = Points([m.samples.training for m in members])
        self._held_out = Points([m.samples.validation for m in members if m.samples.validation is not None])
        self._orders = Orders([m.generator for m in members], self._points.size, shuffle=self._data.shuffle)
        self._starts = range(0, self._points.size, self._data.batch_size)
        self._endings = Endings(
            [m.experiment.trainer for m in members],
            [min(self._data.batch_size, self._points.size - start) for start in self._starts],
            self._validate if self._held_out.size else None,
        )
        p_RW = torch.stack([self._layout.spread(m.initial) for m in members])
        rule = Rule([m.schedule.rule for m in members], p_RW.dtype, p_RW.device)
        self.rows = list(range(len(members)))
        if first.progress is None:
            self._select(self.rows, rule.start(p_RW), p_RW)
        else:
            self._restore([m.progress.state for m in members if m.progress is not None])
            self._orders.skip(first.progress.epoch)
        if compiled:
            self._compile()

    def _restore(self, states: Sequence[RunState]) -> None:
        """Go on where the runs were left."""
        device = self.members[0].initial.device
        *state, kept_RW = (
            torch.stack([self._layout.spread(x_P.to(device)) for x_P in each])
            for each in zip(*(state.vectors for state in states), strict=True)
        )
        self._endings.restore([state.waiting for state in states])
        self._select(self.rows, State(*state), kept_RW)

    def state(self, position: int) -> RunState:
        """What a run needs to go on later; copies."""
        each = (*self.state_RW, self.kept_RW)
        vectors = tuple(self._layout.pick(x_RW[position]).cpu().clone() for x_RW in each)
        return RunState(vectors, self._endings.waiting(self.rows[position]))

    def _compile(self) -> None:
        """Compile the step, and try it with each number of points that a batch has."""
        size, batch = self._points.size, self._data.batch_size
        x_RNI, y_RNO = self._points.select(self.padded)
        rates = self.rule.rates([self.members[row].schedule.lr(1) for row in self.padded], 1, 1)
        try:
            self._step = compile_step(self._step)
            for count in {min(batch, size), size % batch or batch}:
                self._take_step((x_RNI[:, :count], y_RNO[:, :count]), rates, 0)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".partition("\n")[0]
            raise NotCompiledError(reason) from error

    def _take_step(
        self, batch_RB: tuple[Tensor, Tensor], rates: tuple[Tensor, Tensor, Tensor], number: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The next p, m and v, and the losses (R,); the rates are those at a number, from 0."""
        return self._step(
            *self.state_RW,
            self.buffers,
            *(points.contiguous() for points in batch_RB),
            self.rule.fixed,
            (self.rule.is_before, self.rule.is_after),
            tuple(rate[number].unsqueeze(1) for rate in rates),
            self.clip_R1,
        )

    def _select(self, positions: Sequence[int], state: State, kept_RW: Tensor) -> None:
        """Go on with the rows at these positions, padded to the width with copies of the last."""
        self.rows = [self.rows[at] for at in positions]
        missing = -len(positions) % WIDTH
        padded = [*positions, *([positions[-1]] * missing)]
        self.state_RW = State(*(x[padded].contiguous() for x in state))
        self.kept_RW = kept_RW[padded].contiguous()
        self.padded = [*self.rows, *([self.rows[-1]] * missing)]
        members = [self.members[row] for row in self.padded]
        self.rule = Rule([m.schedule.rule for m in members], kept_RW.dtype, kept_RW.device)
        clips = [m.experiment.trainer.gradient_clip_norm or math.inf for m in members]
        self.clip_R1 = torch.tensor(clips, dtype=kept_RW.dtype, device=kept_RW.device).unsqueeze(1)
        self.buffers = {
            name: torch.stack([dict(m.model.named_buffers())[name] for m in members])
            for name, _ in self._model.named_buffers()
        }

    def train(self, first_epoch: int, most: int = 1) -> Block:
        """Train one epoch, see `Steps`.

        Args:
            first_epoch: its number, from 1.
            most: is not looked at.
        """
        del most
        block, keeps_A = self._endings.end_epoch(self.rows, first_epoch, *self._train_epoch(first_epoch))
        keeps_R = torch.zeros(len(self.padded), dtype=torch.bool)
        keeps_R[: len(keeps_A)] = keeps_A
        mask_R1 = keeps_R.unsqueeze(1).to(self.kept_RW.device)
        self.kept_RW = torch.where(mask_R1, self.state_RW.p_RP, self.kept_RW)
        return block

    def _train_epoch(self, epoch: int) -> tuple[Tensor, Tensor]:
        """The losses before each step (S, A), and whether the parameters are finite after the last (A,)."""
        self._model.train()
        starts, batch = self._starts, self._data.batch_size
        lrs = [self.members[row].schedule.lr(epoch) for row in self.padded]
        rates = self.rule.rates(lrs, (epoch - 1) * len(starts) + 1, len(starts))
        orders_RN = self._orders.draw()[self._orders.which[self.padded]]
        x_RNI, y_RNO = self._points.reorder(self.padded, orders_RN)
        losses = []
        for number, at in enumerate(starts):
            batch_RB = x_RNI[:, at : at + batch], y_RNO[:, at : at + batch]
            *state, loss_R = self._take_step(batch_RB, rates, number)
            self.state_RW = State(*state)
            losses.append(loss_R)
        losses_SA = torch.stack(losses)[:, : len(self.rows)].double().cpu()
        is_finite_R = torch.isfinite(self._layout.pick(self.state_RW.p_RP)).all(1)
        return losses_SA, is_finite_R[: len(self.rows)].cpu()

    def _validate(self) -> list[float]:
        """The losses on the held-out points, A of them."""
        self._model.eval()
        x_RNI, y_RNO = self._held_out.select(self.padded)
        with torch.no_grad():
            losses: list[float] = self._compute_loss(self.state_RW.p_RP, self.buffers, x_RNI, y_RNO).tolist()
        return losses[: len(self.rows)]

    def kept_parameters(self, position: int) -> Tensor:
        """The kept parameters of a run, (P,)."""
        return self._layout.pick(self.kept_RW[position])

    def evaluate(self, position: int) -> Evaluation:
        """Evaluate a run's kept parameters."""
        member = self.members[self.rows[position]]
        member.load_parameters(self.kept_parameters(position))
        return evaluate(member.model, member.samples)

    def predict(self, position: int, inputs: Tensor) -> Tensor:
        """A run's outputs (N, O) at inputs (N, I), with its parameters as they are now."""
        member = self.members[self.rows[position]]
        member.load_parameters(self._layout.pick(self.state_RW.p_RP[position]))
        return predict(member.model.eval(), inputs)

    def continue_with(self, positions: Sequence[int]) -> None:
        """Let all other runs go."""
        self._select(positions, self.state_RW, self.kept_RW)


def make_step(member: Member, layout: Layout) -> tuple[Step, Validate]:
    """The functions that take one step, and that compute the loss, for runs like this one.

    Args:
        member: gives model, loss and whether gradients are clipped.
        layout: where the parameters lie in a row.
    """
    model, loss = member.model.train(), member.experiment.loss
    clips = member.experiment.trainer.gradient_clip_norm is not None

    def run_loss(p: dict[str, Tensor], b: dict[str, Tensor], x_BI: Tensor, y_BO: Tensor) -> Tensor:
        return compute_loss(loss, functional_network(model, p, b), x_BI, y_BO)

    def step(  # noqa: PLR0913, PLR0917 - tensors, for the compiler
        p_RW: Tensor,
        m_RW: Tensor,
        v_RW: Tensor,
        buffers: dict[str, Tensor],
        x_RBI: Tensor,
        y_RBO: Tensor,
        fixed: dict[str, Tensor],
        masks: tuple[Tensor, Tensor],
        rates: tuple[Tensor, Tensor, Tensor],
        clip_R1: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        grads, loss_R = vmap(grad_and_value(run_loss))(layout.split(p_RW), buffers, x_RBI, y_RBO)
        g_RW = layout.join(grads)
        if clips:
            norm_R1 = g_RW.square().sum(1, keepdim=True).sqrt()
            g_RW = g_RW * (clip_R1 / (norm_R1 + 1e-6)).clamp(max=1.0)
        return (*update(State(p_RW, m_RW, v_RW), g_RW, fixed, masks, rates), loss_R)

    def validate(p_RW: Tensor, buffers: dict[str, Tensor], x_RNI: Tensor, y_RNO: Tensor) -> Tensor:
        return vmap(run_loss)(layout.split(p_RW), buffers, x_RNI, y_RNO)

    return step, validate


def explain_no_compiler() -> str:
    """Why no step can be compiled on this machine; empty if the compiler that torch asks for is there."""
    compiler = os.environ.get("CXX") or "g++"
    if shutil.which(shlex.split(compiler)[0]):
        return ""
    return f"the C++ compiler {compiler} was not found (on Debian: apt-get install g++)"


def compile_step(step: Step) -> Step:
    """The step compiled, for any width and any number of points."""
    import torch._dynamo  # noqa: PLC0415 - takes a second

    torch._dynamo.config.recompile_limit = 1024  # noqa: SLF001 - torch offers the setting there
    compiled: Step = torch.compile(step, dynamic=True)
    return compiled
