"""The two ways to gradients that torch offers, and derivatives of a network; knows no optimizer.

`torch.Tensor.backward` adds into the ``.grad`` of every leaf of the graph. `torch.autograd.grad`
returns the gradients of the tensors it is asked for and leaves every ``.grad`` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn


def backward(loss: Tensor, parameters: Sequence[nn.Parameter]) -> None:  # noqa: ARG001 - same call for both ways
    """Let ``loss.backward()`` add the gradients into each parameter's ``.grad``."""
    loss.backward()  # type: ignore[no-untyped-call]


def autograd_grad(loss: Tensor, parameters: Sequence[nn.Parameter]) -> None:
    """Ask `torch.autograd.grad` for the parameters' gradients and assign what it returns."""
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient


GRADIENTS: dict[str, Callable[[Tensor, Sequence[nn.Parameter]], None]] = {
    "backward": backward,
    "autograd_grad": autograd_grad,
}


def input_derivative(model: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """The derivative of a model's output with respect to its input, point by point.

    Args:
        model: maps (N, I) to (N, 1), each row by itself.
        inputs: (N, I).

    Returns:
        (N, I): d output[n] / d input[n, i], without a graph.
    """
    inputs = inputs.detach().requires_grad_()
    with torch.enable_grad():
        (derivative,) = torch.autograd.grad(model(inputs).sum(), inputs)
    return derivative
