"""How a run ended, as data; knows nothing of files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.evaluation import Evaluation
    from sinefit.core.prediction import Prediction
    from sinefit.core.probes import ProbeLog, Watch
    from sinefit.status import Status


class Epoch(NamedTuple):
    """One row of a run's history; a tuple, because a sweep makes a million of them.

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
        prediction: of the kept parameters; None unless the function has one input and one output.
        probe_log: what its probe saw on the way; None without one.
        engine: what computed the steps: ``plain``, ``native``, ``compiled`` or ``eager``.
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
    prediction: Prediction | None = field(default=None, repr=False)
    probe_log: ProbeLog | None = field(default=None, repr=False)
    engine: str = "plain"


def make_outcome(  # noqa: PLR0913 - what an engine knows of a run
    *,
    status: Status,
    message: str,
    parameters: dict[str, Tensor],
    num_parameters: int,
    history: tuple[Epoch, ...],
    steps: int,
    train_seconds: float,
    evaluation: Evaluation,
    watch: Watch,
    engine: str,
) -> Outcome:
    """The outcome of a run, from what each engine knows when it ends; see `Outcome`.

    Args:
        status: how it ended.
        message: one sentence on how, or nothing.
        parameters: the `state_dict` that was kept.
        num_parameters: number of trained numbers.
        history: one row a completed epoch.
        steps: optimizer steps.
        train_seconds: of the training loop.
        evaluation: of the kept parameters.
        watch: the run's probe.
        engine: what computed the steps.
    """
    return Outcome(
        status=status,
        parameters=parameters,
        history=history,
        metrics=evaluation.metrics | _last_losses(history) | watch.summarize(),
        epochs=len(history),
        steps=steps,
        train_seconds=train_seconds,
        num_parameters=num_parameters,
        message=message,
        prediction=evaluation.prediction,
        probe_log=watch.log,
        engine=engine,
    )


def _last_losses(history: Sequence[Epoch]) -> dict[str, float]:
    """The losses of a history that stand beside the metrics: the last of each kind, where there is one."""
    if not history:
        return {}
    held_out = [row.validation_loss for row in history if row.validation_loss is not None]
    return {"train_loss": history[-1].train_loss} | ({"validation_loss": held_out[-1]} if held_out else {})
