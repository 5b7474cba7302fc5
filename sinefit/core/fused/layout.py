"""Where a model's parameters lie in its run's row of a stack of torch's; knows no runs.

Matrix products round otherwise for matrices that lie otherwise in memory. So each matrix begins at a multiple
of `ALIGNED` numbers, and so does each row: then a run's matrices lie alike in every row.

Shapes: R runs, P parameters of a run, W numbers of a row (the parameters and gaps of zeros).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

ALIGNED = 16
"""Numbers; 64 bytes in float32, the width of a cache line and of the widest vectors."""


class Layout:
    """The rows of models like this one.

    Args:
        model: has a parameter or more.

    Attributes:
        pieces: name, begin, end and shape of each parameter, in order.
        width: numbers of a row, W.
    """

    def __init__(self, model: nn.Module) -> None:
        self.pieces: list[tuple[str, int, int, torch.Size]] = []
        at, has_matrix = 0, False
        for name, p in model.named_parameters():
            if is_matrix(p):
                has_matrix, at = True, round_up(at)
            self.pieces.append((name, at, at + p.numel(), p.shape))
            at += p.numel()
        self.width = round_up(at) if has_matrix else at
        used = [torch.arange(begin, end) for _, begin, end, _ in self.pieces]
        self._places_P = torch.cat(used)

    def spread(self, flat_P: Tensor) -> Tensor:
        """A run's row (W,) for its parameters (P,)."""
        row_W = flat_P.new_zeros(self.width)
        row_W[self._places_P.to(flat_P.device)] = flat_P
        return row_W

    def pick(self, rows_W: Tensor) -> Tensor:
        """The parameters (..., P) in rows (..., W)."""
        return rows_W[..., self._places_P.to(rows_W.device)]

    def split(self, rows_RW: Tensor) -> dict[str, Tensor]:
        """The parameters by name, each a view (R, ...) into the rows."""
        return {
            name: rows_RW[:, begin:end].reshape(rows_RW.shape[0], *shape)
            for name, begin, end, shape in self.pieces
        }

    def join(self, each: dict[str, Tensor]) -> Tensor:
        """Rows (R, W) of what has the shapes of the parameters (R, ...), with zeros in the gaps."""
        parts: list[Tensor] = []
        at = 0
        for name, begin, end, _ in self.pieces:
            part_RP = each[name].reshape(each[name].shape[0], -1)
            if begin > at:
                parts.append(part_RP.new_zeros(part_RP.shape[0], begin - at))
            parts.append(part_RP)
            at = end
        if self.width > at:
            parts.append(parts[-1].new_zeros(parts[-1].shape[0], self.width - at))
        return torch.cat(parts, dim=1)


def is_matrix(parameter: Tensor) -> bool:
    """Whether more than one of its sizes is more than 1."""
    return sum(size > 1 for size in parameter.shape) > 1


def round_up(number: int) -> int:
    """The next multiple of `ALIGNED`."""
    return -(-number // ALIGNED) * ALIGNED
