"""Steps of plain multilayer perceptrons by the C program, runs side by side; knows no files.

Shapes: A runs that go on, E epochs of a block, N points, P parameters of a run.
"""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING

import torch

from sinefit.core.evaluation import measure
from sinefit.core.fused.endings import Block, Ending
from sinefit.core.fused.native.library import load_library
from sinefit.core.fused.native.structures import Runs, RunStructure
from sinefit.core.fused.network import find_features
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.evaluation import Evaluation
    from sinefit.core.fused.member import Member
    from sinefit.core.fused.progress import RunState

ENDINGS = (None, Status.COMPLETED, Status.CONVERGED, Status.STOPPED, Status.DIVERGED)
"""How a run ended, by the C program's numbers; None if it goes on."""
MOST_INDICES = 2**18
"""Of points, in the orders that a run's epochs take: those of all lanes stay below 8 MB a thread."""


class NativeSteps:
    """The steps of members that the C program knows; sizes, activations and losses may differ between them.

    Args:
        members: the runs, one or more, with equal keys.
    """

    engine = "native"

    def __init__(self, members: Sequence[Member]) -> None:
        functions = load_library(members[0].experiment.dtype).functions
        assert functions is not None  # noqa: S101 - a member is native only where there is a program
        self._c = functions
        self._members = list(members)
        self._runs = Runs(members)
        self._train_only(list(range(len(members))))

    def continue_with(self, positions: Sequence[int]) -> None:
        """Let all other runs go."""
        self._train_only([self._rows[at] for at in positions])

    def _train_only(self, rows: list[int]) -> None:
        self._rows = rows
        each = [self._runs.each[row] for row in rows]
        by_lanes = sorted(range(len(rows)), key=lambda at: (each[at].structure, each[at].generator))
        self._by_lanes_A = torch.tensor(by_lanes)
        pointers = (ctypes.pointer(each[at]) for at in by_lanes)
        self._pointers = (ctypes.POINTER(RunStructure) * len(rows))(*pointers)

    def train(self, first_epoch: int, most: int) -> Block:
        """Train some epochs, see `Steps`.

        Args:
            first_epoch: number of the first one, from 1.
            most: how many, 1 or more; fewer, if their orders would take too much memory.
        """
        sizes, orders, count = self._runs.sizes, self._runs.orders, len(self._rows)
        epochs = min(most, max(1, MOST_INDICES // sizes.size))
        seeds = orders.draw_seeds(epochs) if orders.shuffle else None
        train_loss_EA, validation_loss_EA = torch.full((2, epochs, count), math.nan, dtype=torch.float64)
        whole_epochs_A, endings_A, unfinished_A = torch.zeros((3, count), dtype=torch.int64)
        results = train_loss_EA, validation_loss_EA, whole_epochs_A, endings_A, unfinished_A
        failed = self._c.train(
            *(self._pointers, count, ctypes.byref(sizes), first_epoch, epochs),
            *(None if seeds is None else seeds.data_ptr(), orders.generators),
            *(result.data_ptr() for result in results),
        )
        _require_memory(failed)
        for result in results:  # from the order of the lanes to that of the positions
            result[..., self._by_lanes_A] = result.clone()
        endings = {}
        for at, (number, steps) in enumerate(zip(endings_A.tolist(), unfinished_A.tolist(), strict=True)):
            status = ENDINGS[number]
            if status is not None:
                endings[at] = Ending(status, self._runs.each[self._rows[at]].best, steps)
        return Block(train_loss_EA, validation_loss_EA, whole_epochs_A, endings)

    def kept_parameters(self, position: int) -> Tensor:
        """The kept parameters of a run, (P,)."""
        row = self._rows[position]
        return self._runs.kept_P[self._runs.ends[row] : self._runs.ends[row + 1]].clone()

    def state(self, position: int) -> RunState:
        """What a run needs to go on later; copies."""
        return self._runs.state(self._rows[position])

    def evaluate(self, position: int) -> Evaluation:
        """Evaluate a run's kept parameters."""
        row = self._rows[position]

        def predict(inputs: Tensor) -> Tensor:
            return self._predict(row, self._runs.kept_P, inputs)

        def differentiate(inputs: Tensor) -> tuple[Tensor, Tensor]:
            each = [
                self._differentiate(row, self._runs.kept_P, inputs, along.expand_as(inputs))
                for along in torch.eye(inputs.shape[1], dtype=inputs.dtype)
            ]
            return each[0][0], torch.cat([slopes for _, slopes in each], dim=1)

        return measure(self._members[row].samples, predict, differentiate)

    def predict(self, position: int, inputs: Tensor) -> Tensor:
        """A run's outputs (N, O) at inputs (N, I), with its parameters as they are now."""
        return self._predict(self._rows[position], self._runs.p_P, inputs)

    def _predict(self, row: int, parameters: Tensor, inputs: Tensor) -> Tensor:
        """Outputs (N, O) at inputs (N, I)."""
        features = find_features(self._members[row].model)
        return self._call(row, parameters, inputs if features is None else features(inputs), None)[0]

    def _differentiate(
        self, row: int, parameters: Tensor, inputs: Tensor, along: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Outputs at inputs and their derivatives along directions, both (N, O) for (N, I)."""
        features = find_features(self._members[row].model)
        if features is not None:
            inputs, along = features(inputs), features.differentiate(inputs, along)
        return self._call(row, parameters, inputs, along)

    def _call(
        self, row: int, parameters: Tensor, seen: Tensor, along: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Outputs of the perceptron at what it sees of the inputs; with directions, their derivatives."""
        network = self._members[row].network
        assert network is not None  # noqa: S101 - the members are native
        seen, along = seen.contiguous(), None if along is None else along.contiguous()
        outputs = seen.new_empty((len(seen), network.sizes[-1]))
        slopes = torch.empty_like(outputs)
        failed = self._c.predict(
            *(ctypes.byref(self._runs.each[row]), parameters[self._runs.ends[row] :].data_ptr()),
            *(seen.data_ptr(), len(seen), outputs.data_ptr()),
            *(None if along is None else along.data_ptr(), slopes.data_ptr()),
        )
        _require_memory(failed)
        return outputs, slopes


def _require_memory(failed: int) -> None:
    """Raise what Python would.

    Raises:
        MemoryError: if the C program found too little.
    """
    if failed:
        msg = "too little memory for a stack's work space"
        raise MemoryError(msg)
