"""The training loop of one run: zero_grad, forward, loss, gradients, step, until it is good enough.

This is the textbook loop, and the truth that every faster way of training is tested against. Knows
nothing of files, of the config, or of where model and data come from.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

import torch
from torch import nn

from sinefit.core.checks import Checks
from sinefit.core.evaluation import predict
from sinefit.core.gradients import GRADIENTS, Differentiable
from sinefit.core.losses import compute_loss
from sinefit.core.optimizers import needs_closure
from sinefit.core.outcome import Epoch
from sinefit.core.stopping import EarlyStopping
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from sinefit.core.data import Points
    from sinefit.core.loader import TensorLoader
    from sinefit.core.losses.contract import Loss
    from sinefit.core.probes import Watch

    OnEpoch = Callable[[Epoch], None]


class CheckpointStore(Protocol):
    """Where a run's checkpoint is kept; one at a time."""

    def load(self) -> dict[str, Any] | None:
        """The last one saved, or None."""

    def save(self, state: dict[str, Any]) -> None:
        """Keep this one instead."""


@dataclass(frozen=True)
class Trainer:
    """When a run ends, and how it takes its steps.

    Attributes:
        max_epochs: epochs after which the run ends, 1 or more.
        target_loss: the run ends as converged after an epoch whose training loss is this or less.
        gradient: ``backward``, ``autograd_grad`` or ``functional``, see `sinefit.core.gradients`.
        gradient_clip_norm: the gradient is scaled down to this 2-norm where it is longer; None: never.
        patience: evaluations of the validation loss without improvement after which the run ends; the
            parameters of the best one are kept. None: never. Needs held-out points.
        min_improvement: by how much the validation loss must fall to count as improved.
        evaluate_every: epochs between two evaluations of the validation loss, 1 or more.
        checkpoint_every: epochs between two checkpoints, from which a killed run goes on; None: none.

    Raises:
        SettingsError: if a setting is out of range; all such settings at once.
    """

    max_epochs: int = 100
    target_loss: float | None = None
    gradient: Literal["backward", "autograd_grad", "functional"] = "backward"
    gradient_clip_norm: float | None = None
    patience: int | None = None
    min_improvement: float = 0.0
    evaluate_every: int = 1
    checkpoint_every: int | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        checks.whole("max_epochs", self.max_epochs, at_least=1, example=100)
        if self.target_loss is not None:
            checks.number("target_loss", self.target_loss, example=0.001)
        checks.choice("gradient", self.gradient, GRADIENTS)
        if self.gradient_clip_norm is not None:
            checks.positive("gradient_clip_norm", self.gradient_clip_norm, example=1.0)
        if self.patience is not None:
            checks.whole("patience", self.patience, at_least=1, example=10)
        checks.not_negative("min_improvement", self.min_improvement, example=0.0)
        checks.whole("evaluate_every", self.evaluate_every, at_least=1, example=1)
        if self.checkpoint_every is not None:
            checks.whole("checkpoint_every", self.checkpoint_every, at_least=1, example=100)
        checks.raise_if_any()


class Training:
    """One run while it is trained: its parts, and how far it is.

    Args:
        model: trained in place.
        loss: maps prediction and target (B, O) to a scalar tensor, or is one of the network itself.
        optimizer: holds the model's parameters.
        scheduler: steps once an epoch.
        loader: one epoch's batches at each iteration.
        validation: held-out points, or None.
        trainer: the settings.
        watch: looks at the model on the way, or None.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of the textbook loop
        self,
        model: nn.Module,
        loss: Loss,
        optimizer: Optimizer,
        scheduler: LRScheduler,
        loader: TensorLoader,
        validation: Points | None,
        trainer: Trainer,
        watch: Watch | None = None,
    ) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.scheduler = scheduler
        self.loader = loader
        self.validation = validation
        self.trainer = trainer
        self.watch = watch
        self.stopping = EarlyStopping(trainer.patience, trainer.min_improvement)
        self.history: list[Epoch] = []
        self.steps = 0
        self.kept = snapshot(model)
        self.seconds = 0.0
        self.message = ""
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        self._compute_gradients = GRADIENTS[trainer.gradient]
        self._needs_closure = needs_closure(optimizer)

    def fit(self, on_epoch: OnEpoch | None = None, checkpoints: CheckpointStore | None = None) -> Status:
        """Train until the run ends; afterwards the model holds the parameters that are kept.

        Ctrl-C (`KeyboardInterrupt`) ends it with the parameters of the last whole epoch.

        Args:
            on_epoch: called with each row of the history as it is made.
            checkpoints: where the run is saved every `checkpoint_every` epochs.
        """
        started = time.perf_counter()
        status = None
        every = self.trainer.checkpoint_every
        try:
            while status is None:
                status = self.advance()
                if on_epoch is not None and self.history and status is not Status.DIVERGED:
                    on_epoch(self.history[-1])
                is_due = every is not None and len(self.history) % every == 0
                if status is None and is_due and checkpoints is not None:  # what has ended must not go on
                    checkpoints.save(self.state_dict())
        except KeyboardInterrupt:
            status = Status.INTERRUPTED
            self.message = f"interrupted in epoch {len(self.history) + 1}"
        self.model.load_state_dict(self.kept)
        self.seconds += time.perf_counter() - started
        return status

    def advance(self) -> Status | None:
        """Train one epoch; how the run ended with it, or None if it goes on."""
        epoch = len(self.history) + 1
        lr = float(self.optimizer.param_groups[0]["lr"])
        train_loss = self.train_epoch()
        if not (math.isfinite(train_loss) and is_finite(self.model)):
            self.message = f"loss or parameters not finite in epoch {epoch}, step {self.steps}"
            return Status.DIVERGED
        self.scheduler.step()
        validation_loss = self.validate() if epoch % self.trainer.evaluate_every == 0 else None
        improved = validation_loss is not None and self.stopping.improved(validation_loss)
        if improved or self.trainer.patience is None:
            self.kept = snapshot(self.model)
        self.history.append(Epoch(epoch, train_loss, validation_loss, lr))
        if self.watch is not None:
            self.watch.note(epoch, self.steps, partial(predict, self.model.eval()))
        return self.ending(train_loss)

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
        """One step on one batch, (B, I) and (B, O); its loss before the step."""

        def objective(network: Differentiable) -> Tensor:
            return compute_loss(self.loss, network, inputs, targets)

        def evaluate() -> Tensor:
            self.optimizer.zero_grad()
            loss = self._compute_gradients(objective, self.model)
            if self.trainer.gradient_clip_norm is not None:
                nn.utils.clip_grad_norm_(self._parameters, self.trainer.gradient_clip_norm)
            return loss

        if self._needs_closure:
            # torch annotates closures with float, but hands on whatever they return.
            loss = cast("Tensor", self.optimizer.step(evaluate))  # type: ignore[arg-type]
        else:
            loss = evaluate()
            self.optimizer.step()
        return loss.item()

    def state_dict(self) -> dict[str, Any]:
        """All that a run needs to go on as if it had not been stopped; tensors and plain values."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "generator": torch.get_rng_state(),
            "history": [tuple(row) for row in self.history],
            "steps": self.steps,
            "stopping": self.stopping.state_dict(),
            "kept": self.kept,
            "watch": None if self.watch is None else (self.watch.log.steps, self.watch.log.rows),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go back to where `state_dict` was taken, torch's global generator included."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        torch.set_rng_state(state["generator"])
        self.history = [Epoch(*row) for row in state["history"]]
        self.steps = state["steps"]
        self.stopping.best, self.stopping.waited = state["stopping"]["best"], state["stopping"]["waited"]
        self.kept = state["kept"]
        if self.watch is not None:
            self.watch.log.steps, self.watch.log.rows = state["watch"]

    def validate(self) -> float | None:
        """The loss on the held-out points; None where there are none."""
        if self.validation is None:
            return None
        self.model.eval()
        with torch.no_grad():
            points = self.validation
            return compute_loss(self.loss, Differentiable(self.model), points.inputs, points.targets).item()

    def ending(self, train_loss: float) -> Status | None:
        """How the run ends after a whole epoch, or None if it goes on."""
        trainer = self.trainer
        if trainer.target_loss is not None and train_loss <= trainer.target_loss:
            self.kept = snapshot(self.model)
            return Status.CONVERGED
        if self.stopping.is_exhausted():
            self.message = (
                f"validation loss not below {self.stopping.best:.6g} for {trainer.patience} evaluations"
            )
            return Status.STOPPED
        return Status.COMPLETED if len(self.history) >= trainer.max_epochs else None


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """A copy of the model's `state_dict`."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def is_finite(model: nn.Module) -> bool:
    """Whether all parameters are finite."""
    return all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters())
