"""Sobolev training: values and derivatives are fitted together; knows no engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn.functional import mse_loss

from sinefit.core.checks import Checks, is_number

if TYPE_CHECKING:
    from torch import Tensor

    from sinefit.core.gradients import Differentiable


@dataclass(frozen=True)
class Sobolev:
    """The sum over k of weights[k] times the mean squared error of the k-th derivative.

    Source: Czarnecki et al. 2017, arXiv 1706.04859, eq. 1, with squared errors.

    Attributes:
        weights: of the values, of the first derivative, and so on; each 0 or more, one above 0.

    Raises:
        SettingsError: if a weight is out of range.
    """

    weights: Sequence[float] = (1.0, 1.0)

    def __post_init__(self) -> None:
        checks = Checks()
        is_list = isinstance(self.weights, Sequence) and not isinstance(self.weights, str)
        holds = is_list and all(is_number(weight) and weight >= 0 for weight in self.weights)
        allowed = "numbers of 0 or more, one an order, not all 0"
        checks.require(holds and any(self.weights), "weights", self.weights, allowed, "[1,1]")
        checks.raise_if_any()
        # Whole numbers would become symbols when a step is compiled, which torch.func cannot multiply by.
        object.__setattr__(self, "weights", tuple(map(float, self.weights)))

    @property
    def order(self) -> int:
        """Of the highest derivative of the network."""
        return len(self.weights) - 1

    @property
    def target_order(self) -> int:
        """Of the highest derivative of the targets."""
        return self.order

    def of_model(self, network: Differentiable, inputs: Tensor, targets: Tensor) -> Tensor:
        """The loss on inputs (N, I) and targets (N, 1), followed by their derivatives, each (N, I)."""
        found = network.derivatives(inputs, self.order)
        wanted = torch.split(targets, [columns.shape[1] for columns in found], dim=1)
        terms = zip(self.weights, found, wanted, strict=True)
        return sum((w * mse_loss(f, t) for w, f, t in terms), start=inputs.new_zeros(()))
