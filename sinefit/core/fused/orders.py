"""The orders of batches of many runs, drawn as each run by itself would draw them; knows no models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

AHEAD = 128
"""Epochs whose seeds are drawn at once."""
MOST_POINTS = 2**32 // 20 - 1
"""That the C program shuffles: for more, `torch.randperm` draws numbers of 64 bits."""
AT_ONCE = 1024
"""Epochs that are skipped at once, for memory."""


class Orders:
    """Replays `TensorLoader`'s draws; runs whose generators are in the same state share them.

    Shapes: R runs, U different generators, N training points, E epochs.

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
        self._seeds_EU = torch.empty((0, len(known)), dtype=torch.int64)

    @property
    def generators(self) -> int:
        """How many different ones there are, U."""
        return len(self._generators)

    def skip(self, epochs: int) -> None:
        """Draw for so many epochs, and forget it."""
        for done in range(0, epochs if self.shuffle else 0, AT_ONCE):
            self.draw_seeds(min(AT_ONCE, epochs - done))

    def draw_seeds(self, epochs: int = 1) -> Tensor:
        """The seeds of the next epochs' permutations, (E, U); only where batches are shuffled.

        An epoch draws a seed for its loader, which goes unused, and one for its sampler.

        Args:
            epochs: how many, E.
        """
        missing = epochs - len(self._seeds_EU)
        if missing > 0:
            more = 2 * max(missing, AHEAD)
            drawn = [
                torch.empty(more, dtype=torch.int64).random_(generator=each)[1::2]
                for each in self._generators
            ]
            self._seeds_EU = torch.cat([self._seeds_EU, torch.stack(drawn, dim=1)])
        seeds, self._seeds_EU = self._seeds_EU[:epochs], self._seeds_EU[epochs:]
        return seeds.contiguous()

    def draw(self) -> Tensor:
        """The next epoch's orders, (U, N)."""
        if not self.shuffle:
            return torch.arange(self.size).expand(self.generators, -1)
        return torch.stack([permutation(seed, self.size) for seed in self.draw_seeds()[0].tolist()])


def permutation(seed: int, size: int) -> Tensor:
    """The order that a sampler gives points, (N,).

    Args:
        seed: the sampler's.
        size: how many points, N.
    """
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed))
