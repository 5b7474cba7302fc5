"""Derivatives of a network with respect to its input, of any order; knows no losses.

A network here is any callable that maps (N, I) to (N, O), each row by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.func import functional_call, grad

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    Network = Callable[[Tensor], Tensor]
    Differentiate = Callable[[Network, Tensor, int], tuple[Tensor, ...]]


def derivatives(network: Network, inputs: Tensor, order: int) -> tuple[Tensor, ...]:
    """A network's outputs and its derivatives, each with a graph, so that they can be trained.

    By `torch.autograd.grad` with ``create_graph=True``: it returns each derivative as the result of
    operations, which can be differentiated again, by the input and by the parameters.

    Args:
        network: maps (N, I) to (N, 1).
        inputs: (N, I); with I above 1 only the first order means anything.
        order: of the highest derivative, 0 or more.

    Returns:
        The outputs (N, 1), then the derivative of each order from 1, each (N, I).

    >>> x = torch.tensor([[1.0], [2.0]])
    >>> [found.flatten().tolist() for found in derivatives(lambda t: t**3, x, 2)]
    [[1.0, 8.0], [3.0, 12.0], [6.0, 12.0]]
    """
    inputs = inputs.detach().requires_grad_()
    with torch.enable_grad():
        found = [network(inputs)]
        for _ in range(order):
            found.append(_differentiate(found[-1], inputs))
    return tuple(found)


def _differentiate(outputs: Tensor, inputs: Tensor, *, create_graph: bool = True) -> Tensor:
    """The derivative of each output by its own input; rows do not mix, so their sum's is that of each.

    It is zero where torch sees no way from the input to the output.
    """
    if not outputs.requires_grad:
        return torch.zeros_like(inputs)
    (derivative,) = torch.autograd.grad(
        outputs.sum(), inputs, create_graph=create_graph, materialize_grads=True
    )
    return derivative.detach() if not create_graph else derivative


def functional_derivatives(network: Network, inputs: Tensor, order: int) -> tuple[Tensor, ...]:
    """What `derivatives` gives, by `torch.func.grad`, which also works within `torch.func`'s transforms.

    There `torch.autograd.grad` cannot be used: within ``vmap(grad(...))`` tensors have no graph of theirs.

    Args:
        network: maps (N, I) to (N, 1).
        inputs: (N, I).
        order: of the highest derivative, 0 or more.
    """
    if order == 0:
        return (network(inputs),)

    def below(x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        found = functional_derivatives(network, x, order - 1)
        return found[-1].sum(), found

    highest, found = grad(below, has_aux=True)(inputs)
    return (*found, highest)


@dataclass(frozen=True)
class Differentiable:
    """A network that can be asked for its derivatives; what a loss of derivatives is given.

    Attributes:
        network: maps (N, I) to (N, 1).
        differentiate: `derivatives`, or `functional_derivatives` within transforms of `torch.func`.
    """

    network: Network
    differentiate: Differentiate = derivatives

    def __call__(self, inputs: Tensor) -> Tensor:
        """Compute the network's outputs (N, O)."""
        return self.network(inputs)

    def derivatives(self, inputs: Tensor, order: int) -> tuple[Tensor, ...]:
        """The outputs (N, 1), then the derivative of each order from 1, each (N, I).

        Args:
            inputs: (N, I).
            order: of the highest derivative, 0 or more.
        """
        return self.differentiate(self.network, inputs, order)


def functional_network(
    model: nn.Module, parameters: dict[str, Tensor], buffers: dict[str, Tensor]
) -> Differentiable:
    """A model with other parameters and buffers, within transforms of `torch.func`.

    Args:
        model: is not changed.
        parameters: by name, each in its shape.
        buffers: by name; what the model writes into them is written there.
    """

    def network(inputs: Tensor) -> Tensor:
        outputs: Tensor = functional_call(model, (parameters, buffers), (inputs,))
        return outputs

    return Differentiable(network, functional_derivatives)


def input_derivative(network: Network, inputs: Tensor) -> Tensor:
    """The derivative of a network's output with respect to its input, point by point.

    Args:
        network: maps (N, I) to (N, 1).
        inputs: (N, I).

    Returns:
        (N, I): d output[n] / d input[n, i], without a graph.
    """
    inputs = inputs.detach().requires_grad_()
    with torch.enable_grad():
        return _differentiate(network(inputs), inputs, create_graph=False)
