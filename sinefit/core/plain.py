"""The plain engine, the textbook's loop: zero_grad, forward, loss, gradients, step, until it is good enough.

This is the truth that every other engine is tested against. Independent of files or configs.
"""

from __future__ import annotations

import copy
import math
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

import torch
from torch import nn
from torch.utils.data import TensorDataset

from sinefit.core.evaluation import evaluate, predict
from sinefit.core.experiment import draw_samples, make_optimizer, start_model
from sinefit.core.gradients import GRADIENTS, Differentiable
from sinefit.core.loader import TensorLoader
from sinefit.core.losses import compute_loss
from sinefit.core.optimizers import needs_closure, needs_loss
from sinefit.core.outcome import Epoch, describe_ending, make_outcome
from sinefit.core.probes import Watch
from sinefit.core.stopping import Stopping, Waiting
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sinefit.core.data import Samples
    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome

    OnEpoch = Callable[[Epoch], None]


class CheckpointStore(Protocol):
    """Where a run's checkpoint is kept; one at a time."""

    def load(self) -> dict[str, Any] | None:
        """The last one saved, or None."""

    def save(self, state: dict[str, Any]) -> None:
        """Keep this one instead."""


def run_plain(
    experiment: Experiment, on_epoch: OnEpoch | None = None, checkpoints: CheckpointStore | None = None
) -> Outcome:
    """Train one run by the textbook loop, whatever its engine, and evaluate it.

    The run's draws come from its own seed: torch's global generator is seeded with it, draws the
    initial weights and then the orders of batches, and is put back afterwards.

    Args:
        experiment: what to run.
        on_epoch: called with each row of the history as it is made.
        checkpoints: where the run is saved every `trainer.checkpoint_every` epochs; it goes on from the
            checkpoint found there.

    Raises:
        SinefitError: if parts of the experiment do not fit each other, such as the shapes of outputs
            and targets.
    """
    samples = draw_samples(experiment)
    with torch.random.fork_rng(devices=[experiment.device] if experiment.device.type == "cuda" else []):
        training = Training(experiment, samples)
        saved = None if checkpoints is None else checkpoints.load()
        if saved is not None and "optimizer" in saved:  # no other engine's
            training.load_state_dict(saved)
        started = time.perf_counter()
        status = training.train(on_epoch, checkpoints)
        seconds = time.perf_counter() - started
    model, history = training.model, tuple(training.history)
    best, patience = training.stopping.waiting.best, experiment.trainer.patience
    return make_outcome(
        evaluate(model, samples),
        training.watch,
        experiment.trainer,
        status=status,
        message=describe_ending(
            status, epoch=len(history) + 1, step=training.steps, best=best, patience=patience
        ),
        parameters={name: value.detach().cpu() for name, value in model.state_dict().items()},
        history=history,
        steps=training.steps,
        train_seconds=seconds,
        num_parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        engine="plain",
        progress=training.left,
    )


class Training:
    """One run while it is trained: its parts, and how far it is; made right after torch was seeded.

    Args:
        experiment: what to train.
        samples: its points.

    Attributes:
        left: its state, if it was left after `Experiment.until` epochs.

    Raises:
        SinefitError: if parts of the experiment do not fit each other.
    """

    def __init__(self, experiment: Experiment, samples: Samples) -> None:
        points = samples.training
        self.model = start_model(experiment, samples)
        self.loss = experiment.loss
        self.optimizer, self.scheduler = make_optimizer(experiment, self.model.parameters())
        self.loader = TensorLoader(
            TensorDataset(points.inputs, points.targets),
            batch_size=experiment.data.batch_size,
            shuffle=experiment.data.shuffle,
        )
        self.validation = samples.validation
        self.trainer = experiment.trainer
        self.watch = Watch(experiment.probe, samples)
        self.stopping = Stopping(self.trainer)
        self.history: list[Epoch] = []
        self.steps = 0
        self.until = experiment.until
        self.left: dict[str, Any] | None = None
        self.kept = _copy_state(self.model)
        self._trained = [p for p in self.model.parameters() if p.requires_grad]
        self._compute_gradients = GRADIENTS[self.trainer.gradient]
        self._needs_closure = needs_closure(self.optimizer)
        self._needs_loss = needs_loss(self.scheduler)

    def train(self, on_epoch: OnEpoch | None = None, checkpoints: CheckpointStore | None = None) -> Status:
        """Train until the run ends; afterwards the model holds the parameters that are kept.

        Ctrl-C (`KeyboardInterrupt`) ends it with the parameters of the last whole epoch.

        Args:
            on_epoch: called with each row of the history as it is made.
            checkpoints: where the run is saved every `checkpoint_every` epochs.
        """
        status = None
        every = self.trainer.checkpoint_every
        try:
            while status is None:
                if len(self.history) == self.until:
                    status, self.left = Status.PRUNED, copy.deepcopy(self.state_dict())
                    break
                status = self.advance()
                if on_epoch is not None and self.history and status is not Status.DIVERGED:
                    on_epoch(self.history[-1])
                is_due = every is not None and len(self.history) % every == 0
                if status is None and is_due and checkpoints is not None:  # what has ended must not go on
                    checkpoints.save(self.state_dict())
        except KeyboardInterrupt:
            status = Status.INTERRUPTED
        self.model.load_state_dict(self.kept)
        return status

    def advance(self) -> Status | None:
        """Train one epoch; how the run ended with it, or None if it goes on."""
        epoch = len(self.history) + 1
        lr = float(self.optimizer.param_groups[0]["lr"])
        train_loss = self.train_epoch()
        if not (math.isfinite(train_loss) and all(bool(p.isfinite().all()) for p in self.model.parameters())):
            return Status.DIVERGED
        validation_loss = self.validate() if epoch % self.trainer.evaluate_every == 0 else None
        self._advance_scheduler(train_loss if self.validation is None else validation_loss)
        keeps, status = self.stopping.end_epoch(epoch, train_loss, validation_loss)
        if keeps:
            self.kept = _copy_state(self.model)
        self.history.append(Epoch(epoch, train_loss, validation_loss, lr))
        self.watch.look_if_due(epoch, self.steps, partial(predict, self.model.eval()))
        return status

    def _advance_scheduler(self, loss: float | None) -> None:
        """Let an epoch be over for the scheduler; one that follows the loss waits for the next evaluation."""
        if not self._needs_loss:
            self.scheduler.step()
        elif loss is not None:
            self.scheduler.step(loss)  # type: ignore[arg-type]  # torch's plateau takes the loss, others an epoch

    def train_epoch(self) -> float:
        """One epoch, a step for each batch.

        Returns:
            The mean loss of the epoch's samples; or the first loss that is not finite, which ends it.
        """
        self.model.train()
        total, samples = 0.0, 0
        for inputs, targets in self.loader:
            loss = self.take_step(inputs, targets)
            self.steps += 1
            if not math.isfinite(loss):
                return loss
            total += loss * len(inputs)
            samples += len(inputs)
        return total / samples

    def take_step(self, inputs: Tensor, targets: Tensor) -> float:
        """One step on one batch; its loss before the step.

        Args:
            inputs: (B, I).
            targets: (B, O).
        """

        def compute(network: Differentiable) -> Tensor:
            return compute_loss(self.loss, network, inputs, targets)

        def evaluate() -> Tensor:
            self.optimizer.zero_grad()
            loss = self._compute_gradients(compute, self.model)
            if self.trainer.gradient_clip_norm is not None:
                nn.utils.clip_grad_norm_(self._trained, self.trainer.gradient_clip_norm)
            return loss

        if self._needs_closure:
            # torch annotates closures with float, but hands on whatever they return.
            try:
                loss = cast("Tensor", self.optimizer.step(evaluate))  # type: ignore[arg-type]
            except RuntimeError as error:
                if "overflow" not in str(error):
                    raise
                return math.inf  # torch's L-BFGS raises where others take an infinite step
        else:
            loss = evaluate()
            self.optimizer.step()
        return loss.item()

    def validate(self) -> float | None:
        """The loss on the held-out points; None where there are none."""
        if self.validation is None:
            return None
        self.model.eval()
        with torch.no_grad():
            points = self.validation
            return compute_loss(self.loss, Differentiable(self.model), points.inputs, points.targets).item()

    def state_dict(self) -> dict[str, Any]:
        """All that a run needs to go on as if it had not been stopped; tensors and plain values."""
        log = self.watch.log
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "generator": torch.get_rng_state(),
            "history": [tuple(row) for row in self.history],
            "steps": self.steps,
            "stopping": tuple(self.stopping.waiting),
            "kept": self.kept,
            "watch": None if log is None else (log.steps, log.rows),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go back to where `state_dict` was taken, torch's global generator included."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        torch.set_rng_state(state["generator"])
        self.history = [Epoch(*row) for row in state["history"]]
        self.steps = state["steps"]
        self.stopping.waiting = Waiting(*state["stopping"])
        self.kept = state["kept"]
        if self.watch.log is not None:
            self.watch.log.steps, self.watch.log.rows = state["watch"]


def _copy_state(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
