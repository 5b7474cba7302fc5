"""Losses that torch does not have: of a network and its derivatives, not of predictions alone."""

from __future__ import annotations

from sinefit.core.losses.check import check_derivatives, check_loss, check_value, is_never_negative
from sinefit.core.losses.contract import compute_loss, derivatives_of_targets
from sinefit.core.losses.ode import Oscillator
from sinefit.core.losses.sobolev import Sobolev

__all__ = [
    "Oscillator",
    "Sobolev",
    "check_derivatives",
    "check_loss",
    "check_value",
    "compute_loss",
    "derivatives_of_targets",
    "is_never_negative",
]
