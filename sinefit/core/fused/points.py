"""The points of many runs, equal ones held once; knows no models.

Shapes: R runs, N points, I inputs, O outputs, U different sets of points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.data import points as data


class Points:
    """Inputs and targets of runs that have equally many.

    Args:
        each: a run's points; none for no points at all.

    Attributes:
        size: points of a run.
        inputs: different ones, (U, N, I).
        which_inputs: each run's index among them, (R,).
        targets: different ones, (U, N, O).
        which_targets: each run's index among them, (R,).
    """

    def __init__(self, each: Sequence[data.Points]) -> None:
        self.size = len(each[0].inputs) if each else 0
        self.inputs, self.which_inputs = _stack_once([points.inputs for points in each])
        self.targets, self.which_targets = _stack_once([points.targets for points in each])

    def select(self, rows: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The points of some runs, (R, N, I) and (R, N, O)."""
        which = torch.tensor(rows)
        return self.inputs[self.which_inputs[which]], self.targets[self.which_targets[which]]

    def reorder(self, rows: Sequence[int], order_RN: Tensor) -> tuple[Tensor, Tensor]:
        """The points of some runs in their orders, (R, N, I) and (R, N, O).

        Args:
            rows: which runs, R of them.
            order_RN: indices of points, (R, N).
        """
        which = torch.tensor(rows)
        return (
            self.inputs[self.which_inputs[which].unsqueeze(1), order_RN],
            self.targets[self.which_targets[which].unsqueeze(1), order_RN],
        )


def _stack_once(tensors: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Different tensors stacked (U, ...), and for each tensor its index among them (R,).

    A single one is not copied, and the same one is not compared with itself: tables are large.
    """
    seen: dict[int, int] = {}
    known: dict[bytes, int] = {}
    unique: list[Tensor] = []
    which = []
    is_single = len({id(tensor) for tensor in tensors}) == 1
    for tensor in tensors:
        if id(tensor) not in seen:
            content = b"" if is_single else tensor.detach().cpu().numpy().tobytes()
            if content not in known:
                known[content] = len(unique)
                unique.append(tensor)
            seen[id(tensor)] = known[content]
        which.append(seen[id(tensor)])
    stacked = (
        unique[0].unsqueeze(0) if len(unique) == 1 else torch.stack(unique) if unique else torch.empty(0)
    )
    return stacked, torch.tensor(which, dtype=torch.int64)
