"""Which models and losses the C program knows, and what it must be told of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from torch import nn

from sinefit.core.activations import ACTIVATIONS
from sinefit.core.fused.native.tables import fast_activations
from sinefit.core.losses.pointwise import POINTWISE_LOSSES
from sinefit.core.models import WaveFeatures

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LAYERS = 64
NOT_SETTINGS = {"training", "inplace"}
"""Public attributes of an activation that change no number."""


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron and its loss.

    Attributes:
        sizes: inputs, or features of them, then the outputs of each layer.
        activations: for each layer, its number in `native.tables`; 0 for none.
        factors: for each layer, the setting of its activation that counts; 1 without one.
        loss: its index in `POINTWISE_LOSSES`.
        loss_factor: its setting that counts; 1 without one.
    """

    sizes: tuple[int, ...]
    activations: tuple[int, ...]
    factors: tuple[float, ...]
    loss: int
    loss_factor: float


def find_features(model: nn.Module) -> WaveFeatures | None:
    """The module that turns a model's inputs into those of its perceptron, and is never trained; or None."""
    first = next(_list_modules(model), None)
    return first if type(first) is WaveFeatures else None


def describe_network(model: nn.Module, loss: object) -> Network | None:
    """What the C program must be told; None if it does not know this model, or this loss.

    It knows linear layers with activations between them, after `find_features`, and mean losses.

    Args:
        model: maps (N, I) to (N, O).
        loss: of predictions and targets.
    """
    known_loss = _describe_loss(loss)
    sizes: list[int] = []
    activations: list[tuple[int, float]] = []
    features = find_features(model)
    for module in _list_modules(model):
        if module is features:
            continue
        if type(module) is nn.Linear and module.bias is not None:
            sizes += [module.in_features, module.out_features] if not sizes else [module.out_features]
            activations.append((0, 1.0))
            continue
        known = _describe_activation(module)
        if known is None or not activations or activations[-1][0] != 0:
            return None
        activations[-1] = known
    numbers = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    if known_loss is None or not 1 <= len(activations) <= MOST_LAYERS:
        return None
    if numbers != sum(p.numel() for p in model.parameters()):
        return None
    indices, factors = zip(*activations, strict=True)
    return Network(tuple(sizes), indices, factors, *known_loss)


def _list_modules(model: nn.Module) -> Iterator[nn.Module]:
    """The modules that a model calls one after the other; itself, if it is no plain sequence."""
    hooks = model._forward_hooks or model._forward_pre_hooks  # noqa: SLF001 - torch has no other way
    is_plain = not hooks and "forward" not in vars(model)
    if is_plain and isinstance(model, nn.Sequential) and type(model).forward is nn.Sequential.forward:
        for child in model:
            yield from _list_modules(child)
    elif is_plain:
        yield model
    else:
        yield nn.Module()


def _describe_activation(module: nn.Module) -> tuple[int, float] | None:
    """An activation's number and the setting that counts; None if the C program does not know it."""
    if type(module) is nn.Identity:
        return 0, 1.0
    for number, name in enumerate(fast_activations(), 1):
        known = ACTIVATIONS[name]
        if type(module) is known.module and _settings(module, known.factor) == _settings(
            known.module(), known.factor
        ):
            return number, float(getattr(module, known.factor)) if known.factor else 1.0
    return None


def _settings(module: nn.Module, factor: str) -> dict[str, object]:
    """What a module was made with, but for its factor."""
    ignored = NOT_SETTINGS | {factor}
    return {name: value for name, value in vars(module).items() if name[0] != "_" and name not in ignored}


def _describe_loss(loss: object) -> tuple[int, float] | None:
    """A loss's index and the setting that counts; None if the C program does not know it."""
    known = POINTWISE_LOSSES.get(type(loss))
    if known is None or getattr(loss, "reduction", None) != "mean":
        return None
    factor = float(getattr(loss, known.factor)) if known.factor else 1.0
    return list(POINTWISE_LOSSES).index(type(loss)), factor
