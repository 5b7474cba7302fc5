"""Greedy selection of an ensemble: what lowers the error most joins next, as often as it does.

Source: Caruana et al. 2004, "Ensemble selection from libraries of models", ICML: forward selection with
replacement; of the ensembles on the way the best one is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NUM_ROUNDS = 100
_ROUNDING = 1e-9
"""By how much equal errors can differ."""


def select_greedily(
    predictions: NDArray[np.float64], targets: NDArray[np.float64], num_rounds: int = NUM_ROUNDS
) -> list[int]:
    """How often each candidate is in the mean with the lowest squared error.

    Errors of several targets are measured in standard deviations of each.

    Args:
        predictions: of C candidates, (C, N, O).
        targets: (N, O).
        num_rounds: candidates that join, one after the other; the first of the best ensembles on the way
            counts.

    Returns:
        C numbers of 0 or more, with a sum from 1 to `num_rounds`.

    >>> select_greedily(np.array([[[0.0]], [[3.0]], [[9.0]]]), np.array([[2.0]]), num_rounds=5)
    [1, 2, 0]
    """
    spread = targets.std(axis=0)
    unit = np.where(spread > 0, spread, 1.0)
    total = np.zeros_like(targets)
    picks: list[int] = []
    errors: list[float] = []
    for count in range(1, num_rounds + 1):
        each = [_mean_square((total + one) / count - targets, unit) for one in predictions]
        picks.append(int(np.argmin(each)))
        errors.append(min(each))
        total += predictions[picks[-1]]
    is_best = np.array(errors) <= min(errors) * (1 + _ROUNDING)
    best = picks[: int(np.argmax(is_best)) + 1]
    return [best.count(candidate) for candidate in range(len(predictions))]


def _mean_square(differences: NDArray[np.float64], unit: NDArray[np.float64]) -> float:
    return float(np.mean((differences / unit) ** 2))
