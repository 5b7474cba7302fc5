"""A `DataLoader` for tensors in memory that hands out the default one's batches, faster.

torch's default loader fetches a batch sample by sample and collates it; here each batch is one
slice of a shuffled copy. Same draws, same batches, bit for bit (tested against the default loader).
Saves 2.5 of the 6.9 ms that an epoch of `+experiment=seed` would take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.utils.data import DataLoader, TensorDataset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor


class TensorLoader(DataLoader[tuple["Tensor", ...]]):
    """Batches of a `TensorDataset`, drawn from torch's global generator as `DataLoader` draws them.

    Args:
        dataset: tensors with a common first dimension N.
        batch_size: points in a batch; the last batch of an epoch is smaller if N asks for it.
        shuffle: whether each epoch draws a new order.
    """

    def __init__(self, dataset: TensorDataset, batch_size: int, *, shuffle: bool) -> None:
        super().__init__(dataset, batch_size=batch_size, shuffle=shuffle)
        self._tensors = dataset.tensors
        self._shuffle = shuffle

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:  # type: ignore[override]
        """One epoch's batches."""
        order = self._draw_order()
        tensors = self._tensors if order is None else [tensor[order] for tensor in self._tensors]
        return zip(*(torch.split(tensor, self.batch_size or 1) for tensor in tensors), strict=True)

    def _draw_order(self) -> Tensor | None:
        """This epoch's order, by the default loader's draws: a base seed, then a sampler's seed."""
        _draw_seed()
        if not self._shuffle:
            return None
        generator = torch.Generator().manual_seed(_draw_seed())
        return torch.randperm(len(self._tensors[0]), generator=generator)


def _draw_seed() -> int:
    return int(torch.empty((), dtype=torch.int64).random_().item())
