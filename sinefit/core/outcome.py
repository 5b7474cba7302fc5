"""How a run ended, as data; knows nothing of files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from sinefit.status import Status


@dataclass(frozen=True)
class Epoch:
    """One row of a run's history.

    Attributes:
        epoch: its number, from 1.
        train_loss: mean loss of the epoch's batches while they were trained on, weighted by size.
        validation_loss: loss on the held-out points after the epoch; None where it was not evaluated.
        lr: the learning rate of the epoch's steps.
    """

    epoch: int
    train_loss: float
    validation_loss: float | None
    lr: float


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: how it ended.
        parameters: the `state_dict` that was kept, on the CPU.
        history: one row a completed epoch, in order.
        metrics: by name; `sinefit.core.metrics` and the last losses.
        epochs: completed epochs.
        steps: optimizer steps, those of an unfinished epoch included.
        train_seconds: wall-clock time of the training loop, in seconds.
        num_parameters: number of trained numbers in the model.
        message: one sentence on how it ended, where the status alone does not say it.
        engine: ``plain`` for runs alone.
    """

    status: Status
    parameters: dict[str, Tensor] = field(repr=False)
    history: tuple[Epoch, ...] = field(repr=False)
    metrics: dict[str, float]
    epochs: int
    steps: int
    train_seconds: float
    num_parameters: int
    message: str = ""
    engine: str = "plain"
