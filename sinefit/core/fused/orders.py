"""The orders of batches of many runs, drawn as each run alone would draw them; knows no models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class Orders:
    """Replays `TensorLoader`'s draws; runs whose generators are in the same state share them.

    Args:
        states: of torch's global generator after a run's model was built, one a run.
        size: training points N.
        shuffle: whether each epoch draws a new order.
    """

    def __init__(self, states: Sequence[Tensor], size: int, *, shuffle: bool) -> None:
        self._size = size
        self._shuffle = shuffle
        known: dict[bytes, int] = {}
        self._which = [known.setdefault(state.numpy().tobytes(), len(known)) for state in states]
        self._generators = []
        for text in known:
            generator = torch.Generator()
            generator.set_state(torch.frombuffer(bytearray(text), dtype=torch.uint8))
            self._generators.append(generator)

    def draw(self) -> Tensor:
        """The next epoch's orders, (R, N)."""
        return torch.stack([self._draw(generator) for generator in self._generators])[self._which]

    def _draw(self, generator: torch.Generator) -> Tensor:
        _draw_seed(generator)
        if not self._shuffle:
            return torch.arange(self._size)
        sampler = torch.Generator()
        sampler.manual_seed(_draw_seed(generator))
        return torch.randperm(self._size, generator=sampler)


def _draw_seed(generator: torch.Generator) -> int:
    return int(torch.empty((), dtype=torch.int64).random_(generator=generator).item())
