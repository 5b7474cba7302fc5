"""Where a model's parameters lie in its run's row of a stack of torch's; knows no runs.

Matrix products round otherwise for matrices that lie otherwise in memory. So each matrix begins at a multiple
of `ALIGNED` numbers, and so does each row: then a run's matrices lie alike in every row.

Shapes: R runs, P parameters of a run, W numbers of a row (the parameters and gaps of zeros).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import pad

if TYPE_CHECKING:
    from torch import Tensor, nn

ALIGNED = 16
"""Numbers; 64 bytes in float32, the width of a cache line and of the widest vectors."""


class Layout:
    """The rows of models like this one.

    Args:
        model: has a parameter or more.

    Attributes:
        width: numbers of a row, W.
    """

    def __init__(self, model: nn.Module) -> None:
        parameters = dict(model.named_parameters())
        begins, at = [], 0
        for p in parameters.values():
            at = _round_up(at) if _is_matrix(p) else at
            begins.append(at)
            at += p.numel()
        self.width = _round_up(at) if any(map(_is_matrix, parameters.values())) else at
        self._pieces = [
            (name, p.shape, begin, begin + p.numel(), following)
            for (name, p), begin, following in zip(
                parameters.items(), begins, [*begins[1:], self.width], strict=True
            )
        ]
        self._indices_P = torch.cat([torch.arange(begin, end) for _, _, begin, end, _ in self._pieces])

    def spread(self, flat_P: Tensor) -> Tensor:
        """A run's row (W,) for its parameters (P,)."""
        row_W = flat_P.new_zeros(self.width)
        row_W[self._indices_P.to(flat_P.device)] = flat_P
        return row_W

    def pick(self, rows_W: Tensor) -> Tensor:
        """The parameters (..., P) in rows (..., W)."""
        return rows_W[..., self._indices_P.to(rows_W.device)]

    def split(self, rows_RW: Tensor) -> dict[str, Tensor]:
        """The parameters by name, each a view (R, ...) into the rows."""
        return {
            name: rows_RW[:, begin:end].reshape(len(rows_RW), *shape)
            for name, shape, begin, end, _ in self._pieces
        }

    def join(self, each: dict[str, Tensor]) -> Tensor:
        """Rows (R, W) of what has the shapes of the parameters (R, ...), with zeros in the gaps."""
        pieces = self._pieces
        return torch.cat([pad(each[name].flatten(1), (0, after - end)) for name, *_, end, after in pieces], 1)


def _is_matrix(parameter: Tensor) -> bool:
    """Whether more than one of its sizes is more than 1."""
    return sum(size > 1 for size in parameter.shape) > 1


def _round_up(number: int) -> int:
    """The next multiple of `ALIGNED`."""
    return -(-number // ALIGNED) * ALIGNED
