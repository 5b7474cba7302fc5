"""Which models and losses the C program knows, and what it must be told of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from torch import nn

from sinefit.core.activations import Sine, Snake

if TYPE_CHECKING:
    from collections.abc import Iterator

ACTIVATIONS = (nn.Identity, nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, Sine, Snake)
"""In the order of the C program's numbers."""
LOSSES = (nn.MSELoss, nn.L1Loss, nn.HuberLoss, nn.SmoothL1Loss)
"""In the order of the C program's numbers."""
MOST_LAYERS = 64


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron and its loss.

    Attributes:
        sizes: inputs, then the outputs of each layer.
        activations: for each layer, its place in `ACTIVATIONS`.
        factors: for each layer, w0 of a sine, a of a snake; 1 for the others.
        loss: its place in `LOSSES`.
        loss_factor: delta of a Huber loss, beta of a smooth L1 loss; 1 for the others.
    """

    sizes: tuple[int, ...]
    activations: tuple[int, ...]
    factors: tuple[float, ...]
    loss: int
    loss_factor: float


def describe_network(model: nn.Module, loss: object) -> Network | None:
    """What the C program must be told; None if it does not know this model, or this loss.

    It knows linear layers with activations between them, and mean losses.
    """
    known_loss = describe_loss(loss)
    sizes: list[int] = []
    activations: list[int] = []
    factors: list[float] = []
    for module in flatten(model):
        if type(module) is nn.Linear and module.bias is not None:
            sizes += [module.in_features, module.out_features] if not sizes else [module.out_features]
            activations.append(0)
            factors.append(1.0)
        elif is_known_activation(module) and activations and activations[-1] == 0:
            activations[-1] = ACTIVATIONS.index(type(module))
            factors[-1] = float(getattr(module, "w0", getattr(module, "a", 1.0)))
        else:
            return None
    numbers = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    if known_loss is None or not 1 <= len(activations) <= MOST_LAYERS:
        return None
    if numbers != sum(p.numel() for p in model.parameters()):
        return None
    return Network(tuple(sizes), tuple(activations), tuple(factors), *known_loss)


def flatten(model: nn.Module) -> Iterator[nn.Module]:
    """The modules that a model calls one after the other; itself, if it is no plain sequence."""
    hooks = model._forward_hooks or model._forward_pre_hooks  # noqa: SLF001 - torch has no other way
    is_plain = not hooks and "forward" not in vars(model)
    if is_plain and isinstance(model, nn.Sequential) and type(model).forward is nn.Sequential.forward:
        for child in model:
            yield from flatten(child)
    elif is_plain:
        yield model
    else:
        yield nn.Module()


def is_known_activation(module: nn.Module) -> bool:
    """Whether the C program has this activation."""
    return type(module) in ACTIVATIONS and getattr(module, "approximate", "none") == "none"


def describe_loss(loss: object) -> tuple[int, float] | None:
    """A loss's place in `LOSSES` and its delta or beta; None if the C program does not have it."""
    if type(loss) not in LOSSES or getattr(loss, "reduction", None) != "mean":
        return None
    if isinstance(loss, nn.SmoothL1Loss) and loss.beta == 0:
        return LOSSES.index(nn.L1Loss), 1.0
    return LOSSES.index(type(loss)), float(getattr(loss, "delta", getattr(loss, "beta", 1.0)))
