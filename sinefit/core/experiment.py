"""An experiment as a value, and what it means to run it; knows nothing of configs or files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import torch
from torch.utils.data import TensorDataset

from sinefit.core.checks import Checks
from sinefit.core.derivative_targets import with_derivatives
from sinefit.core.evaluation import check_objective, evaluate, predict
from sinefit.core.loader import TensorLoader
from sinefit.core.losses import check_derivatives, derivatives_of_targets
from sinefit.core.optimizers import check_optimizer
from sinefit.core.outcome import Outcome, last_losses
from sinefit.core.probes import watch
from sinefit.core.seeding import seed_globally
from sinefit.core.trainer import Trainer, Training
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
    from sinefit.core.trainer import CheckpointStore, OnEpoch

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

    Raises:
        SettingsError: if the seed or a number of the optimizer is out of range.
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

    def __post_init__(self) -> None:
        checks = Checks()
        checks.seed("seed", self.seed)
        checks.raise_if_any()
        check_optimizer(self.optimizer)


def run(
    experiment: Experiment,
    on_epoch: OnEpoch | None = None,
    checkpoints: CheckpointStore | None = None,
) -> Outcome:
    """Train one run alone, by the textbook loop, and evaluate it.

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
        training = prepare(experiment, samples)
        saved = None if checkpoints is None else checkpoints.load()
        if saved is not None:
            training.load_state_dict(saved)
        status = training.fit(on_epoch, checkpoints)
    model = training.model
    evaluation = evaluate(model, samples)
    seen = {} if training.watch is None else training.watch.summarize()
    return Outcome(
        status=status,
        parameters={name: value.detach().cpu() for name, value in model.state_dict().items()},
        history=tuple(training.history),
        metrics=evaluation.metrics | last_losses(training.history) | seen,
        epochs=len(training.history),
        steps=training.steps,
        train_seconds=training.seconds,
        num_parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        message=training.message,
        prediction=evaluation.prediction,
        probe_log=None if training.watch is None else training.watch.log,
    )


def check(experiment: Experiment, objective: str | None = None) -> None:
    """Set a run up without training it, for the mistakes that only show together; draws nothing.

    Args:
        experiment: what is to run.
        objective: the metric that it is to be ranked by, if any.

    Raises:
        SinefitError: if the run could not start, or would not have the objective.
    """
    samples = draw_samples(experiment)
    if objective is not None:
        check_objective(objective, samples)
    with torch.random.fork_rng(devices=[]):
        prepare(experiment, samples)


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


def prepare(experiment: Experiment, samples: Samples) -> Training:
    """Seed torch's global generator, build the model, and set up its training.

    Raises:
        SinefitError: if parts of the experiment do not fit each other.
    """
    model = start_model(experiment, samples)
    optimizer, scheduler = make_optimizer(experiment, model.parameters())
    points = samples.training
    return Training(
        model=model,
        loss=experiment.loss,
        optimizer=optimizer,
        scheduler=scheduler,
        loader=TensorLoader(
            TensorDataset(points.inputs, points.targets),
            batch_size=experiment.data.batch_size,
            shuffle=experiment.data.shuffle,
        ),
        validation=samples.validation,
        trainer=experiment.trainer,
        watch=watch(experiment.probe, samples),
    )


def make_optimizer(
    experiment: Experiment, parameters: Iterable[nn.Parameter]
) -> tuple[Optimizer, LRScheduler]:
    """The experiment's optimizer of these parameters, and its scheduler.

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

    Raises:
        SinefitError: if it does not fit the points, or the points do not fit the settings.
    """
    if experiment.trainer.patience is not None and samples.validation is None:
        allowed = "null unless points are held out by data.validation_share"
        raise SettingsError([Problem("trainer.patience", experiment.trainer.patience, allowed, "null")])
    seed_globally(experiment.seed)
    model = build_model(experiment)
    # Targets that the loss widened have the shape of those that it left alone.
    check_output_shape(
        model, samples.evaluation if derivatives_of_targets(experiment.loss) else samples.training
    )
    check_derivatives(experiment.loss, model, samples.training.inputs)
    return model


def build_model(experiment: Experiment, parameters: dict[str, Tensor] | None = None) -> nn.Module:
    """The experiment's model on its device, with fresh weights or with the given `state_dict`."""
    model = experiment.model().to(device=experiment.device, dtype=experiment.dtype)
    if parameters is not None:
        model.load_state_dict(parameters)
    return model


def check_output_shape(model: nn.Module, points: Points) -> None:
    """Refuse a model whose output would have to be broadcast to the targets; draws nothing.

    Raises:
        SinefitError: if the shapes differ, or the model cannot take such inputs.
    """
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
