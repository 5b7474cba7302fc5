"""When two models, or two losses, are the same thing: descriptions that are equal only then.

A stack calls the model and the loss of its first run for all; so whatever could make another's outputs differ
is part of the description, to the last bit. What cannot be described equals itself only.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor

PLAIN = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device)
ELSEWHERE = frozenset(vars(nn.Module())) - {"_forward_hooks", "_forward_pre_hooks"}
"""What every module has, and what is described apart from its values."""


@dataclasses.dataclass(frozen=True, eq=False)
class Same:
    """Stands for one object in a key, and holds it; equal only to what holds the very same.

    Attributes:
        held: any object.
    """

    held: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


def describe_model(model: nn.Module) -> Hashable:
    """What two models must share to be stacked: all but the values of parameters and buffers."""
    shapes = tuple((name, tuple(p.shape)) for name, p in model.named_parameters())
    buffers = tuple((name, tuple(b.shape)) for name, b in model.named_buffers())
    return _describe_structure(model), shapes, buffers


def describe(value: object) -> Hashable:
    """What two values must share to be the same: losses, say, or what a module holds."""
    if type(value) in PLAIN:
        return type(value), repr(value)  # tells -0.0 from 0.0
    if isinstance(value, torch.Tensor):
        return _describe_tensor(value)
    if isinstance(value, nn.Module):
        tensors = dict((*value.named_parameters(), *value.named_buffers()))
        return _describe_structure(value), describe(tensors)
    parts = _parts_of(value)
    return Same(value) if parts is None else (type(value), tuple(map(describe, parts)))


def _parts_of(value: object) -> tuple[object, ...] | None:
    """The values that make a value of its type; None if that is not known."""
    if type(value) in {list, tuple}:
        return tuple(value)  # type: ignore[arg-type]  # one of the two
    if isinstance(value, dict):
        return *value.keys(), *value.values()
    if isinstance(value, functools.partial):
        return value.func, value.args, value.keywords
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and hasattr(value, "__dict__"):
        return tuple(vars(value).values())
    return None


def _describe_structure(module: nn.Module) -> Hashable:
    """Types of a module and of those in it, and what they hold besides parameters and buffers."""
    return tuple(
        (name, type(part), describe({key: held for key, held in vars(part).items() if key not in ELSEWHERE}))
        for name, part in module.named_modules(remove_duplicate=False)
    )


def _describe_tensor(tensor: Tensor) -> Hashable:
    held = tensor.detach().cpu().contiguous()
    return tensor.dtype, tuple(tensor.shape), held.view(-1).view(torch.uint8).numpy().tobytes()
