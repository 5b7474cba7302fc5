"""What a model predicts at some of its points, few enough to be kept with every run.

Torch is not loaded here, so that pictures can thin their points in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

MOST_POINTS = 201


@dataclass(frozen=True)
class Prediction:
    """What is to be fitted and a model of it: along the line of one input, or at rows of a table.

    Attributes:
        inputs: of one variable, ascending, (N,); None where there are several.
        targets: a function without noise, or what a table's rows hold, (N,).
        outputs: the model's, (N,).
    """

    inputs: Tensor | None
    targets: Tensor
    outputs: Tensor


def spread_indices(count: int, most: int) -> Sequence[int]:
    """At most `most` of the indices below `count`: ascending, evenly spread, first and last among them.

    Args:
        count: 0 or more.
        most: 2 or more.

    >>> spread_indices(7, 3), [*spread_indices(3, 7)]
    ([0, 3, 6], [0, 1, 2])
    """
    if count <= most:
        return range(count)
    return [round(index * (count - 1) / (most - 1)) for index in range(most)]
