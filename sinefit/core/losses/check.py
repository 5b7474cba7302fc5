"""Whether a loss can be used, and whether a network has the derivatives that it takes; knows no training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from sinefit.core.checks import Checks
from sinefit.core.gradients import derivatives
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from torch import Tensor

    from sinefit.core.losses.contract import Loss


def check_loss(loss: Loss) -> None:
    """Check the settings of a loss of torch, which takes them as they are; any other is left alone.

    Raises:
        SettingsError: if torch could not train with a setting; all such settings at once.
    """
    if not isinstance(loss, nn.Module) or not type(loss).__module__.startswith("torch.nn."):
        return
    checks = Checks()
    for name in ("delta", "beta"):
        if hasattr(loss, name):
            checks.positive(name, getattr(loss, name), example=1.0)
    if hasattr(loss, "reduction"):
        checks.choice("reduction", loss.reduction, ("mean", "sum"))
    checks.raise_if_any()


def check_derivatives(loss: Loss, model: nn.Module, inputs: Tensor) -> None:
    """Refuse a model whose higher derivatives are zero at all inputs (N, I), if the loss takes them.

    A network of straight pieces, as ReLU makes them, has no curvature that could be trained. Draws nothing.

    Raises:
        SinefitError: if it is so, or if there is more than one input or output.
    """
    order: int = getattr(loss, "order", 0) if hasattr(loss, "of_model") else 0
    if order < 2:  # noqa: PLR2004 - the first derivative of straight pieces is their slope
        return
    name = type(loss).__name__
    model.eval()
    with torch.random.fork_rng(devices=[]):
        found = derivatives(model, inputs, order)
    shapes = tuple(inputs.shape), tuple(found[0].shape)
    if any(shape[1:] != (1,) for shape in shapes):
        msg = f"loss {name} takes second derivatives of one output by one input, got shapes {shapes}"
        raise SinefitError(msg)
    zero = [k for k, derivative in enumerate(found) if k > 1 and not derivative.any()]
    if zero:
        msg = (
            f"loss {name} takes derivatives of the model up to order {order}, and that of order {zero[0]} is"
            " zero at every point; type for example model.activation=tanh"
        )
        raise SinefitError(msg)
