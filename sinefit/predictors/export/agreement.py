"""Whether an exported file predicts what the model predicts."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
import torch

from sinefit.errors import SinefitError, blaming

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from sinefit.core.data.scaling import Scaled
    from sinefit.predictors.export.description import Description

    Numbers = NDArray[np.float64]

NUM_ROWS = 1000
REACH = 3.0
"""Rows are drawn from centers - REACH * spreads to centers + REACH * spreads."""
SHARE = 1e-5
"""Of a target's standard deviation over the rows, that a file may differ from the model by."""
_ROUNDINGS = 4
"""How often the model's own rounding error a file may differ by, where that is more."""
_SEED = 20_121_474


def draw_rows(description: Description) -> Tensor:
    """Uniform rows (NUM_ROWS, I) around what the model was trained on, the same ones each time.

    Args:
        description: with `centers` and `spreads`.
    """
    generator = torch.Generator().manual_seed(_SEED)
    centers = torch.tensor(description.centers, dtype=torch.float64)
    spreads = torch.tensor(description.spreads, dtype=torch.float64)
    uniform = torch.rand(NUM_ROWS, len(centers), generator=generator, dtype=torch.float64)
    return centers + REACH * (2 * uniform - 1) * spreads


def require_finite(model: Scaled, description: Description) -> None:
    """Check that there is something that a file can be compared with.

    Args:
        model: takes raw inputs (N, I).
        description: of the model.

    Raises:
        SinefitError: if outputs of the model are infinite or nan, as those of a run that diverged.
    """
    with torch.no_grad():
        is_finite = bool(model(draw_rows(description)).isfinite().all())
    if not is_finite:
        msg = "the model cannot be exported: its outputs are not all finite, as those of a run that diverged"
        raise SinefitError(msg)


def check_agreement(
    model: Scaled, description: Description, predict: Callable[[Numbers], Numbers], what: str
) -> None:
    """Compare a file's predictions with the model's, on many rows and on a single one.

    For each target they may differ by SHARE of its standard deviation over the rows. Where rounding alone is
    more, by _ROUNDINGS times the difference that it makes to the model itself: that of its outputs in its own
    dtype and in float64, or 16 units in the last place of the largest output.

    Args:
        model: takes raw inputs (N, I).
        description: of the model.
        predict: the file's predictions (N, O) for inputs (N, I).
        what: is checked, for messages.

    Raises:
        SinefitError: naming the target that differs most.
    """
    rows = draw_rows(description)
    with torch.no_grad():
        expected = model(rows).numpy()
        one = model(rows[:1]).numpy()
    with blaming(f"{what} does not run"):
        pairs = [(expected, predict(rows.numpy())), (one, predict(rows[:1].numpy()))]
    allowed = SHARE * expected.std(axis=0)
    allowed = np.maximum(allowed, 16 * np.spacing(np.abs(expected).max(axis=0)))
    allowed = np.maximum(allowed, _ROUNDINGS * _rounding_errors(model, rows, expected))
    for ours, theirs in pairs:
        _compare(ours, theirs, allowed, description.targets, what)


def _rounding_errors(model: Scaled, rows: Tensor, outputs: Numbers) -> Numbers:
    """How far each of O outputs is from that of the same network in float64, at most; 0 if it has no such."""
    precise = copy.deepcopy(model).double()
    try:
        with torch.no_grad():
            exact = precise(rows).numpy()
    except RuntimeError:  # a network of somebody's own that works in its own dtype only
        return np.zeros(outputs.shape[1])
    errors: Numbers = np.abs(exact - outputs).max(axis=0)
    return np.nan_to_num(errors, nan=0.0, posinf=0.0)


def _compare(ours: Numbers, theirs: Numbers, allowed: Numbers, targets: tuple[str, ...], what: str) -> None:
    """Raise a `SinefitError` unless all numbers are within what is allowed for each target (O,)."""
    if ours.shape != np.shape(theirs):
        msg = f"{what} gives outputs of shape {np.shape(theirs)}, the model of {ours.shape}"
        raise SinefitError(msg)
    differences = np.abs(theirs - ours).max(axis=0)
    is_equal = differences <= allowed
    if not is_equal.all():
        worst = int(np.argmax(np.where(is_equal, 0.0, np.nan_to_num(differences / allowed, nan=np.inf))))
        msg = (
            f"{what} differs from the model by {differences[worst]:.3g} in {targets[worst]}, more than"
            f" {allowed[worst]:.3g}, over {NUM_ROWS:,} rows: nothing was written; choose another format"
        )
        raise SinefitError(msg)
