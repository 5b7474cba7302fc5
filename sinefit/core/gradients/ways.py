"""The three ways to a loss's gradients that torch offers; each leaves them in the parameters' ``.grad``.

An objective is a function from a network to a scalar loss. A way computes it, lets the gradients of the
trained parameters stand in their ``.grad``, and returns the loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.func import grad_and_value

from sinefit.core.gradients.derivatives import Differentiable, functional_network

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    Objective = Callable[[Differentiable], Tensor]


def _backward(objective: Objective, model: nn.Module) -> Tensor:
    """Let ``loss.backward()`` add the gradients into each parameter's ``.grad``."""
    loss = objective(Differentiable(model))
    loss.backward()  # type: ignore[no-untyped-call]
    return loss


def _autograd_grad(objective: Objective, model: nn.Module) -> Tensor:
    """Ask `torch.autograd.grad` for the parameters' gradients and assign what it returns."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    loss = objective(Differentiable(model))
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    return loss


def _functional(objective: Objective, model: nn.Module) -> Tensor:
    """Let `torch.func` differentiate the loss as a function of the parameters, and assign the gradients.

    A parameter that the loss does not depend on gets zeros here, where the other ways leave None.
    Such a function changes nothing outside itself: what the model writes into its buffers on the way,
    such as the averages of a batch norm, is carried out of it and copied.
    """
    parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}

    def compute(values: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
        return objective(functional_network(model, values, buffers)), buffers

    values = {name: p.detach() for name, p in parameters.items()}
    gradients, (loss, buffers) = grad_and_value(compute, has_aux=True)(values)
    for name, parameter in parameters.items():
        parameter.grad = gradients[name]
    with torch.no_grad():
        for name, buffer in model.named_buffers():
            buffer.copy_(buffers[name])
    value: Tensor = loss
    return value


GRADIENTS: dict[str, Callable[[Objective, nn.Module], Tensor]] = {
    "backward": _backward,
    "autograd_grad": _autograd_grad,
    "functional": _functional,
}
