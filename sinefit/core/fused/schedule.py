"""What a run's optimizer and scheduler do, as numbers; worked out on an optimizer of one parameter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from sinefit.core.experiment import make_optimizer
from sinefit.core.fused.rule import FAMILIES, Coefficients, coefficients, why_alone

if TYPE_CHECKING:
    from sinefit.core.experiment import Experiment
    from sinefit.core.optimizers import OptimizerFactory


class RunsAloneError(Exception):
    """A run that cannot be fused; its text says why."""


@dataclass(frozen=True)
class Schedule:
    """An optimizer's numbers, epoch by epoch.

    Attributes:
        rule: what stays the same.
        lrs: the learning rate of each epoch.
    """

    rule: Coefficients
    lrs: list[float]


def work_out(experiment: Experiment) -> Schedule:
    """The schedule of a run, by its own optimizer and scheduler.

    Raises:
        RunsAloneError: if the optimizer is not an instance of the rule, or if the scheduler wants more than
            an epoch's end, or changes more than the rate.
        SinefitError: if one of them cannot be made.
    """
    parameter = nn.Parameter(torch.zeros(1))
    light = replace(experiment, optimizer=without_compiler(experiment.optimizer))
    optimizer, scheduler = make_optimizer(light, [parameter])
    reason = why_alone(optimizer)
    if reason is not None:
        raise RunsAloneError(reason)
    rule, epochs = coefficients(optimizer), experiment.trainer.max_epochs
    name = type(scheduler).__name__
    if name == "ConstantLR" and getattr(scheduler, "factor", None) == 1:
        return Schedule(rule, [float(optimizer.param_groups[0]["lr"])] * epochs)
    parameter.grad = torch.zeros(1)
    optimizer.step()
    others = _without_lr(optimizer)
    lrs = []
    for _ in range(epochs):
        lrs.append(float(optimizer.param_groups[0]["lr"]))
        try:
            scheduler.step()
        except TypeError as error:
            msg = f"scheduler {name} wants more than an epoch's end"
            raise RunsAloneError(msg) from error
        if _without_lr(optimizer) != others:
            msg = f"scheduler {name} changes more than the learning rate"
            raise RunsAloneError(msg)
    return Schedule(rule, lrs)


def without_compiler(factory: OptimizerFactory) -> OptimizerFactory:
    """The same optimizer, but one of torch's own does not load torch's compiler when it gets its parameters.

    That import takes a second, and `torch.optim.Optimizer.add_param_group` asks for it.
    """
    family = getattr(factory, "func", None)
    if not isinstance(factory, partial) or family not in FAMILIES:
        return factory

    class Light(family):  # type: ignore[misc, valid-type]
        def add_param_group(self, param_group: dict[str, Any]) -> None:
            self.param_groups.append({**self.defaults, **param_group})

    Light.__name__ = family.__name__
    return partial(Light, *factory.args, **factory.keywords)


def _without_lr(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    return {key: value for key, value in optimizer.param_groups[0].items() if key not in {"lr", "params"}}
