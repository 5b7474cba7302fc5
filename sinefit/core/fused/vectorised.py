"""Steps of any module that `torch.func` can handle: tensors with a leading run dimension; knows no files.

Shapes: R runs (padded), A runs that go on, N training points, B points of a batch, I inputs,
O outputs, P parameters of a run, W numbers of its row (see `layout`), S steps of an epoch.
"""

from __future__ import annotations

import functools
import logging
import math
import os
import shlex
import shutil
from typing import TYPE_CHECKING

import torch
from torch.func import functional_call, grad_and_value, vmap

from sinefit.core.evaluation import evaluate, predict
from sinefit.core.fused.layout import Layout
from sinefit.core.fused.orders import Orders
from sinefit.core.fused.points import Points
from sinefit.core.fused.rule import Rule, State, update
from sinefit.core.gradients import Differentiable, functional_derivatives
from sinefit.core.losses import compute_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from sinefit.core.evaluation import Evaluation
    from sinefit.core.fused.member import Member

    Step = Callable[..., tuple[Tensor, Tensor, Tensor, Tensor]]
    Validate = Callable[..., Tensor]

log = logging.getLogger("sinefit")

WIDTH = 64
"""Kernels give a run the same bits at any width that is a multiple of this: no vector has a tail."""


class VectorisedSteps:
    """The steps of members with equal keys.

    Args:
        members: the runs, one or more.
        compiled: whether the step is to be compiled.

    Attributes:
        program: ``compiled`` or ``eager``, as it came about.
    """

    def __init__(self, members: Sequence[Member], *, compiled: bool) -> None:
        first = members[0]
        self.experiment = first.experiment
        self.model = first.model
        self.layout = Layout(first.model)
        self.step, self._validate = make_step(first, self.layout)
        self.program = "eager"
        self.members = list(members)
        self.points = Points([m.samples.training for m in members])
        validation = [m.samples.validation for m in members]
        self.validation = Points([v for v in validation if v is not None])
        self.orders = Orders(
            [m.generator for m in members], self.points.size, shuffle=self.experiment.data.shuffle
        )
        p_RW = torch.stack([self.layout.spread(m.initial) for m in members])
        rule = Rule([m.schedule.rule for m in members], p_RW.dtype, p_RW.device)
        self.rows: list[int] = []
        self._take(range(len(members)), rule.start(p_RW), p_RW)
        if compiled:
            self._compile()

    def _compile(self) -> None:
        """Compile the step, and try it with each number of points that a batch has; eager, if that fails."""
        size, batch = self.points.size, self.experiment.data.batch_size
        x_RNI, y_RNO = self.points.of(self.padded)
        lrs = [self.members[row].schedule.lrs[0] for row in self.padded]
        try:
            step = compile_step(self.step)
            for count in {min(batch, size), size % batch or batch}:
                batch_RB = x_RNI[:, :count], y_RNO[:, :count]
                self._take_step(step, self.state, batch_RB, self.rule.rates(lrs, 1, 1), 0)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with compiler, its cache or the model
            tell_not_compiled(f"{type(error).__name__}: {error}".partition("\n")[0])
            return
        self.step, self.program = step, "compiled"

    def _take_step(
        self,
        step: Step,
        state: State,
        batch_RB: tuple[Tensor, Tensor],
        rates: tuple[Tensor, Tensor, Tensor],
        number: int,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What a step makes of a state; its rates are those at a number, from 0."""
        return step(
            *state,
            self.buffers,
            *(points.contiguous() for points in batch_RB),
            self.rule.fixed,
            (self.rule.is_before, self.rule.is_after),
            tuple(rate[number].unsqueeze(1) for rate in rates),
            self.clip_R1,
        )

    def _take(self, positions: Sequence[int], state: State, kept_RW: Tensor) -> None:
        """Go on with the rows at these positions, padded to the width with copies of the last."""
        self.rows = [self.rows[at] for at in positions] if self.rows else list(positions)
        padded = [*positions, *([positions[-1]] * (-len(self.rows) % WIDTH))]
        self.state = State(*(x[padded].contiguous() for x in state))
        self.kept_RW = kept_RW[padded].contiguous()
        self.padded = [*self.rows, *([self.rows[-1]] * (len(padded) - len(self.rows)))]
        members = [self.members[row] for row in self.padded]
        self.rule = Rule([m.schedule.rule for m in members], kept_RW.dtype, kept_RW.device)
        clips = [m.experiment.trainer.gradient_clip_norm or math.inf for m in members]
        self.clip_R1 = torch.tensor(clips, dtype=kept_RW.dtype, device=kept_RW.device).unsqueeze(1)
        self.buffers = {
            name: torch.stack([dict(m.model.named_buffers())[name] for m in members])
            for name, _ in self.model.named_buffers()
        }

    def train_epoch(self, epoch: int) -> tuple[Tensor, list[bool]]:
        """As `Steps` says."""
        self.model.train()
        size, batch = self.points.size, self.experiment.data.batch_size
        starts = range(0, size, batch)
        lrs = [self.members[row].schedule.lrs[epoch - 1] for row in self.padded]
        rates = self.rule.rates(lrs, (epoch - 1) * len(starts) + 1, len(starts))
        orders_RN = self.orders.draw()[self.orders.which[self.padded]]
        x_RNI, y_RNO = self.points.ordered(self.padded, orders_RN)
        losses = []
        for number, at in enumerate(starts):
            batch_RB = x_RNI[:, at : at + batch], y_RNO[:, at : at + batch]
            *state, loss_R = self._take_step(self.step, self.state, batch_RB, rates, number)
            self.state = State(*state)
            losses.append(loss_R)
        losses_SA = torch.stack(losses)[:, : len(self.rows)].double().cpu()
        is_finite_R = torch.isfinite(self.layout.pick(self.state.p_RP)).all(1)
        return losses_SA, is_finite_R[: len(self.rows)].tolist()

    def validate(self) -> list[float]:
        """As `Steps` says."""
        self.model.eval()
        x_RNI, y_RNO = self.validation.of(self.padded)
        with torch.no_grad():
            losses: list[float] = self._validate(self.state.p_RP, self.buffers, x_RNI, y_RNO).tolist()
        return losses[: len(self.rows)]

    def keep(self, chosen_A: Tensor) -> None:
        """As `Steps` says."""
        chosen_R = torch.zeros(len(self.padded), dtype=torch.bool)
        chosen_R[: len(chosen_A)] = chosen_A
        mask_R1 = chosen_R.unsqueeze(1).to(self.kept_RW.device)
        self.kept_RW = torch.where(mask_R1, self.state.p_RP, self.kept_RW)

    def kept(self, position: int) -> Tensor:
        """As `Steps` says."""
        return self.layout.pick(self.kept_RW[position])

    def evaluate(self, position: int) -> Evaluation:
        """As `Steps` says."""
        member = self.members[self.rows[position]]
        member.load(self.layout.pick(self.kept_RW[position]))
        return evaluate(member.model, member.samples)

    def predict(self, position: int, inputs: Tensor) -> Tensor:
        """As `Steps` says."""
        member = self.members[self.rows[position]]
        member.load(self.layout.pick(self.state.p_RP[position]))
        return predict(member.model.eval(), inputs)

    def go_on_with(self, positions: Sequence[int]) -> None:
        """As `Steps` says."""
        self._take(positions, self.state, self.kept_RW)


def why_not_compiled() -> str:
    """Why no step can be compiled on this machine; empty if the compiler that torch asks for is there."""
    compiler = os.environ.get("CXX") or "g++"
    if shutil.which(shlex.split(compiler)[0]):
        return ""
    return f"the C++ compiler {compiler} was not found (on Debian: apt-get install g++)"


@functools.cache
def tell_not_compiled(reason: str) -> None:
    """Say why steps are not compiled; once in a process."""
    log.warning("steps are not compiled: %s", reason)


def compile_step(step: Step) -> Step:
    """The step compiled, for any width and any number of points; each stack of a sweep compiles its own."""
    import torch._dynamo  # noqa: PLC0415 - takes a second

    torch._dynamo.config.recompile_limit = 1024  # noqa: SLF001 - torch offers the setting there
    compiled: Step = torch.compile(step, dynamic=True)
    return compiled


def make_step(member: Member, layout: Layout) -> tuple[Step, Validate]:
    """The functions that take one step, and that compute the loss, for runs like this one."""
    model, loss = member.model.train(), member.experiment.loss
    clips = member.experiment.trainer.gradient_clip_norm is not None

    def run_loss(p: dict[str, Tensor], b: dict[str, Tensor], x_BI: Tensor, y_BO: Tensor) -> Tensor:
        def network(inputs_NI: Tensor) -> Tensor:
            outputs_NO: Tensor = functional_call(model, (p, b), (inputs_NI,))
            return outputs_NO

        return compute_loss(loss, Differentiable(network, functional_derivatives), x_BI, y_BO)

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
