"""What sinefit asks of optimizers and schedulers: numbers that can be used, and whether a closure is wanted.

They are `torch.optim`'s, or anyone's with the same interface. torch takes most settings as they are, and
stumbles over them epochs later; what they may be is read from its own signatures.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import TYPE_CHECKING, Any

import torch

from sinefit.core.checks import Checks, is_number, keywords_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    OptimizerFactory = Callable[[Iterable[nn.Parameter]], Optimizer]

RATES = ("lr", "max_lr")
FROM_ZERO = ("total_iters", "cooldown", "patience")
"""Whole numbers that can be 0."""


def check_factory(factory: object) -> None:
    """Check the numbers of a factory of optimizers or schedulers that shows them (a `functools.partial`).

    Of one that is not torch's, only the learning rate is looked at: its other settings mean what they like.

    Raises:
        SettingsError: if the learning rate is not positive and finite, or torch could not use a setting; all
            such settings at once.
    """
    settings, function = keywords_of(factory), getattr(factory, "func", factory)
    checks = Checks()
    if not getattr(function, "__module__", "").startswith("torch.optim."):
        settings = {name: value for name, value in settings.items() if name == "lr"}
    parameters = _parameters_of(function) if settings else {}
    for name, value in settings.items():
        if not isinstance(value, torch.Tensor) and name != "last_epoch":
            _check_setting(checks, name, value, parameters.get(name))
    if settings.get("nesterov") is True and settings.get("momentum", 0) == 0:
        checks.require(False, "momentum", settings.get("momentum", 0), "above 0 with nesterov=true", 0.9)
    checks.raise_if_any()


_parameters_of = cache(lambda function: inspect.signature(function).parameters)  # each job of a sweep asks


def _check_setting(checks: Checks, name: str, value: Any, parameter: inspect.Parameter | None) -> None:  # noqa: ANN401 - whatever was typed
    """Check one setting by the type that torch gives its parameter."""
    kind = "" if parameter is None else str(parameter.annotation)
    default = None if parameter is None or parameter.default is parameter.empty else parameter.default
    if name in RATES:
        checks.positive(name, value, example=0.01)
    elif name == "differentiable":
        checks.require(value is False, name, value, "false: a training takes steps in place", "false")
    elif name == "line_search_fn":
        choices = "strong_wolfe or null"
        checks.require(value in (None, "strong_wolfe"), name, value, choices, "strong_wolfe")
    elif "tuple" in kind:
        holds = isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_decay, value))  # noqa: PLR2004
        checks.require(holds, name, value, "two numbers from 0 to below 1", "[0.9,0.999]")
    elif value is None and "None" in kind:
        return
    elif "bool" in kind:
        checks.truth(name, value)
    elif "int" in kind:
        checks.whole(name, value, at_least=int(name not in FROM_ZERO), example=default or 20)
    elif name == "pct_start":
        checks.share(name, value, example=default)
    elif "float" in kind and not isinstance(value, list):
        checks.not_negative(name, value, example=default)


def _is_decay(value: object) -> bool:
    number = value.item() if isinstance(value, torch.Tensor) and value.numel() == 1 else value
    return is_number(number) and 0 <= number < 1  # type: ignore[operator]


@cache
def spare_compiler() -> None:
    """Let optimizers be made without loading torch's compiler, from whose work they only exclude themselves.

    Saves 0.9 of 4.1 s of processor time in a sweep of 24 jobs; benchmark.py sweep.
    """
    function = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
    if function is not None:  # see torch/_compile.py
        vars(function).setdefault("__dynamo_disable", function)


def needs_loss(scheduler: LRScheduler) -> bool:
    """Whether ``step`` must be given the loss (as ReduceLROnPlateau)."""
    parameters = inspect.signature(scheduler.step).parameters.values()
    return any(each.default is each.empty for each in parameters if each.kind is not each.VAR_KEYWORD)


def needs_closure(optimizer: Optimizer) -> bool:
    """Whether ``step`` must be given a function that evaluates loss and gradients (as L-BFGS)."""
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    return closure is not None and closure.default is inspect.Parameter.empty
