"""What sinefit asks of an optimizer: numbers that can be used, and whether it wants a closure.

The optimizers themselves are `torch.optim`'s, or anyone's with the same interface.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

from sinefit.core.checks import Checks, is_number, keywords_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from torch import nn
    from torch.optim import Optimizer

    OptimizerFactory = Callable[[Iterable[nn.Parameter]], Optimizer]


def check_optimizer(factory: OptimizerFactory) -> None:
    """Check the numbers of an optimizer factory that shows them (a `functools.partial`).

    Raises:
        SettingsError: if the learning rate is not positive and finite, another number is negative or not
            finite, or `torch.optim` could not use a setting; all such settings at once.
    """
    settings = keywords_of(factory)
    checks = Checks()
    if "lr" in settings:
        checks.positive("lr", settings["lr"], example=0.01)
    for name in ("momentum", "dampening", "weight_decay", "eps", "lr_decay"):
        if name in settings:
            checks.not_negative(name, settings[name])
    if settings and getattr(factory, "func", factory).__module__.startswith("torch.optim."):
        _check_torch_settings(checks, settings)
    checks.raise_if_any()


def _check_torch_settings(checks: Checks, settings: Mapping[str, Any]) -> None:
    """What torch itself takes as it is, or refuses without naming it."""
    for name in ("alpha", "tolerance_grad", "tolerance_change"):
        if name in settings:
            checks.not_negative(name, settings[name])
    for name in ("max_iter", "history_size"):
        if name in settings:
            checks.whole(name, settings[name], at_least=1, example=20)
    for name in ("nesterov", "amsgrad", "centered", "maximize"):
        if name in settings:
            checks.truth(name, settings[name])
    if "betas" in settings:
        betas = settings["betas"]
        holds = isinstance(betas, list | tuple) and len(betas) == 2 and all(map(_is_decay, betas))  # noqa: PLR2004
        checks.require(holds, "betas", betas, "two numbers from 0 to below 1", "[0.9,0.999]")
    if "line_search_fn" in settings:
        line_search = settings["line_search_fn"]
        holds = line_search in (None, "strong_wolfe")
        checks.require(holds, "line_search_fn", line_search, "strong_wolfe or null", "strong_wolfe")
    if settings.get("nesterov") is True and settings.get("momentum", 0) == 0:
        checks.require(False, "momentum", settings.get("momentum", 0), "above 0 with nesterov=true", 0.9)


def _is_decay(value: object) -> bool:
    number = value.item() if isinstance(value, torch.Tensor) and value.numel() == 1 else value
    return is_number(number) and 0 <= number < 1  # type: ignore[operator]


def needs_closure(optimizer: Optimizer) -> bool:
    """Whether ``step`` must be given a function that evaluates loss and gradients (as L-BFGS)."""
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    return closure is not None and closure.default is inspect.Parameter.empty
