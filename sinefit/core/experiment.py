"""An experiment as a value, and its parts made ready; knows no engine, no configs and no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from sinefit.core.checks import Checks, keywords_of
from sinefit.core.data import Samples, Table
from sinefit.core.derivative_targets import with_derivatives
from sinefit.core.evaluation import predict
from sinefit.core.losses import (
    check_derivatives,
    check_value,
    derivatives_of_targets,
    is_never_negative,
)
from sinefit.core.optimizers import check_factory, spare_compiler
from sinefit.core.probes import check_probe
from sinefit.core.seeding import seed_globally
from sinefit.errors import Problem, SettingsError, SinefitError, blaming, describe_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor, nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from sinefit.core.data import DataSource, Points
    from sinefit.core.losses.contract import Loss
    from sinefit.core.optimizers import OptimizerFactory
    from sinefit.core.probes import Probe
    from sinefit.core.trainer import Trainer

Engine = Literal["auto", "plain", "native", "compiled", "eager"]
ENGINES: tuple[Engine, ...] = ("auto", "plain", "native", "compiled", "eager")
"""What computes a run's steps: ``plain`` is the textbook's loop, ``native`` the C program, ``compiled`` and
``eager`` are torch's functional transforms; ``auto`` is native where the C program knows the run."""

AUTO = "auto"
"""Of a model's size: as many as the data have."""
Argument = TypeVar("Argument")
Part = TypeVar("Part")


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a run.

    Attributes:
        data: draws the points.
        model: builds the network; its initial weights come from torch's global generator. A factory that
            shows its settings, as `functools.partial` does, is told the sizes that are ``"auto"`` there.
        loss: maps prediction and target (B, O) to a scalar tensor, or is one of the network itself.
        optimizer: makes the optimizer of given parameters.
        scheduler: makes the learning rate's schedule of a given optimizer; it steps once an epoch.
        trainer: when the run ends, and how it takes its steps.
        probe: what is measured of the network on the way; None for nothing.
        seed: decides every random draw of the run.
        dtype: of parameters and points.
        device: where the run is trained.
        engine: what computes its steps, one of `ENGINES`.
        until: the epoch after which it is left as pruned, with all that it needs to go on, unless it has
            ended before; None: it is trained to its end. Changes no bit of what it has until then.

    Raises:
        SettingsError: if the seed, the engine or a number of the optimizer cannot be used.
    """

    data: DataSource
    model: Callable[..., nn.Module]
    loss: Loss
    optimizer: OptimizerFactory
    scheduler: Callable[[Optimizer], LRScheduler]
    trainer: Trainer
    probe: Probe | None = None
    seed: int = 0
    dtype: torch.dtype = torch.float32
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    engine: Engine = "auto"
    until: int | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        checks.seed("seed", self.seed)
        checks.choice("engine", self.engine, ENGINES)
        if self.trainer.target_loss is not None and is_never_negative(self.loss):
            checks.not_negative("trainer.target_loss", self.trainer.target_loss, example=0.001)
        checks.raise_if_any()
        check_factory(self.optimizer)


def draw_samples(experiment: Experiment) -> Samples:
    """The run's points on its device; targets have further columns where the loss fits derivatives.

    Raises:
        SinefitError: if the points cannot be drawn, or the data choice does not know the derivatives that the
            loss needs.
    """
    samples = draw_points(experiment)
    order = derivatives_of_targets(experiment.loss)
    if order > 0:
        samples = with_derivatives(samples, experiment.data, order)
    return samples.to(experiment.device, experiment.dtype)


def draw_points(experiment: Experiment) -> Samples:
    """The run's points as its data choice draws them: a table's on the run's device, others in float64.

    Raises:
        SinefitError: if they cannot be drawn.
    """
    with blaming("data cannot be drawn"):
        if isinstance(experiment.data, Table):
            return experiment.data.draw_as(experiment.device, experiment.dtype)
        drawn: object = experiment.data.draw(experiment.seed)
    if not isinstance(drawn, Samples):
        msg = f"data must draw sinefit.core.data.Samples, got {type(drawn).__name__}"
        raise SinefitError(msg)
    return drawn


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
    spare_compiler()
    optimizer = _make("optimizer", experiment.optimizer, parameters)
    scheduler = _make("scheduler", experiment.scheduler, optimizer)
    total, epochs = getattr(scheduler, "total_steps", None), experiment.trainer.max_epochs
    if isinstance(total, int) and total < epochs:
        allowed = f"trainer.max_epochs={epochs} or more"
        raise SettingsError([Problem("scheduler.total_steps", total, allowed, epochs)])
    return optimizer, scheduler


def _make(name: str, factory: Callable[[Argument], Part], argument: Argument) -> Part:
    try:
        with blaming(f"{name} cannot be made"):
            return factory(argument)
    except SettingsError as error:
        raise error.within(name) from error


def start_model(experiment: Experiment, samples: Samples) -> nn.Module:
    """Seed torch's global generator and build the model.

    Args:
        experiment: the run.
        samples: its points, on its device.

    Raises:
        SinefitError: if it does not fit the points, or the points do not fit the settings.
    """
    if experiment.trainer.patience is not None and samples.validation is None:
        allowed = "null, unless points are held out by data.validation_share=0.2 or the like"
        raise SettingsError([Problem("trainer.patience", experiment.trainer.patience, allowed)])
    seed_globally(experiment.seed)
    model = build_model(experiment, samples)
    # Targets that the loss widened have the shape of those that it left alone.
    _check_output_shape(
        model, samples.evaluation if derivatives_of_targets(experiment.loss) else samples.training
    )
    check_derivatives(experiment.loss, model, samples.training.inputs)
    if not (_is_known(experiment.loss) and _is_known(model)):
        check_value(experiment.loss, model, samples.training)
    check_probe(experiment.probe, samples)
    _check_last_batch(model, len(samples.training.inputs), experiment.data.batch_size)
    return model


def build_model(
    experiment: Experiment, samples: Samples, parameters: dict[str, Tensor] | None = None
) -> nn.Module:
    """The experiment's model on its device.

    Args:
        experiment: the run.
        samples: its points, whose sizes are those of the model.
        parameters: a `state_dict`; None for fresh weights, drawn from torch's global generator.

    Raises:
        SinefitError: if it cannot be built, or names a size that does not fit the points.
    """
    sizes = _find_sizes(experiment.model, samples)
    with blaming("model cannot be built"):
        model: nn.Module = experiment.model(**sizes)
    model = model.to(device=experiment.device, dtype=experiment.dtype)
    if parameters is not None:
        model.load_state_dict(parameters)
    return model


def _find_sizes(factory: Callable[..., nn.Module], samples: Samples) -> dict[str, int]:
    """The sizes that a factory leaves to the points.

    Raises:
        SettingsError: if it names others.
    """
    given = keywords_of(factory)
    fitting = {"input_size": samples.num_inputs, "output_size": samples.num_targets}
    nouns = {"input_size": "inputs", "output_size": "targets"}
    problems = [
        Problem(f"model.{name}", given[name], f"{size}, as many {nouns[name]} as the data have", "auto")
        for name, size in fitting.items()
        if given.get(name, AUTO) not in {AUTO, size} and isinstance(given[name], int)
    ]
    if problems:
        raise SettingsError(problems)
    return {name: size for name, size in fitting.items() if given.get(name) == AUTO}


def _check_output_shape(model: nn.Module, points: Points) -> None:
    """Refuse a model whose output would have to be broadcast to the targets; draws nothing."""
    model.eval()
    inputs, targets = points.inputs[:2], points.targets[:2]
    with torch.random.fork_rng(devices=[]), blaming(f"model cannot take inputs of {_shape(inputs)}"):
        try:
            output: object = predict(model, inputs)
        except RuntimeError as error:  # torch's, of sizes
            hint = "choose another model, such as model=mlp, or let it take a setting input_size: auto"
            msg = f"model cannot take inputs of {_shape(inputs)}: {describe_error(error)}; {hint}"
            raise SinefitError(msg) from error
    if not isinstance(output, torch.Tensor):
        msg = (
            f"model must return a tensor of {_shape(targets)} for {len(inputs)} points, got"
            f" {type(output).__name__}: let its forward return the outputs alone"
        )
        raise SinefitError(msg)
    if output.shape != targets.shape:
        msg = (
            f"model maps {len(inputs)} points to outputs of {_shape(output)}, their targets {_shape(targets)}"
            f", and nothing is broadcast; type for example model.output_size={targets.shape[1]}"
        )
        raise SinefitError(msg)


def _is_known(part: object) -> bool:
    """Whether a model or a loss is sinefit's or torch's, and not somebody's own."""
    return type(part).__module__.startswith(("sinefit.", "torch."))


def _shape(tensor: Tensor) -> str:
    return f"shape {tuple(tensor.shape)}"


def _check_last_batch(model: nn.Module, num_points: int, batch_size: int) -> None:
    """Refuse an epoch whose last batch is a single point, if a layer takes the mean of a batch.

    Args:
        model: perhaps with such a layer.
        num_points: of an epoch.
        batch_size: points in a batch.
    """
    layers = [type(each).__name__ for each in model.modules() if isinstance(each, _BatchNorm)]
    if layers and (batch_size == 1 or num_points % batch_size == 1):
        fits = (size for size in range(batch_size + 1, num_points) if num_points % size != 1)
        msg = (
            f"data.batch_size={batch_size} leaves a batch of one of {num_points} points, and {layers[0]}"
            f" cannot train on it; type for example data.batch_size={next(fits, num_points)}"
        )
        raise SinefitError(msg)
