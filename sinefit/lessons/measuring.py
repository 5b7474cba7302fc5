"""How gradients are read, asked for and compared in the lessons; knows no lesson."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from sinefit.lessons.trace import grad_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import Tensor

    from sinefit.lessons.lesson import Cell
    from sinefit.lessons.trace import Trace


def grads(tensors: Iterable[Tensor]) -> list[Tensor | None]:
    """Copies of what stands in each ``.grad``."""
    return [grad_of(tensor) for tensor in tensors]


def returned_by_grad(
    trace: Trace, *, retain_graph: bool | None = None, create_graph: bool = False
) -> list[Tensor | None]:
    """What `torch.autograd.grad` returns for the trained parameters; None for one that is not used."""
    inputs = list(trace.parameters.values())
    return [
        *torch.autograd.grad(
            trace.loss, inputs, retain_graph=retain_graph, create_graph=create_graph, allow_unused=True
        )
    ]


def join(gradients: Iterable[Tensor | None]) -> Tensor | None:
    """All gradients as one vector; None if there is none."""
    found = [gradient.flatten() for gradient in gradients if gradient is not None]
    return torch.cat(found) if found else None


def difference(some: Sequence[Tensor | None], others: Sequence[Tensor | None]) -> Cell:
    """The largest difference between the numbers of two lists of gradients; None if there are none."""
    if [gradient is None for gradient in some] != [gradient is None for gradient in others]:
        return "some are None in one, and not in the other"
    joined, other = join(some), join(others)
    return None if joined is None or other is None else (joined - other).abs().max()


def attempt(call: Callable[[], Cell]) -> Cell:
    """What a call returned, or what it raised."""
    try:
        return call()
    except RuntimeError as error:
        return error


def name_of_note(tensor: Tensor | None) -> str | None:
    """The name of a tensor's ``grad_fn``."""
    return None if tensor is None or tensor.grad_fn is None else tensor.grad_fn.name()
