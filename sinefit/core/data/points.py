"""The points of one run: what it trains on and what it is judged by; knows no source and no model.

Points come in float64 and are cast to the run's dtype once. Their tensors have the shapes (N, I) and (N, O):
N points, I inputs and O outputs each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch

from sinefit.core.prediction import MOST_POINTS, spread_indices
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


@dataclass(frozen=True)
class Points:
    """Inputs (N, I), targets (N, O) and, where they are known, derivatives d target / d input (N, I)."""

    inputs: Tensor
    targets: Tensor
    derivatives: Tensor | None = None

    def to(self, device: torch.device, dtype: torch.dtype) -> Points:
        """The same points on `device`, their numbers cast to `dtype`.

        Args:
            device: of the run.
            dtype: of the run.
        """
        known = None if self.derivatives is None else _cast(self.derivatives, device, dtype)
        return Points(_cast(self.inputs, device, dtype), _cast(self.targets, device, dtype), known)


def _cast(column: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    largest = float(column.abs().max())
    if largest > torch.finfo(dtype).max:
        name = str(dtype).removeprefix("torch.")
        msg = f"data cannot be drawn: they reach {largest:.3g}, which is beyond {name}; type smaller numbers"
        raise SinefitError(msg)
    return column.to(device, dtype)


@dataclass(frozen=True)
class Samples:
    """All points of one run.

    Attributes:
        training: what the loss is minimized on, noise included.
        validation: held out of training, noise included; None if nothing is held out.
        evaluation: without noise and off the training points; the metrics are computed here.
        extrapolation: without noise, outside the training interval; None if not asked for.
    """

    training: Points
    validation: Points | None
    evaluation: Points
    extrapolation: Points | None

    def to(self, device: torch.device, dtype: torch.dtype) -> Samples:
        """The same samples on `device`, their numbers cast to `dtype`.

        Args:
            device: of the run.
            dtype: of the run.

        Raises:
            SinefitError: if a number is too large for `dtype`.
        """
        held_out, outside = (
            None if points is None else points.to(device, dtype)
            for points in (self.validation, self.extrapolation)
        )
        return Samples(self.training.to(device, dtype), held_out, self.evaluation.to(device, dtype), outside)

    @property
    def has_derivatives(self) -> bool:
        """Whether the derivatives of the evaluation points are known, and are those of one output."""
        return self.evaluation.derivatives is not None and self.evaluation.targets.shape[1] == 1

    @property
    def shown(self) -> list[Points]:
        """What a fit is shown on: the points of evaluation, then those of extrapolation, if there are any."""
        return [self.evaluation] if self.extrapolation is None else [self.evaluation, self.extrapolation]

    @cached_property
    def line(self) -> tuple[Tensor, Tensor] | None:
        """Inputs and targets of the points that show a fit as a line, on the CPU; the same for all runs."""
        if self.drawn is None:
            return None
        inputs, targets = zip(*((points.inputs, points.targets) for points in self.shown), strict=True)
        return self.pick_drawn(inputs), self.pick_drawn(targets)

    def pick_drawn(self, parts: Sequence[Tensor]) -> Tensor:
        """The numbers of the points that show a fit as a line, on the CPU.

        Args:
            parts: (N, 1), of the points of evaluation, then those of extrapolation.
        """
        return torch.cat(list(parts)).flatten()[self.drawn].cpu()

    @cached_property
    def drawn(self) -> Tensor | None:
        """Which points show a fit as a line: indices into those of evaluation, then of extrapolation.

        Their inputs ascend; None for functions of several variables or with several outputs.
        """
        inputs, targets = self.evaluation.inputs, self.evaluation.targets
        if inputs.shape[1:] != (1,) or targets.shape[1:] != (1,):
            return None
        outside = [] if self.extrapolation is None else [self.extrapolation.inputs]
        order = torch.cat([inputs, *outside]).flatten().argsort()
        return order[torch.tensor(spread_indices(len(order), MOST_POINTS))]
