"""What a lesson about gradients consists of: words, and what was measured."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from torch import Tensor

    Cell = str | int | bool | None | Tensor | RuntimeError | tuple[int, ...]


@dataclass(frozen=True)
class Lesson:
    """One thing about gradients.

    Attributes:
        title: what it is about.
        words: what happens, and why, for someone who sees it for the first time.
        columns: of the table; the first holds names of tensors.
        rows: of the table.
        facts: pairs of a call, or a question, and its result.
    """

    title: str
    words: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    facts: Sequence[tuple[str, Cell]] = ()


def read_grads(tensors: Iterable[Tensor]) -> list[Tensor | None]:
    """Copies of what stands in each ``.grad``; torch warns where it is asked of a tensor that is no leaf."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gradients = [tensor.grad for tensor in tensors]
    return [None if gradient is None else gradient.detach().clone() for gradient in gradients]


def join(gradients: Iterable[Tensor | None]) -> Tensor | None:
    """All gradients as one vector; None if there is none."""
    found = [gradient.flatten() for gradient in gradients if gradient is not None]
    return torch.cat(found) if found else None


def largest_difference(some: Iterable[Tensor | None], others: Iterable[Tensor | None]) -> Tensor | None:
    """The largest difference between numbers of two lists of gradients; None if there are no numbers.

    Args:
        some: gradients of any shapes, or None.
        others: the like, of the same shapes and with None in the same places.
    """
    joined, other = join(some), join(others)
    return None if joined is None or other is None else (joined - other).abs().max()


def attempt(call: Callable[[], Sequence[Tensor | None] | None]) -> Tensor | RuntimeError | None:
    """The gradients that a call returns, as one vector, or the error that torch raises."""
    try:
        return join(call() or ())
    except RuntimeError as error:
        return error


def name_grad_fn(tensor: Tensor | None) -> str | None:
    """The name of a tensor's ``grad_fn``."""
    return None if tensor is None or tensor.grad_fn is None else tensor.grad_fn.name()
