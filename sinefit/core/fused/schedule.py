"""What a run's optimizer and scheduler do, as numbers; worked out on an optimizer of one parameter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

import torch
from torch import nn
from torch.optim.lr_scheduler import ConstantLR

from sinefit.core.experiment import make_optimizer
from sinefit.core.fused.rule import FAMILIES, Coefficients, explain_other_rule, find_coefficients
from sinefit.core.optimizers import needs_loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    from sinefit.core.experiment import Experiment
    from sinefit.core.optimizers import OptimizerFactory


MOST_RATES = 1_000_000
"""Learning rates that are worked out before a run starts; a scheduler takes 15 us for each."""


class UnstackableError(Exception):
    """A run that no stack can train, or none of the engine that it names; its text says why."""


@dataclass(frozen=True)
class Schedule:
    """An optimizer's numbers, epoch by epoch.

    Attributes:
        rule: what stays the same.
        lrs: the learning rate of each epoch; the last one holds for all that follow.
    """

    rule: Coefficients
    lrs: list[float]

    def lr(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 1."""
        return self.lrs[min(epoch, len(self.lrs)) - 1]


def make_schedule(experiment: Experiment, parameters: Sequence[Tensor] = ()) -> Schedule:
    """The schedule of a run, by its own optimizer and scheduler.

    Args:
        experiment: the run.
        parameters: the model's, which are not changed, for an optimizer that is not `is_torchs_own`.

    Raises:
        UnstackableError: if the optimizer is not an instance of the rule, or if the scheduler wants more than
            an epoch's end, or changes more than the rate.
        SinefitError: if one of them cannot be made.
    """
    copies = [nn.Parameter(p.clone()) for p in parameters or [torch.zeros(1, dtype=experiment.dtype)]]
    light = replace(experiment, optimizer=_without_compiler(experiment.optimizer))
    optimizer, scheduler = make_optimizer(light, copies)
    reason = explain_other_rule(optimizer)
    if reason is None and len(optimizer.param_groups[0]["params"]) != len(copies):
        reason = f"optimizer {type(optimizer).__name__} does not train every parameter"
    if reason is not None:
        raise UnstackableError(reason)
    if needs_loss(scheduler):
        msg = f"scheduler {type(scheduler).__name__} follows the loss"
        raise UnstackableError(msg)
    rule, epochs = find_coefficients(optimizer), experiment.trainer.max_epochs
    if type(scheduler) is ConstantLR and scheduler.factor == 1:
        return Schedule(rule, [float(optimizer.param_groups[0]["lr"])])
    if epochs > MOST_RATES:
        msg = f"scheduler {type(scheduler).__name__} over more than {MOST_RATES:,} epochs"
        raise UnstackableError(msg)
    for parameter in copies:
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    return Schedule(rule, list(_rates(optimizer, scheduler, epochs)))


def _rates(optimizer: Optimizer, scheduler: LRScheduler, epochs: int) -> Iterator[float]:
    """The learning rate of each epoch."""
    name, others = type(scheduler).__name__, _without_lr(optimizer)
    for epoch in range(1, epochs + 1):
        yield float(optimizer.param_groups[0]["lr"])
        try:
            scheduler.step()
        except Exception as error:
            msg = f"scheduler {name} raises {type(error).__name__} after epoch {epoch}"
            raise UnstackableError(msg) from error
        if _without_lr(optimizer) != others:
            msg = f"scheduler {name} changes more than the learning rate"
            raise UnstackableError(msg)


def is_torchs_own(factory: OptimizerFactory) -> TypeGuard[partial[Optimizer]]:
    """Whether a factory is one of torch's optimizers with some arguments given, and nothing else."""
    return isinstance(factory, partial) and factory.func in FAMILIES


def _without_compiler(factory: OptimizerFactory) -> OptimizerFactory:
    """The same optimizer, but one of torch's own, whose step loads torch's compiler, takes none.

    That import takes a second of processor time, and a schedule only needs to be told that a step was taken.
    """
    if not is_torchs_own(factory):
        return factory
    family: Any = factory.func

    class Light(family):  # type: ignore[misc]
        stands_for = family

        def step(self, closure: object = None) -> None:
            """Change nothing."""

    Light.__name__ = family.__name__
    return partial(Light, *factory.args, **factory.keywords)


def _without_lr(optimizer: Optimizer) -> dict[str, Any]:
    return {key: value for key, value in optimizer.param_groups[0].items() if key not in {"lr", "params"}}
