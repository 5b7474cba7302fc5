"""The losses of many runs, epoch by epoch, until each wants its own.

Shapes: R runs, A runs that go on, E epochs of a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from sinefit.core.outcome import Epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

FIRST_CAPACITY = 64


class History:
    """A table of losses that grows with the epochs.

    Args:
        runs: how many, R.
    """

    def __init__(self, runs: int) -> None:
        self.epochs = 0
        self._losses = torch.empty((2, FIRST_CAPACITY, runs), dtype=torch.float64)

    def add(self, rows: Tensor, train_loss_EA: Tensor, validation_loss_EA: Tensor) -> None:
        """Append some epochs.

        Args:
            rows: which runs took part, (A,).
            train_loss_EA: the mean training loss of each epoch.
            validation_loss_EA: that of the held-out points, where they were evaluated.
        """
        end = self.epochs + len(train_loss_EA)
        self._grow(end)
        self._losses[0, self.epochs : end, rows] = train_loss_EA
        self._losses[1, self.epochs : end, rows] = validation_loss_EA
        self.epochs = end

    def copy(self, row: int, epochs: int) -> Tensor:
        """The losses of a run's first epochs, (2, E).

        Args:
            row: the run.
            epochs: how many, E.
        """
        return self._losses[:, :epochs, row].clone()

    def restore(self, row: int, losses_2E: Tensor) -> None:
        """Begin with what `copy` gave.

        Args:
            row: the run.
            losses_2E: as many epochs as the other runs have.
        """
        epochs = losses_2E.shape[1]
        self._grow(epochs)
        self._losses[:, :epochs, row] = losses_2E
        self.epochs = epochs

    def _grow(self, epochs: int) -> None:
        while epochs > self._losses.shape[1]:
            self._losses = torch.cat([self._losses, torch.empty_like(self._losses)], dim=1)

    def read(
        self, row: int, first: int, lrs: Sequence[float], evaluate_every: int | None
    ) -> tuple[Epoch, ...]:
        """Some epochs of a run, as many as there are learning rates.

        Args:
            row: the run.
            first: how many epochs are left out.
            lrs: the learning rate of each epoch that is wanted.
            evaluate_every: after how many epochs the held-out points are evaluated; None without any.
        """
        last = first + len(lrs)
        train, validation = self._losses[:, first:last, row].tolist()
        numbers = range(first + 1, last + 1)
        every = evaluate_every or last + 1
        seen = [
            loss if number % every == 0 else None for number, loss in zip(numbers, validation, strict=True)
        ]
        return tuple(map(Epoch, numbers, train, seen, lrs))
