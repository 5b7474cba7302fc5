"""One run made ready for a stack: its weights, its draws, its points, and what it can be fused with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from sinefit.core.experiment import draw_samples, start_model
from sinefit.core.fused.likeness import Same, describe, describe_model
from sinefit.core.fused.network import describe_network
from sinefit.core.fused.schedule import RunsAloneError, Schedule, is_torchs_own, work_out
from sinefit.core.losses import derivatives_of_targets

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor

    from sinefit.core.data import Samples
    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.network import Network

MOST_PARAMETERS = 30_000
"""A model with more keeps a processor busy alone; 64 of them in a stack of torch's leave the cache."""
BATCH_DEPENDENT = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)  # noqa: SLF001 - their base classes


@dataclass(frozen=True)
class Member:
    """A run made ready.

    Attributes:
        experiment: the run.
        model: its module, for its structure; runs that begin alike share it, so its numbers are nobody's.
        initial: its first parameters, as one vector (P,).
        samples: its points.
        generator: the state of torch's global generator after the model was built.
        schedule: its optimizer's numbers.
        num_parameters: P.
        key: runs with equal keys can be stacked.
        network: what the C program must know of model and loss; None if torch computes its steps.
    """

    experiment: Experiment
    model: nn.Module
    initial: Tensor
    samples: Samples
    generator: Tensor
    schedule: Schedule
    num_parameters: int
    key: Hashable
    network: Network | None = None

    def load(self, flat_P: Tensor) -> None:
        """Give the model these parameters."""
        with torch.no_grad():
            for p, value in zip(self.model.parameters(), cut(flat_P, self.model), strict=True):
                p.copy_(value)

    def state_dict(self, flat_P: Tensor) -> dict[str, Tensor]:
        """What the model's own `state_dict` would be with these parameters, on the CPU.

        The parameters are views of one vector of their own, which makes their file small.
        """
        state = {name: value.detach().cpu() for name, value in self.model.state_dict().items()}
        names = [name for name, _ in self.model.named_parameters()]
        trained = dict(zip(names, cut(flat_P.detach().cpu().clone(), self.model), strict=True))
        return {name: trained[name] if name in trained else value.clone() for name, value in state.items()}


@dataclass(frozen=True)
class Beginning:
    """What a run starts from, before its optimizer; runs with equal model, loss, points and seed share it.

    Attributes:
        model: its module.
        initial: its first parameters (P,).
        generator: the state of torch's global generator after the model was built.
        network: what the C program must know of model and loss; None if torch computes the steps.
        key: what separates stacks besides the points.
    """

    model: nn.Module
    initial: Tensor
    generator: Tensor
    network: Network | None
    key: tuple[Hashable, ...]

    def parameters(self) -> list[Tensor]:
        """The first parameters, each in its shape."""
        return cut(self.initial, self.model)


class Workshop:
    """Makes runs ready; what several have in common is worked out once.

    Args:
        native: whether the C program may train those that it knows.
    """

    def __init__(self, *, native: bool) -> None:
        self.native = native
        self._schedules: dict[tuple[object, ...], Schedule] = {}
        self._samples: dict[tuple[object, ...], Samples] = {}
        self._beginnings: dict[tuple[object, ...], Beginning | str] = {}

    def make(self, experiment: Experiment) -> Member:
        """Set a run up as the plain engine does, and take what a stack needs of it.

        Raises:
            RunsAloneError: if the run cannot be fused.
            SinefitError: if the run could not start alone either.
        """
        if experiment.trainer.checkpoint_every is not None:
            msg = "trainer.checkpoint_every saves it on the way"
            raise RunsAloneError(msg)
        samples = self._draw(experiment)
        beginning = self._begin(experiment, samples)
        return Member(
            experiment=experiment,
            model=beginning.model,
            initial=beginning.initial,
            samples=samples,
            generator=beginning.generator,
            schedule=self._work_out(experiment, beginning),
            num_parameters=len(beginning.initial),
            key=describe_data(experiment, samples) + beginning.key,
            network=beginning.network,
        )

    def _begin(self, experiment: Experiment, samples: Samples) -> Beginning:
        """The beginning of a run; runs that begin alike share it, or the reason why they run alone.

        Raises:
            RunsAloneError: if the run cannot be fused.
            SinefitError: if it could not start alone either.
        """
        trainer = experiment.trainer
        key = (
            *(Same(experiment.model), Same(experiment.loss), Same(samples)),
            *(experiment.seed, experiment.dtype, experiment.device),
            *(trainer.patience is None, trainer.gradient_clip_norm is None),
        )
        if key not in self._beginnings:
            try:
                self._beginnings[key] = begin(experiment, samples, native=self.native)
            except RunsAloneError as reason:
                self._beginnings[key] = str(reason)
        found = self._beginnings[key]
        if isinstance(found, str):
            raise RunsAloneError(found)
        return found

    def _draw(self, experiment: Experiment) -> Samples:
        """The points of a run; runs that share their data choice and seed share them."""
        order = derivatives_of_targets(experiment.loss)
        key = (Same(experiment.data), experiment.seed, experiment.dtype, experiment.device, order)
        if key not in self._samples:
            self._samples[key] = draw_samples(experiment)
        return self._samples[key]

    def _work_out(self, experiment: Experiment, beginning: Beginning) -> Schedule:
        """The schedule of a run; runs that share optimizer, scheduler and length share it."""
        if not is_torchs_own(experiment.optimizer):
            return work_out(experiment, beginning.parameters())
        parts = Same(experiment.optimizer), Same(experiment.scheduler)
        key = (*parts, experiment.trainer.max_epochs)
        if key not in self._schedules:
            self._schedules[key] = work_out(experiment)
        return self._schedules[key]


def begin(experiment: Experiment, samples: Samples, *, native: bool) -> Beginning:
    """Build a run's model as the plain engine does, and see what can train it.

    Args:
        experiment: the run.
        samples: its points.
        native: whether the C program may train it.

    Raises:
        RunsAloneError: if the run cannot be fused.
        SinefitError: if it could not start alone either.
    """
    with torch.random.fork_rng(devices=[]):
        model = start_model(experiment, samples)
        generator = torch.get_rng_state()
    reason = why_model_alone(model)
    if reason is not None:
        raise RunsAloneError(reason)
    on_cpu = experiment.device.type == "cpu"
    network = describe_network(model, experiment.loss) if native and on_cpu else None
    initial = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
    if network is None and on_cpu and len(initial) > MOST_PARAMETERS:
        msg = f"model {type(model).__name__} has {len(initial):,} parameters, and is no slower alone"
        raise RunsAloneError(msg)
    key = describe_torch(experiment, model) if network is None else ()
    return Beginning(model, initial, generator, network, key)


def cut(flat_P: Tensor, model: nn.Module) -> list[Tensor]:
    """A vector in pieces, each in the shape of one of the model's parameters."""
    parameters = list(model.parameters())
    pieces = torch.split(flat_P, [p.numel() for p in parameters])
    return [piece.view_as(p) for piece, p in zip(pieces, parameters, strict=True)]


def describe_data(experiment: Experiment, samples: Samples) -> tuple[Hashable, ...]:
    """What all runs of a stack must share: how many points and batches there are, and of what kind."""
    points, held_out = samples.training, samples.validation
    return (
        experiment.dtype,
        experiment.data.batch_size,
        experiment.data.shuffle,
        tuple(points.inputs.shape),
        tuple(points.targets.shape),
        None if held_out is None else tuple(held_out.inputs.shape),
    )


def describe_torch(experiment: Experiment, model: nn.Module) -> tuple[Hashable, ...]:
    """What runs must share besides, to be tensors with a leading run dimension.

    Raises:
        RunsAloneError: if a run's bits would follow from its place among them.
    """
    if any(is_unaligned(p) for p in model.parameters()) and "STRICT" not in os.environ.get("MKL_CBWR", ""):
        name = type(model).__name__
        msg = f"model {name} has an odd size: its bits would follow from its place in the stack (see README)"
        raise RunsAloneError(msg)
    return (
        describe_model(model),
        describe(experiment.loss),
        experiment.device,
        experiment.trainer.gradient_clip_norm is None,
    )


def why_model_alone(model: nn.Module) -> str | None:
    """Why a model cannot be stacked; None if nothing speaks against it."""
    name = type(model).__name__
    for module in model.modules():
        if isinstance(module, BATCH_DEPENDENT) and getattr(module, "p", 1) != 0:
            return f"model {name} has a {type(module).__name__}, which draws or remembers while it trains"
    parameters = list(model.parameters())
    if not parameters or not all(p.requires_grad for p in parameters):
        return f"model {name} has parameters that are not trained, or none"
    if len(parameters) != len(list(model.named_parameters(remove_duplicate=False))):
        return f"model {name} shares parameters between its modules"
    if any(map(has_gradient_hooks, model.modules())) or any(map(has_gradient_hooks, parameters)):
        return f"model {name} has hooks on its gradients"
    return None


def has_gradient_hooks(part: nn.Module | nn.Parameter) -> bool:
    """Whether something is done with gradients besides the optimizer's steps."""
    names = ("_backward_hooks", "_backward_pre_hooks", "_post_accumulate_grad_hooks")
    return any(getattr(part, name, None) for name in names)


def is_unaligned(parameter: Tensor) -> bool:
    """Whether the matrices of a stack of these do not all begin at multiples of two numbers."""
    return parameter.dim() > 1 and any(size > 1 and size % 2 == 1 for size in parameter.shape)
