"""Steps of plain multilayer perceptrons by the C program, which trains each run by itself; knows no files.

Shapes: R runs, A runs that go on, N training points, P parameters of a run, S steps of an epoch.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

import torch

from sinefit.core.evaluation import measure
from sinefit.core.fused.endings import Endings
from sinefit.core.fused.native.library import load_library
from sinefit.core.fused.native.structures import describe_points, describe_runs
from sinefit.core.fused.orders import Orders, permutation
from sinefit.core.fused.points import Points
from sinefit.core.fused.rule import Rule, State

if TYPE_CHECKING:
    import ctypes
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.evaluation import Evaluation
    from sinefit.core.fused.endings import Block
    from sinefit.core.fused.member import Member


class NativeSteps:
    """The steps of members that the C program knows; sizes, activations and losses may differ between them.

    Args:
        members: the runs, one or more, with equal keys.
    """

    engine = "native"

    def __init__(self, members: Sequence[Member]) -> None:
        first = members[0]
        self.members = list(members)
        self.dtype = first.experiment.dtype
        self.size, self.batch_size = len(first.samples.training.inputs), first.experiment.data.batch_size
        functions = load_library(self.dtype).functions
        assert functions is not None  # noqa: S101 - a member is native only where there is a program
        self._c = functions
        self._ends = list(accumulate((m.num_parameters for m in members), initial=0))
        self._lengths = torch.tensor(self._ends).diff()
        p = torch.cat([m.initial for m in members])
        initial_v = [
            torch.full((m.num_parameters,), m.schedule.rule.initial_v, dtype=self.dtype) for m in members
        ]
        self._state = State(p, torch.zeros_like(p), torch.cat(initial_v))
        self._kept = p.clone()
        self._runs = describe_runs(members, self._state, self._ends)
        self._points = describe_points(Points([m.samples.training for m in members]))
        held_out = [m.samples.validation for m in members if m.samples.validation is not None]
        self._held_out = describe_points(Points(held_out)) if held_out else None
        self.orders = Orders([m.generator for m in members], self.size, shuffle=first.experiment.data.shuffle)
        self._endings = Endings(
            [m.experiment.trainer for m in members],
            [min(self.batch_size, self.size - at) for at in range(0, self.size, self.batch_size)],
            None if self._held_out is None else self._validate,
        )
        self._which_order = self.orders.which.int()
        self._draws_orders = draws_torchs_orders(self._c)
        self.go_on_with_rows(range(len(members)))

    def continue_with(self, positions: Sequence[int]) -> None:
        """As `Steps` says."""
        self.go_on_with_rows([self.rows[at] for at in positions])

    def go_on_with_rows(self, rows: Sequence[int]) -> None:
        """Train only these members from now on."""
        self.rows = list(rows)
        self._alive = torch.tensor(self.rows, dtype=torch.int32)
        self._rule = Rule(
            [self.members[row].schedule.rule for row in self.rows], self.dtype, self._kept.device
        )

    def train(self, first_epoch: int, most: int = 1) -> Block:
        """Train one epoch, see `Steps`.

        Args:
            first_epoch: its number, from 1.
            most: is not looked at.
        """
        del most
        block, keeps_A = self._endings.end_epoch(self.rows, first_epoch, *self._train_epoch(first_epoch))
        self._keep(keeps_A)
        return block

    def _train_epoch(self, epoch: int) -> tuple[Tensor, Tensor]:
        """The losses before each step (S, A), and whether the parameters are finite after the last (A,)."""
        count, steps = len(self.rows), -(-self.size // self.batch_size)
        lrs = [self.members[row].schedule.lr(epoch) for row in self.rows]
        rate, root_scale, decay = self._rule.rates(lrs, (epoch - 1) * steps + 1, steps)
        losses = torch.full((steps, count), math.nan, dtype=self.dtype)
        is_finite = torch.empty(count, dtype=torch.uint8)
        orders = self._draw_orders()
        arrays = (rate, root_scale, decay, losses, is_finite)
        failed = self._c.train_epoch(
            *(self._runs.pointer, self._points.pointer, self._alive.data_ptr(), count),
            *(orders.data_ptr(), self._which_order.data_ptr(), self.batch_size),
            *(array.data_ptr() for array in arrays),
        )
        require_memory(failed)
        return losses.double(), is_finite.bool()

    def _draw_orders(self) -> Tensor:
        """The next epoch's orders of each different generator, int32."""
        if not (self.orders.shuffle and self._draws_orders):
            return self.orders.draw().int().contiguous()
        seeds = self.orders.draw_seeds()
        orders = torch.empty((len(seeds), self.size), dtype=torch.int32)
        self._c.draw_orders(seeds.data_ptr(), len(seeds), self.size, orders.data_ptr())
        return orders

    def _validate(self) -> list[float]:
        """The losses on the held-out points, A of them."""
        assert self._held_out is not None  # noqa: S101 - only stacks with held-out points are asked
        losses = torch.empty(len(self.rows), dtype=self.dtype)
        failed = self._c.evaluate_losses(
            *(self._runs.pointer, self._held_out.pointer),
            *(self._alive.data_ptr(), len(self.rows), losses.data_ptr()),
        )
        require_memory(failed)
        means: list[float] = losses.tolist()
        return means

    def _keep(self, chosen_A: Tensor) -> None:
        """Keep the chosen runs' parameters as they are now."""
        chosen_R = torch.zeros(len(self.members), dtype=torch.bool)
        chosen_R[self._alive] = chosen_A
        self._kept = torch.where(chosen_R.repeat_interleave(self._lengths), self._state.p_RP, self._kept)

    def kept_parameters(self, position: int) -> Tensor:
        """As `Steps` says."""
        row = self.rows[position]
        return self._kept[self._ends[row] : self._ends[row + 1]].clone()

    def evaluate(self, position: int) -> Evaluation:
        """As `Steps` says."""
        row = self.rows[position]

        def predict(inputs: Tensor) -> Tensor:
            return self._predict(row, self._kept, inputs)

        def derive(inputs: Tensor) -> Tensor:
            slopes = [self._predict(row, self._kept, inputs, k) for k in range(inputs.shape[1])]
            return torch.cat(slopes, dim=1)

        return measure(self.members[row].samples, predict, derive)

    def predict(self, position: int, inputs: Tensor) -> Tensor:
        """As `Steps` says."""
        return self._predict(self.rows[position], self._state.p_RP, inputs)

    def _predict(self, row: int, parameters: Tensor, inputs: Tensor, along: int | None = None) -> Tensor:
        """Outputs (N, O) at inputs (N, I), or their derivatives along one of the inputs."""
        inputs = inputs.contiguous()
        targets = self.members[row].samples.training.targets
        shape = len(inputs), targets.shape[1]
        outputs, slopes = torch.empty(shape, dtype=self.dtype), torch.empty(shape, dtype=self.dtype)
        failed = self._c.predict(
            *(self._runs.pointer, row, parameters[self._ends[row] :].data_ptr(), inputs.data_ptr()),
            *(len(inputs), outputs.data_ptr(), None if along is None else slopes.data_ptr(), along or 0),
        )
        require_memory(failed)
        return outputs if along is None else slopes


def draws_torchs_orders(functions: ctypes.CDLL) -> bool:
    """Whether the program's permutations are those of the torch that is installed."""
    seeds, size = torch.tensor([20_230_517, 2**62 + 1]), 700
    orders = torch.empty((len(seeds), size), dtype=torch.int32)
    functions.draw_orders(seeds.data_ptr(), len(seeds), size, orders.data_ptr())
    return torch.equal(orders.long(), torch.stack([permutation(seed, size) for seed in seeds.tolist()]))


def require_memory(failed: int) -> None:
    """Raise what Python would.

    Raises:
        MemoryError: if the C program found too little.
    """
    if failed:
        msg = "too little memory for a stack's work space"
        raise MemoryError(msg)
