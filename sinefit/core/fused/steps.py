"""What a stack needs of the engine that computes its steps; `NativeSteps` and `VectorizedSteps` offer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.evaluation import Evaluation


class Steps(Protocol):
    """The arithmetic of runs that train together; a run's index among those that go on is its position.

    Shapes: A runs that go on, S steps of an epoch, P parameters of a run.

    Attributes:
        engine: what computes the steps: ``native``, ``compiled`` or ``eager``.
    """

    engine: str

    def train_epoch(self, epoch: int) -> tuple[Tensor, list[bool]]:
        """One epoch, counted from 1.

        Returns:
            The losses before each step, (S, A) in float64; what follows a run's first loss that is not
            finite means nothing. And whether each run's parameters are finite after it.
        """

    def validate(self) -> list[float]:
        """The loss on the held-out points, A of them."""

    def keep(self, chosen_A: Tensor) -> None:
        """Keep the chosen runs' parameters as they are now."""

    def kept_parameters(self, position: int) -> Tensor:
        """The kept parameters of a run, (P,)."""

    def evaluate(self, position: int) -> Evaluation:
        """What a run is worth with its kept parameters."""

    def predict(self, position: int, inputs: Tensor) -> Tensor:
        """A run's outputs (N, O) at inputs (N, I), with its parameters as they are now."""

    def continue_with(self, positions: Sequence[int]) -> None:
        """Let the runs at all other positions go."""
