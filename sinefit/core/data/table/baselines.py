"""What needs no network: the mean predictor and ordinary least squares, fitted to the training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

    from sinefit.core.data.points import Points
    from sinefit.core.data.scaling import Scaling

ROWS_AT_ONCE = 65_536
"""Rows that are factorized at once: memory does not grow with the table."""


class LeastSquares:
    """Ordinary least squares with an intercept; of several solutions that of smallest norm.

    The triangle of a QR factorization, updated with some rows at a time, keeps the accuracy that normal
    equations lose. Source: Golub and Van Loan, Matrix Computations, 4th edition, section 5.3.

    Args:
        inputs: of the training rows, (N, I), in float64.
        targets: of the training rows, (N, O), in float64.
    """

    def __init__(self, inputs: Tensor, targets: Tensor) -> None:
        size = inputs.shape[1] + 1
        triangle = torch.zeros(0, size + targets.shape[1], dtype=torch.float64)
        for x, y in zip(torch.split(inputs, ROWS_AT_ONCE), torch.split(targets, ROWS_AT_ONCE), strict=True):
            rows = torch.cat([_with_ones(x), y], dim=1)
            triangle = torch.linalg.qr(torch.cat([triangle, rows]), mode="r").R
        self._coefficients = torch.linalg.lstsq(
            triangle[:, :size], triangle[:, size:], driver="gelsd"
        ).solution

    def predict(self, inputs: Tensor) -> Tensor:
        """(N, I) to (N, O)."""
        outputs: Tensor = inputs @ self._coefficients[:-1] + self._coefficients[-1]
        return outputs


class Baselines:
    """The mean and least squares of the rows that train.

    Args:
        training: the rows, scaled.
        targets: the scaling of the targets.
    """

    def __init__(self, training: Points, targets: Scaling) -> None:
        self._mean = training.targets.mean(0)
        self._line = LeastSquares(training.inputs, training.targets)
        self._targets = targets

    def measure(self, points: Points, prefix: str = "") -> dict[str, float]:
        """The rmse of both, in the targets' unit; of several targets the mean of theirs.

        Args:
            points: the rows, scaled.
            prefix: before ``mean_rmse`` and ``linear_rmse``.
        """
        guesses = {"mean": self._mean, "linear": self._line.predict(points.inputs)}
        errors = {name: (guess - points.targets) * self._targets.factor for name, guess in guesses.items()}
        return {
            f"{prefix}{name}_rmse": float(each.square().mean(0).sqrt().mean())
            for name, each in errors.items()
        }


def _with_ones(inputs: Tensor) -> Tensor:
    return torch.cat([inputs, inputs.new_ones(len(inputs), 1)], dim=1)
