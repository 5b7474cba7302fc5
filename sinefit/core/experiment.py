"""An experiment as a value, and its parts made ready; knows no engine, no configs and no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

import torch

from sinefit.core.checks import Checks
from sinefit.core.derivative_targets import with_derivatives
from sinefit.core.evaluation import predict
from sinefit.core.losses import check_derivatives, derivatives_of_targets
from sinefit.core.optimizers import check_factory
from sinefit.core.seeding import seed_globally
from sinefit.errors import Problem, SettingsError, SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor, nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from sinefit.core.data import DataSource, Points, Samples
    from sinefit.core.losses.contract import Loss
    from sinefit.core.optimizers import OptimizerFactory
    from sinefit.core.probes import Probe
    from sinefit.core.trainer import Trainer

Engine = Literal["auto", "plain", "native", "compiled", "eager"]
ENGINES: tuple[Engine, ...] = ("auto", "plain", "native", "compiled", "eager")
"""What computes a run's steps: ``plain`` is the textbook's loop, ``native`` the C program, ``compiled`` and
``eager`` are torch's functional transforms; ``auto`` is native where the C program knows the run."""

Argument = TypeVar("Argument")
Part = TypeVar("Part")


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a run.

    Attributes:
        data: draws the points.
        model: builds the network; its initial weights come from torch's global generator.
        loss: maps prediction and target (B, O) to a scalar tensor, or is one of the network itself.
        optimizer: makes the optimizer of given parameters.
        scheduler: makes the learning rate's schedule of a given optimizer; it steps once an epoch.
        trainer: when the run ends, and how it takes its steps.
        probe: what is measured of the network on the way; None for nothing.
        seed: decides every random draw of the run.
        dtype: of parameters and points.
        device: where the run is trained.
        engine: what computes its steps, one of `ENGINES`.

    Raises:
        SettingsError: if the seed, the engine or a number of the optimizer cannot be used.
    """

    data: DataSource
    model: Callable[[], nn.Module]
    loss: Loss
    optimizer: OptimizerFactory
    scheduler: Callable[[Optimizer], LRScheduler]
    trainer: Trainer
    probe: Probe | None = None
    seed: int = 0
    dtype: torch.dtype = torch.float32
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    engine: Engine = "auto"

    def __post_init__(self) -> None:
        checks = Checks()
        checks.seed("seed", self.seed)
        checks.choice("engine", self.engine, ENGINES)
        checks.raise_if_any()
        check_factory(self.optimizer)


def draw_samples(experiment: Experiment) -> Samples:
    """The run's points on its device; targets have further columns where the loss fits derivatives.

    Raises:
        SinefitError: if the points cannot be drawn, or the data choice does not know the derivatives that the
            loss needs.
    """
    try:
        samples = experiment.data.draw(experiment.seed)
    except RuntimeError as error:  # torch's, of numbers beyond the dtype and of points beyond the memory
        msg = f"data cannot be drawn: {error}"
        raise SinefitError(msg) from error
    order = derivatives_of_targets(experiment.loss)
    if order > 0:
        samples = with_derivatives(samples, experiment.data, order)
    return samples.to(experiment.device, experiment.dtype)


def make_optimizer(
    experiment: Experiment, parameters: Iterable[nn.Parameter]
) -> tuple[Optimizer, LRScheduler]:
    """The experiment's optimizer of these parameters, and its scheduler.

    Args:
        experiment: the run.
        parameters: the model's, or others instead.

    Raises:
        SinefitError: if one of them cannot be made.
    """
    optimizer = _make("optimizer", experiment.optimizer, parameters)
    return optimizer, _make("scheduler", experiment.scheduler, optimizer)


def _make(name: str, factory: Callable[[Argument], Part], argument: Argument) -> Part:
    try:
        return factory(argument)
    except SettingsError as error:
        raise error.within(name) from error
    except Exception as error:
        msg = f"{name} cannot be made: {type(error).__name__}: {error}"
        raise SinefitError(msg) from error


def start_model(experiment: Experiment, samples: Samples) -> nn.Module:
    """Seed torch's global generator and build the model.

    Args:
        experiment: the run.
        samples: its points, on its device.

    Raises:
        SinefitError: if it does not fit the points, or the points do not fit the settings.
    """
    if experiment.trainer.patience is not None and samples.validation is None:
        allowed = "null unless points are held out by data.validation_share"
        raise SettingsError([Problem("trainer.patience", experiment.trainer.patience, allowed, "null")])
    seed_globally(experiment.seed)
    model = build_model(experiment)
    # Targets that the loss widened have the shape of those that it left alone.
    _check_output_shape(
        model, samples.evaluation if derivatives_of_targets(experiment.loss) else samples.training
    )
    check_derivatives(experiment.loss, model, samples.training.inputs)
    return model


def build_model(experiment: Experiment, parameters: dict[str, Tensor] | None = None) -> nn.Module:
    """The experiment's model on its device.

    Args:
        experiment: the run.
        parameters: a `state_dict`; None for fresh weights, drawn from torch's global generator.
    """
    model = experiment.model().to(device=experiment.device, dtype=experiment.dtype)
    if parameters is not None:
        model.load_state_dict(parameters)
    return model


def _check_output_shape(model: nn.Module, points: Points) -> None:
    """Refuse a model whose output would have to be broadcast to the targets; draws nothing."""
    model.eval()
    with torch.random.fork_rng(devices=[]):
        try:
            output = predict(model, points.inputs[:2])
        except RuntimeError as error:
            shape = tuple(points.inputs[:2].shape)
            hint = f"type for example model.input_size={shape[-1]}"
            msg = f"model cannot take inputs of shape {shape}: {error}; {hint}"
            raise SinefitError(msg) from error
    if output.shape != points.targets[:2].shape:
        wanted = points.targets.shape[1]
        msg = (
            f"model maps {len(output)} points to outputs of shape {tuple(output.shape)}, their targets"
            f" {tuple(points.targets[:2].shape)}, and nothing is broadcast; type for example"
            f" model.output_size={wanted}"
        )
        raise SinefitError(msg)
