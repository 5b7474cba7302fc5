"""The derivatives of the targets, for losses that fit them; knows no losses and no networks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from sinefit.core.data import Points, Samples
from sinefit.core.functions import differentiate
from sinefit.core.gradients import derivatives
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from torch import Tensor

    from sinefit.core.data import DataSource
    from sinefit.core.functions import Function


def with_derivatives(samples: Samples, data: DataSource, order: int) -> Samples:
    """The same samples, the targets of those that are trained on followed by their derivatives.

    The derivatives are those of the data choice's function, free of noise; without a function, those
    that the points carry.

    Args:
        samples: inputs (N, I), targets (N, 1).
        data: where they come from.
        order: of the highest derivative, 1 or more.

    Raises:
        SinefitError: if the derivatives are not known, or torch cannot differentiate the closed form.
    """

    def widen(points: Points) -> Points:
        if points.targets.shape[1:] != (1,):
            shape = tuple(points.targets.shape)
            msg = f"the loss fits derivatives of targets (N, 1), got {shape}; type for example loss=mse"
            raise SinefitError(msg)
        found = _known_derivatives(points, getattr(data, "function", None), order)
        if len(found) < order:
            offered = f"them to order {len(found)}" if found else "none"
            msg = (
                f"the loss fits derivatives up to order {order}, and {type(data).__name__} offers {offered}:"
                " choose data from a function, or a loss of values; type for example loss=mse"
            )
            raise SinefitError(msg)
        return Points(points.inputs, torch.cat([points.targets, *found], dim=1))

    validation = None if samples.validation is None else widen(samples.validation)
    return replace(samples, training=widen(samples.training), validation=validation)


def _known_derivatives(points: Points, function: Function | None, order: int) -> tuple[Tensor, ...]:
    """As many of the derivatives of orders 1 to `order` as are known, each (N, I).

    The first is the function's closed form where it has one, and those above it are derivatives of that form.
    """
    if function is None:
        return () if points.derivatives is None else (points.derivatives,)
    first = differentiate(function, points.inputs)
    if order == 1 or first is None:
        return () if first is None else (first,)
    closed = getattr(function, "derivative", None)
    try:
        found = derivatives(closed or function, points.inputs, order - 1 if closed else order)
    except (RuntimeError, TypeError):
        found = ()
    if not found or not found[0].requires_grad:
        msg = (
            f"torch cannot differentiate {type(function).__name__}.derivative: order {order} needs it written"
            " with torch's operations on x; type for example loss.weights=[1,1]"
        )
        raise SinefitError(msg)
    return tuple(derivative.detach() for derivative in found[-order:])
