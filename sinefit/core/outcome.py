"""How a run ended, as data; independent of files."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.data import Samples
    from sinefit.core.evaluation import Evaluation
    from sinefit.core.prediction import Prediction
    from sinefit.core.probes import ProbeLog, Watch
    from sinefit.core.trainer import Trainer


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
        parameters: the `state_dict` that was kept, on the CPU; of a table with the scaling, see
            `sinefit.core.data.scaling.Scaled`.
        history: one row a completed epoch, in order.
        metrics: by name; `sinefit.core.metrics` and the last losses.
        epochs: completed epochs.
        steps: optimizer steps, those of an unfinished epoch included.
        train_seconds: wall-clock time of the training loop, in seconds.
        num_parameters: number of trained numbers in the model.
        message: one sentence on how it ended, where the status alone does not say it.
        prediction: of the kept parameters; None of functions of several variables, and of several
            outputs or targets.
        probe_log: what its probe saw on the way; None without one.
        engine: what computed the steps: ``plain``, ``native``, ``compiled`` or ``eager``.
        data: what it was trained on: sizes of inputs and targets; of a table also file, columns and rows.
        progress: of a run that was left as pruned: the state of a checkpoint, with which it would go on.
        pruned: why it does not: ``epoch``, ``rank`` and ``of`` how many; empty of any other run.
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
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    progress: dict[str, Any] | None = field(default=None, repr=False)
    pruned: dict[str, int] = field(default_factory=dict)


def make_outcome(
    evaluation: Evaluation,
    watch: Watch,
    trainer: Trainer,
    **known: Any,  # noqa: ANN401 - attributes
) -> Outcome:
    """The outcome of a run, whatever engine trained it.

    Args:
        evaluation: of the parameters that were kept.
        watch: the run's probe.
        trainer: says which parameters were kept, the last ones or the best.
        known: all attributes of `Outcome` that do not follow from these and the history.
    """
    history, table = known["history"], watch.samples.table
    if table is not None:
        known["parameters"] = table.complete(known["parameters"])
    return Outcome(
        metrics=evaluation.metrics | _read_losses(history, trainer) | watch.summarize(),
        epochs=len(history),
        prediction=evaluation.prediction,
        probe_log=watch.log,
        data=_describe_data(watch.samples),
        **known,
    )


def _describe_data(samples: Samples) -> dict[str, Any]:
    sizes = {"input_size": samples.num_inputs, "output_size": samples.num_targets}
    return sizes | ({} if samples.table is None else dict(samples.table.description))


def describe_ending(status: Status, *, epoch: int, step: int, best: float, patience: int | None) -> str:
    """One sentence on how a run ended; nothing where the status says it.

    Args:
        status: how it ended.
        epoch: in which, from 1.
        step: after which optimizer step, from 1.
        best: its best validation loss.
        patience: evaluations without improvement after which it stops.
    """
    if status is Status.DIVERGED:
        return f"loss or parameters not finite in epoch {epoch}, step {step}"
    if status is Status.STOPPED:
        return f"validation loss not below {best:.6g} for {patience} evaluations"
    return f"interrupted in epoch {epoch}" if status is Status.INTERRUPTED else ""


def _read_losses(history: Sequence[Epoch], trainer: Trainer) -> dict[str, float]:
    """The losses beside the metrics: of training the last one; on held-out points that of what is kept."""
    if not history:
        return {}
    losses = {"train_loss": history[-1].train_loss}
    held_out = [row.validation_loss for row in history if row.validation_loss is not None]
    if held_out:
        finite = [loss for loss in held_out if math.isfinite(loss)]
        losses["validation_loss"] = min(finite) if finite and trainer.patience is not None else held_out[-1]
    return losses
