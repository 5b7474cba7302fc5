"""How good a fit is, on the evaluation points; knows nothing of how it was trained.

All sums are taken in float64, whatever the model's dtype.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch

from sinefit.core.gradients import input_derivative
from sinefit.core.prediction import Prediction

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from sinefit.core.data import Samples

METRICS = (
    "mse",
    "rmse",
    "max_abs_error",
    "relative_l2_error",
    "r2",
    "derivative_rmse",
    "extrapolation_rmse",
)
"""All metrics of the evaluation points; the last two only where the data choice offers them."""


@dataclass(frozen=True)
class Evaluation:
    """What a trained model is worth.

    Attributes:
        metrics: by name, in the order of `METRICS`.
        prediction: at some of the evaluated points; None unless the function has one input and one output.
    """

    metrics: dict[str, float]
    prediction: Prediction | None


def evaluate(model: nn.Module, samples: Samples) -> Evaluation:
    """Evaluate a model on the evaluation points, and on those of extrapolation.

    The model is put into evaluation mode. ``derivative_rmse`` is there if the data choice knows the
    function's derivative and the model has one output, ``extrapolation_rmse`` if an interval was set.
    """
    model.eval()

    def derive(inputs: Tensor) -> Tensor:
        return input_derivative(model, inputs)

    return measure(samples, partial(predict, model), derive)


def measure(
    samples: Samples, predict: Callable[[Tensor], Tensor], derive: Callable[[Tensor], Tensor]
) -> Evaluation:
    """`evaluate` of any function: inputs (N, I) to outputs (N, O), and to derivatives (N, 1)."""
    evaluation, outside = samples.evaluation, samples.extrapolation
    outputs, targets = [predict(evaluation.inputs)], [evaluation.targets]
    metrics = fit_metrics(outputs[0], evaluation.targets)
    if evaluation.derivatives is not None and evaluation.targets.shape[1] == 1:
        metrics["derivative_rmse"] = rmse(derive(evaluation.inputs), evaluation.derivatives)
    if outside is not None:
        outputs.append(predict(outside.inputs))
        targets.append(outside.targets)
        metrics["extrapolation_rmse"] = rmse(outputs[1], outside.targets)
    if samples.drawn is None:
        return Evaluation(metrics, None)
    inputs = [evaluation.inputs] if outside is None else [evaluation.inputs, outside.inputs]
    columns = (torch.cat(parts).flatten()[samples.drawn].cpu() for parts in (inputs, targets, outputs))
    return Evaluation(metrics, Prediction(*columns))


def predict(model: nn.Module, inputs: Tensor) -> Tensor:
    """The model's outputs (N, O) for inputs (N, I), without a graph."""
    with torch.no_grad():
        outputs: Tensor = model(inputs)
    return outputs


def rmse(prediction: Tensor, target: Tensor) -> float:
    """sqrt(mean((prediction - target)^2)), both of one shape.

    >>> rmse(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0])) == math.sqrt(2)
    True
    """
    return math.sqrt((prediction.double() - target.double()).square().mean().item())


def fit_metrics(prediction: Tensor, target: Tensor) -> dict[str, float]:
    """The metrics that need only prediction and target, both (N, O).

    r2 is 1 - sum(error^2) / sum((target - mean)^2), as in scikit-learn's `r2_score`; both it and the
    relative error are nan where the target leaves them undefined.
    """
    error, target = prediction.double() - target.double(), target.double()
    squared = error.square().sum().item()
    spread = (target - target.mean(0)).square().sum().item()
    norm = target.norm().item()
    mse = squared / error.numel()
    return {
        "mse": mse,
        "rmse": math.sqrt(mse),
        "max_abs_error": error.abs().max().item(),
        "relative_l2_error": math.sqrt(squared) / norm if norm > 0 else math.nan,
        "r2": 1 - squared / spread if spread > 0 else math.nan,
    }
