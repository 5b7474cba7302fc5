"""The orders of batches of many runs, drawn as each run by itself would draw them; knows no models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

AHEAD = 128
"""Epochs whose seeds are drawn at once."""


class Orders:
    """Replays `TensorLoader`'s draws; runs whose generators are in the same state share them.

    Shapes: R runs, U different generators, N training points.

    Args:
        states: of torch's global generator after a run's model was built, one a run.
        size: training points N.
        shuffle: whether each epoch draws a new order.

    Attributes:
        which: each run's index among the different generators, (R,).
    """

    def __init__(self, states: Sequence[Tensor], size: int, *, shuffle: bool) -> None:
        self.size = size
        self.shuffle = shuffle
        known: dict[bytes, int] = {}
        self.which = torch.tensor([known.setdefault(s.numpy().tobytes(), len(known)) for s in states])
        self._generators = []
        for text in known:
            generator = torch.Generator()
            generator.set_state(torch.frombuffer(bytearray(text), dtype=torch.uint8))
            self._generators.append(generator)
        self._seeds: list[Tensor] = []

    def draw_seeds(self) -> Tensor:
        """The seeds of the next epoch's permutations, (U,); only where batches are shuffled.

        An epoch draws a seed for its loader, which goes unused, and one for its sampler.
        """
        if not self._seeds:
            drawn = torch.stack(
                [
                    torch.empty(2 * AHEAD, dtype=torch.int64).random_(generator=generator)
                    for generator in self._generators
                ]
            )
            self._seeds = list(drawn[:, 1::2].T.flip(0).contiguous())
        return self._seeds.pop()

    def draw(self) -> Tensor:
        """The next epoch's orders, (U, N)."""
        if not self.shuffle:
            return torch.arange(self.size).expand(len(self._generators), -1)
        return torch.stack([permutation(seed, self.size) for seed in self.draw_seeds().tolist()])


def permutation(seed: int, size: int) -> Tensor:
    """The order that a sampler with this seed gives `size` points."""
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))
