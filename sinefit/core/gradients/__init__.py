"""Gradients of a loss, and derivatives of a network; knows no optimizer.

`torch.Tensor.backward` adds into the ``.grad`` of every leaf of the graph. `torch.autograd.grad`
returns the gradients of the tensors it is asked for and leaves every ``.grad`` alone. `torch.func.grad`
makes of a function another function, its gradient.
"""

from __future__ import annotations

from sinefit.core.gradients.derivatives import (
    Differentiable,
    derivatives,
    functional_derivatives,
    functional_network,
    input_derivative,
)
from sinefit.core.gradients.ways import GRADIENTS

__all__ = [
    "GRADIENTS",
    "Differentiable",
    "derivatives",
    "functional_derivatives",
    "functional_network",
    "input_derivative",
]
