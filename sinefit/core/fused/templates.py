"""Makes runs ready for stacks; what several of them have in common is worked out once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from sinefit.core.experiment import draw_samples, start_model
from sinefit.core.fused.initial import find_draws
from sinefit.core.fused.member import Member, split_parameters
from sinefit.core.fused.native.library import load_library
from sinefit.core.fused.network import describe_network
from sinefit.core.fused.orders import MOST_POINTS
from sinefit.core.fused.schedule import UnstackableError, is_torchs_own, make_schedule
from sinefit.core.fused.stack_keys import Same, describe, describe_model
from sinefit.core.fused.trial import try_vectorized
from sinefit.core.fused.vectorized import explain_no_compiler
from sinefit.core.losses import derivatives_of_targets
from sinefit.core.probes import check_probe

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor

    from sinefit.core.data import Samples
    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.initial import InitialDraws
    from sinefit.core.fused.network import Network
    from sinefit.core.fused.schedule import Schedule

MOST_PARAMETERS = 30_000
"""A model with more keeps a processor busy by itself; 64 of them in a stack of torch's leave the cache."""
BATCH_DEPENDENT = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)  # noqa: SLF001 - their base classes
GRADIENT_HOOKS = ("_backward_hooks", "_backward_pre_hooks", "_post_accumulate_grad_hooks")


class _Template(NamedTuple):
    """What runs with equal model, loss, points, seed and engine share; see `Member`."""

    model: nn.Module
    initial: Tensor
    generator: Tensor
    network: Network | None
    key: Hashable


class Templates:
    """Makes members of experiments, and remembers what the next ones may have in common with them."""

    def __init__(self) -> None:
        self._schedules: dict[Hashable, Schedule] = {}
        self._samples: dict[Hashable, Samples] = {}
        self._templates: dict[Hashable, _Template] = {}
        self._firsts: dict[Hashable, tuple[Experiment, Samples, _Template]] = {}
        self._draws: dict[Hashable, InitialDraws | None] = {}
        self._trials: dict[Hashable, str] = {}

    def make_member(self, experiment: Experiment) -> Member:
        """Set a run up as the plain engine does, and take what a stack needs of it.

        Raises:
            UnstackableError: if no stack can train the run, or none of the engine that it names.
            SinefitError: if no engine could train it.
        """
        if experiment.engine == "plain":
            msg = "engine=plain trains each run by itself"
            raise UnstackableError(msg)
        if experiment.trainer.checkpoint_every is not None:
            msg = "trainer.checkpoint_every saves it on the way"
            raise UnstackableError(msg)
        schedule = self._find_schedule(experiment)
        samples = self._find_samples(experiment)
        check_probe(experiment.probe, samples)
        template = self._find_template(experiment, samples)
        if schedule is None:
            parameters = split_parameters(template.initial, template.model)
            schedule = make_schedule(experiment, parameters)
        return Member(experiment, samples, schedule, *template)

    def _find_schedule(self, experiment: Experiment) -> Schedule | None:
        """The schedule by optimizer, scheduler and length; None if the optimizer must see the model."""
        if not is_torchs_own(experiment.optimizer):
            return None
        parts = Same(experiment.optimizer), Same(experiment.scheduler)
        key = *parts, experiment.trainer.max_epochs, experiment.dtype
        if key not in self._schedules:
            self._schedules[key] = make_schedule(experiment)
        return self._schedules[key]

    def _find_samples(self, experiment: Experiment) -> Samples:
        """The points by data choice and seed."""
        order = derivatives_of_targets(experiment.loss)
        key = Same(experiment.data), experiment.seed, experiment.dtype, experiment.device, order
        if key not in self._samples:
            self._samples[key] = draw_samples(experiment)
        return self._samples[key]

    def _find_template(self, experiment: Experiment, samples: Samples) -> _Template:
        trainer = experiment.trainer
        kind = (
            *(Same(experiment.model), Same(experiment.loss), experiment.device),
            *(trainer.patience is None, trainer.gradient_clip_norm is None),
            *_describe_data(experiment, samples),
        )
        key = kind, experiment.seed, Same(samples)
        if key not in self._templates:
            template = self._draw_again(kind, experiment.seed)
            if template is None:
                template = _make_template(experiment, samples)
                if template.network is None:
                    self._try_once(experiment, samples, template)
                self._firsts.setdefault(kind, (experiment, samples, template))
            self._templates[key] = template
        return self._templates[key]

    def _draw_again(self, kind: Hashable, seed: int) -> _Template | None:
        """The template of an earlier run with the parameters of another seed; None if that cannot be."""
        if kind not in self._firsts:
            return None
        experiment, samples, first = self._firsts[kind]
        if first.network is None:
            return None
        if kind not in self._draws:
            self._draws[kind] = find_draws(experiment, samples, first.initial, first.generator)
        draws = self._draws[kind]
        if draws is None:
            return None
        initial, generator = draws.draw(seed)
        return first._replace(initial=initial, generator=generator)

    def _try_once(self, experiment: Experiment, samples: Samples, template: _Template) -> None:
        """Try whether torch can train the first run of its kind in a stack."""
        if template.key not in self._trials:
            try:
                try_vectorized(experiment, samples, template.model, template.initial)
                self._trials[template.key] = ""
            except UnstackableError as error:
                self._trials[template.key] = str(error)
        if self._trials[template.key]:
            raise UnstackableError(self._trials[template.key])


def _make_template(experiment: Experiment, samples: Samples) -> _Template:
    """Build a run's model as the plain engine does, and see what can train it."""
    with torch.random.fork_rng(devices=[]):
        model = start_model(experiment, samples)
        generator = torch.get_rng_state()
    if obstacle := _find_obstacle(model):
        msg = f"model {type(model).__name__} {obstacle}"
        raise UnstackableError(msg)
    initial = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
    network = _find_network(experiment, samples, model)
    key = _describe_data(experiment, samples)
    if network is None:
        _require_torch(experiment, model, len(initial))
        key += (
            *(describe_model(model), describe(experiment.loss), experiment.device),
            experiment.trainer.gradient_clip_norm is None,
        )
    return _Template(model, initial, generator, network, key)


def _find_obstacle(model: nn.Module) -> str | None:
    """What a model does besides mapping inputs to outputs by parameters that are all trained."""
    for module in model.modules():
        if isinstance(module, BATCH_DEPENDENT) and getattr(module, "p", 1) != 0:
            return f"has a {type(module).__name__}, which draws or remembers while it trains"
        if isinstance(module, nn.RNNBase):
            return f"has a {type(module).__name__}, which torch.func cannot vectorize"
    parameters = list(model.parameters())
    if not parameters or not all(p.requires_grad for p in parameters):
        return "has parameters that are not trained, or none"
    if len(parameters) != len(list(model.named_parameters(remove_duplicate=False))):
        return "shares parameters between its modules"
    parts = (*model.modules(), *parameters)
    has_hooks = any(getattr(part, name, None) for part in parts for name in GRADIENT_HOOKS)
    return "has hooks on its gradients" if has_hooks else None


def _find_network(experiment: Experiment, samples: Samples, model: nn.Module) -> Network | None:
    """What the C program must know of a run; None if torch is to compute its steps."""
    if experiment.engine in {"compiled", "eager"}:
        return None
    library, network = load_library(experiment.dtype), None
    if experiment.device.type != "cpu":
        reason = f"the C program trains on the CPU, not on {experiment.device}"
    elif library.functions is None:
        reason = library.why_not
    elif experiment.data.shuffle and len(samples.training.inputs) > MOST_POINTS:
        reason = f"the C program shuffles at most {MOST_POINTS:,} points"
    else:
        network = describe_network(model, experiment.loss)
        loss = type(experiment.loss).__name__
        reason = f"the C program does not know model {type(model).__name__} with loss {loss}"
    if network is None and experiment.engine == "native":
        raise UnstackableError(reason)
    return network


def _require_torch(experiment: Experiment, model: nn.Module, num_parameters: int) -> None:
    """Refuse a run that torch cannot train in a stack, or no faster than the plain engine."""
    name = type(model).__name__
    if experiment.engine == "compiled" and (reason := explain_no_compiler()):
        raise UnstackableError(reason)
    is_large = num_parameters > MOST_PARAMETERS and experiment.device.type == "cpu"
    if experiment.engine == "auto" and is_large:
        msg = f"model {name} has {num_parameters:,} parameters, and is no slower by itself"
        raise UnstackableError(msg)
    if any(map(_is_unaligned, model.parameters())) and "STRICT" not in os.environ.get("MKL_CBWR", ""):
        why = "its bits would follow from its place in the stack (see docs/engines.md)"
        msg = f"model {name} has an odd size: {why}"
        raise UnstackableError(msg)


def _describe_data(experiment: Experiment, samples: Samples) -> tuple[Hashable, ...]:
    """What all runs of a stack must share: the engine, and how many points and batches there are."""
    points, held_out = samples.training, samples.validation
    return (
        experiment.engine,
        experiment.dtype,
        experiment.data.batch_size,
        experiment.data.shuffle,
        tuple(points.inputs.shape),
        tuple(points.targets.shape),
        None if held_out is None else tuple(held_out.inputs.shape),
    )


def _is_unaligned(parameter: Tensor) -> bool:
    """Whether the matrices of a stack of these do not all begin at multiples of two numbers."""
    return parameter.dim() > 1 and any(size > 1 and size % 2 == 1 for size in parameter.shape)
