"""When a run ends, and how it takes its steps: settings, whatever engine trains by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sinefit.core.checks import Checks
from sinefit.core.gradients import GRADIENTS
from sinefit.core.halving import Halving


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
        halving: when the jobs of a sweep are ranked and only the best go on; None, or by default: never.
            Whoever trains a sweep does so: `run` and `run_many` train to the end.

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
    halving: Halving | None = field(default_factory=Halving)

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
        is_ours = self.halving is None or isinstance(self.halving, Halving)
        checks.require(is_ours, "halving", self.halving, "null, or keep and at", "null")
        if is_ours and self.rungs and isinstance(self.max_epochs, int) and self.rungs[-1] >= self.max_epochs:
            allowed = f"epochs before the last, which is max_epochs={self.max_epochs}"
            checks.require(False, "halving.at", list(self.rungs), allowed)
        checks.raise_if_any()

    @property
    def rungs(self) -> tuple[int, ...]:
        """The epochs at which the runs of a sweep are ranked; usually none."""
        return () if self.halving is None else self.halving.rungs
