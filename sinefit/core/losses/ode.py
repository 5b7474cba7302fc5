"""The loss of a differential equation, which a network solves without a sample of the solution."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import torch

from sinefit.core.checks import Checks

if TYPE_CHECKING:
    from torch import Tensor

    from sinefit.core.gradients import Differentiable


@dataclass(frozen=True)
class Oscillator:
    """How far a network u is from solving u'' = -frequency^2 u with u(start) and u'(start) given.

    mean((u'' / frequency^2 + u)^2) + initial_weight * ((u(start) - value)^2 + (u'(start) - slope)^2).
    As they stand, the settings make sin x the one solution. Source: Lagaris et al. 1998, arXiv
    physics/9705023, eq. 4, with the initial values as penalties.

    Attributes:
        frequency: in radians per unit of x, above 0.
        start: where the initial values are given.
        value: u(start).
        slope: u'(start).
        initial_weight: of the initial values beside the equation, above 0.

    Raises:
        SettingsError: if a setting is out of range; all such settings at once.
    """

    frequency: float = 1.0
    start: float = 0.0
    value: float = 0.0
    slope: float = 1.0
    initial_weight: float = 1.0

    order = 2
    target_order = 0

    def __post_init__(self) -> None:
        checks = Checks()
        checks.positive("frequency", self.frequency, example=1.0)
        checks.number("start", self.start, example=0.0)
        checks.number("value", self.value, example=0.0)
        checks.number("slope", self.slope, example=1.0)
        checks.positive("initial_weight", self.initial_weight, example=1.0)
        checks.raise_if_any()
        # Whole numbers would become symbols when a step is compiled, which torch.func cannot multiply by.
        for setting in fields(self):
            object.__setattr__(self, setting.name, float(getattr(self, setting.name)))

    def of_model(self, network: Differentiable, inputs: Tensor, targets: Tensor) -> Tensor:
        """The loss on inputs (N, 1); the targets are not looked at."""
        del targets
        u, _, curvature = network.derivatives(inputs, 2)
        equation = (curvature / self.frequency**2 + u).square().mean()
        u_start, slope = network.derivatives(torch.full_like(inputs[:1], self.start), 1)
        initial = (u_start - self.value).square().sum() + (slope - self.slope).square().sum()
        return equation + self.initial_weight * initial
