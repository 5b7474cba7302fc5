"""What a model predicts along the line of its inputs, few points enough to be kept with every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

MOST_POINTS = 201


@dataclass(frozen=True)
class Prediction:
    """A function of one variable and a model of it, at ascending inputs.

    Attributes:
        inputs: (N,).
        targets: the function there, without noise, (N,).
        outputs: the model's, (N,).
    """

    inputs: Tensor
    targets: Tensor
    outputs: Tensor


def spread_positions(inputs: Tensor) -> Tensor:
    """The positions of at most `MOST_POINTS` inputs (N, 1), ascending and evenly spread, with both ends.

    >>> spread_positions(torch.tensor([[3.0], [1.0], [2.0]]))
    tensor([1, 2, 0])
    """
    order = inputs.squeeze(1).argsort()
    count = min(MOST_POINTS, len(order))
    return order[torch.linspace(0, len(order) - 1, count).round().long()]
