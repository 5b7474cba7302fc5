"""What sinefit asks of an optimizer: a positive learning rate, and whether it wants a closure.

The optimizers themselves are `torch.optim`'s, or anyone's with the same interface.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from sinefit.core.settings import Checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import nn
    from torch.optim import Optimizer

    OptimizerFactory = Callable[[Iterable[nn.Parameter]], Optimizer]


def check_optimizer(factory: OptimizerFactory) -> None:
    """Check the numbers of an optimizer factory that shows them (a `functools.partial`).

    Raises:
        SettingsError: if the learning rate is not positive and finite, or another number is negative
            or not finite; all such settings at once.
    """
    settings: dict[str, Any] = getattr(factory, "keywords", {})
    checks = Checks()
    if "lr" in settings:
        checks.positive("lr", settings["lr"], example=0.01)
    for name in ("momentum", "dampening", "weight_decay", "eps", "lr_decay"):
        if name in settings:
            checks.not_negative(name, settings[name])
    checks.raise_if_any()


def needs_closure(optimizer: Optimizer) -> bool:
    """Whether ``step`` must be given a function that evaluates loss and gradients (as L-BFGS)."""
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    return closure is not None and closure.default is inspect.Parameter.empty
