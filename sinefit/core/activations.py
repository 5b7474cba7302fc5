"""The activations that a model setting can name, and the two that torch does not have.

An activation is a module without parameters that acts element by element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from sinefit.core.checks import Checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


class Sine(nn.Module):
    """sin(w0 * x), of x's shape (Sitzmann et al. 2020, arXiv 2006.09661, eq. 1)."""

    def __init__(self, w0: float = 1.0) -> None:
        super().__init__()
        self.w0 = w0

    def forward(self, x: Tensor) -> Tensor:
        """sin(w0 * x)."""
        return torch.sin(self.w0 * x)

    def extra_repr(self) -> str:
        """What `repr` shows."""
        return f"w0={self.w0}"


class Snake(nn.Module):
    """x + sin(a * x)^2 / a, of x's shape (Ziyin et al. 2020, arXiv 2006.08195, eq. 3)."""

    def __init__(self, a: float = 1.0) -> None:
        super().__init__()
        checks = Checks()
        checks.positive("a", a, example=1.0)
        checks.raise_if_any()
        self.a = a

    def forward(self, x: Tensor) -> Tensor:
        """X + sin(a * x)^2 / a."""
        return x + torch.sin(self.a * x) ** 2 / self.a

    def extra_repr(self) -> str:
        """What `repr` shows."""
        return f"a={self.a}"


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "sine": Sine,
    "snake": Snake,
}


def check_activation(checks: Checks, activation: str | nn.Module) -> None:
    """Record a problem unless `activation` is a known name or a module."""
    if not isinstance(activation, nn.Module):
        checks.choice("activation", activation, ACTIVATIONS)


def make_activation(activation: str | nn.Module) -> nn.Module:
    """The activation of that name; a module is returned as it is."""
    return activation if isinstance(activation, nn.Module) else ACTIVATIONS[activation]()
