"""What a stack needs of the engine that computes its steps; `NativeSteps` and `VectorizedSteps` offer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.evaluation import Evaluation
    from sinefit.core.fused.endings import Block
    from sinefit.core.fused.progress import RunState


class Steps(Protocol):
    """The arithmetic of runs that train together; a run's index among those that go on is its position.

    Attributes:
        engine: what computes the steps: ``native``, ``compiled`` or ``eager``.
    """

    engine: str

    def train(self, first_epoch: int, most: int) -> Block:
        """Train each run for some epochs, or until it ends, and keep the parameters that it is to keep.

        Args:
            first_epoch: number of the next epoch, from 1.
            most: epochs to train, 1 or more; an engine may come back after fewer.
        """

    def kept_parameters(self, position: int) -> Tensor:
        """The kept parameters of a run, (P,)."""

    def state(self, position: int) -> RunState:
        """What a run needs to go on later; copies."""

    def evaluate(self, position: int) -> Evaluation:
        """What a run is worth with its kept parameters."""

    def predict(self, position: int, inputs: Tensor) -> Tensor:
        """A run's outputs (N, O) at inputs (N, I), with its parameters as they are now."""

    def continue_with(self, positions: Sequence[int]) -> None:
        """Let the runs at all other positions go."""
