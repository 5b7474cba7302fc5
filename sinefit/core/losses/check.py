"""Whether a loss can be used, and whether a network has the derivatives that it takes; knows no training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from sinefit.core.checks import Checks
from sinefit.core.gradients import Differentiable, derivatives
from sinefit.core.losses.contract import compute_loss
from sinefit.core.losses.ode import Oscillator
from sinefit.core.losses.pointwise import POINTWISE_LOSSES
from sinefit.core.losses.sobolev import Sobolev
from sinefit.errors import SinefitError, blaming

if TYPE_CHECKING:
    from torch import Tensor

    from sinefit.core.data import Points
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


def is_never_negative(loss: Loss) -> bool:
    """Whether a loss is a sum of squares or of sizes, as far as that is known."""
    return isinstance(loss, (*POINTWISE_LOSSES, Sobolev, Oscillator))


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


def check_value(loss: Loss, model: nn.Module, points: Points) -> None:
    """Refuse a loss that is not one number, or whose gradient does not reach the model. Draws nothing.

    Args:
        loss: perhaps one of somebody's own.
        model: in evaluation mode.
        points: the first two are tried.

    Raises:
        SinefitError: if it is so, or if the loss cannot be computed.
    """
    with torch.random.fork_rng(devices=[]), torch.enable_grad(), blaming("loss cannot be computed"):
        value = compute_loss(loss, Differentiable(model), points.inputs[:2], points.targets[:2])
    if not isinstance(value, torch.Tensor) or value.ndim != 0:
        shape = f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
        msg = f"loss must be a tensor of one number without dimensions, as of .mean(), got {shape}"
        raise SinefitError(msg)
    if not value.requires_grad:
        msg = (
            "loss has no gradient by the model's parameters: compute model and loss with torch's operations,"
            " without .detach(), .item() or numpy"
        )
        raise SinefitError(msg)
