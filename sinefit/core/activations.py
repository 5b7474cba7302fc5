"""The activations that a model setting can name, and the two that torch does not have.

An activation is a module without parameters that acts element by element.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Activation:
    """An activation by name, and what the C program must know of it to train it.

    The expressions are C for one number, of the type ``REAL``, which is ``float`` or ``double``: ``z`` before
    the activation, ``a`` after it, ``factor``, and for the gradient ``d``, the loss's derivative by ``a``.
    Functions have their usual names (``exp(z)``), besides ``square`` and ``sigmoid``; a constant that is not
    whole is written ``(REAL)0.5``.

    Attributes:
        module: makes it; where there are expressions, the class of the module.
        value: the expression of ``a``; empty if only torch knows the activation.
        gradient: the expression of the loss's derivative by ``z``.
        factor: the module's attribute that ``factor`` stands for; empty for 1. In all its other attributes a
            module must be as `module` makes it to be trained by the C program.
    """

    module: Callable[[], nn.Module]
    value: str = ""
    gradient: str = ""
    factor: str = ""


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(nn.ReLU, "z <= 0 ? 0 : z", "z <= 0 ? 0 : d"),  # nan stays nan, as in torch
    "tanh": Activation(nn.Tanh, "tanh(z)", "d * (1 - a * a)"),
    "sigmoid": Activation(nn.Sigmoid, "sigmoid(z)", "d * (a * (1 - a))"),
    "gelu": Activation(
        nn.GELU,
        "(REAL)0.5 * z * (1 + erf(z * (REAL)M_SQRT1_2))",
        "d * ((square(z) == 0 ? (REAL)0.5 : a / z)"  # a / z is (1 + erf) / 2
        # Limited, for what underflows takes far longer.
        " + z * exp(z * z < 160 ? (REAL)-0.5 * z * z : -80) * (REAL)(M_2_SQRTPI * M_SQRT1_2 * 0.5))",
    ),
    "silu": Activation(nn.SiLU, "z / (1 + exp(-z))", "d * (sigmoid(z) * (1 + z * (1 - sigmoid(z))))"),
    "sine": Activation(Sine, "sin(factor * z)", "d * (factor * cos(factor * z))", factor="w0"),
    "snake": Activation(
        Snake,
        "z + square(sin(factor * z)) / factor",
        "d * (1 + 2 * sin(factor * z) * cos(factor * z))",
        factor="a",
    ),
}
"""All that a setting can name. One more, also a fast one, is one more entry, from wherever."""


def check_activation(checks: Checks, activation: str | nn.Module) -> None:
    """Record a problem unless `activation` is a known name or a module."""
    if not isinstance(activation, nn.Module):
        checks.choice("activation", activation, ACTIVATIONS)


def make_activation(activation: str | nn.Module) -> nn.Module:
    """The activation of that name; a module is returned as it is."""
    return activation if isinstance(activation, nn.Module) else ACTIVATIONS[activation].module()
