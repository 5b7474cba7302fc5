"""The losses of prediction and target that the C program knows, as C; knows no engine."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class PointwiseLoss:
    """The mean, over points and outputs, of a function of the error.

    The expressions are C for one number, of the type ``REAL``, which is ``float`` or ``double``: ``e`` is
    prediction minus target, ``size`` its absolute value, and ``factor`` a setting. Functions have their usual
    names (``log1p(size)``); a constant that is not whole is written ``(REAL)0.5``.

    Attributes:
        value: the expression of the loss.
        slope: that of its derivative by ``e``.
        factor: the loss's attribute that ``factor`` stands for; empty for 1.
    """

    value: str
    slope: str
    factor: str = ""


POINTWISE_LOSSES: dict[type, PointwiseLoss] = {
    nn.MSELoss: PointwiseLoss("e * e", "2 * e"),
    nn.L1Loss: PointwiseLoss("size", "e > 0 ? 1 : e < 0 ? -1 : e"),
    nn.HuberLoss: PointwiseLoss(
        "size <= factor ? (REAL)0.5 * e * e : factor * (size - (REAL)0.5 * factor)",
        "size <= factor ? e : e < 0 ? -factor : factor",
        factor="delta",
    ),
    nn.SmoothL1Loss: PointwiseLoss(
        "size < factor ? (REAL)0.5 * e * e / factor : size - (REAL)0.5 * factor",
        "size < factor ? e / factor : e > 0 ? 1 : e < 0 ? -1 : e",
        factor="beta",
    ),
}
"""By class, of which a loss must be an instance itself, with a ``reduction`` that is ``mean``."""
