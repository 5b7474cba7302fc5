"""What a trained model is worth on points that it was not trained on; independent of how it was trained.

All sums are taken in float64, whatever the model's dtype.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch

from sinefit.core.gradients import input_derivative
from sinefit.core.metrics import (
    METRICS,
    NUM_PARAMETERS,
    Fit,
    Pair,
    compute_metrics,
    find_metric,
    is_of_test_rows,
)
from sinefit.core.prediction import Prediction
from sinefit.errors import Problem, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from sinefit.core.data import Points, Samples


@dataclass(frozen=True)
class Evaluation:
    """What a trained model is worth.

    Attributes:
        metrics: by name, in the order of `METRICS`; those that the training itself notes are not among them.
        prediction: at some of the points; None of functions of several variables, and of several
            outputs or targets.
    """

    metrics: dict[str, float]
    prediction: Prediction | None


def evaluate(model: nn.Module, samples: Samples) -> Evaluation:
    """Put a model into evaluation mode and compute every metric that exists on such points.

    Args:
        model: maps (N, I) to (N, O).
        samples: the run's points.
    """
    outputs_of = partial(predict, model.eval())
    return measure(samples, outputs_of, lambda inputs: (outputs_of(inputs), input_derivative(model, inputs)))


def measure(
    samples: Samples,
    predict: Callable[[Tensor], Tensor],
    differentiate: Callable[[Tensor], tuple[Tensor, Tensor]],
) -> Evaluation:
    """Compute every metric of any function that exists on such points.

    Args:
        samples: the run's points.
        predict: maps inputs (N, I) to outputs (N, O).
        differentiate: maps inputs (N, I) to one output (N, 1) and its derivatives (N, I).
    """
    points, derivatives = samples.evaluation, None
    if points.derivatives is not None and samples.has_derivatives:
        first, slopes = differentiate(points.inputs)
        derivatives = Pair(slopes.double(), points.derivatives.double())
    else:
        first = predict(points.inputs)
    values = Pair(samples.restore(first), samples.restore(points.targets))

    def compare(part: Points | None) -> Pair | None:
        if part is None:
            return None
        return Pair(samples.restore(predict(part.inputs)), samples.restore(part.targets))

    extrapolation, test = compare(samples.extrapolation), compare(samples.test)
    train = None
    if samples.table is not None:
        train = values if samples.evaluation is samples.training else compare(samples.training)
    fit = Fit(points.inputs.double(), values, derivatives, extrapolation, train, test)
    metrics = compute_metrics(fit, samples)
    if samples.drawn is None:
        return Evaluation(metrics, None)
    outputs = samples.pick_drawn([pair.outputs for pair in (values, extrapolation) if pair is not None])
    return Evaluation(metrics, Prediction(samples.drawn_inputs, samples.drawn_targets, outputs))


def predict(model: nn.Module, inputs: Tensor) -> Tensor:
    """A model's outputs (N, O), without a graph.

    Args:
        model: maps (N, I) to (N, O).
        inputs: (N, I).
    """
    with torch.no_grad():
        outputs: Tensor = model(inputs)
    return (
        outputs.detach() if isinstance(outputs, torch.Tensor) else outputs
    )  # parameters themselves keep a graph


def check_objectives(objective: str, second: str | None, samples: Samples) -> None:
    """Refuse objectives that no run on such points has.

    Args:
        objective: a metric.
        second: another one, or the number of parameters; None if there is none.
        samples: the run's points.

    Raises:
        SettingsError: as `check_objective` says.
    """
    check_objective(objective, samples)
    if second is not None and second != NUM_PARAMETERS:
        check_objective(second, samples, "second_objective")


def check_objective(name: str, samples: Samples, setting: str = "objective") -> None:
    """Refuse an objective that no run on such points has.

    Args:
        name: of a metric.
        samples: the run's points.
        setting: that names it.

    Raises:
        SettingsError: if it does not exist there, with what it needs.
    """
    instead = name.removeprefix("test_") if setting == "objective" else NUM_PARAMETERS
    if is_of_test_rows(name):
        why = ": whatever is chosen by test rows looks better there than it is"
        allowed = "a metric of rows that may choose"
        raise SettingsError([Problem(setting, name, allowed, instead, why)])
    each = () if samples.table is None else samples.table.target_names
    is_of_target = name.partition(".")[2] in each and len(each) > 1
    if (is_of_target or "." not in name) and find_metric(name).exists(samples):
        return
    known = ", ".join(
        metric.name
        for metric in METRICS.values()
        if metric.exists(samples) and not is_of_test_rows(metric.name)
    )
    allowed = f"one of {known} with these data; {name} needs {find_metric(name).needs}"
    raise SettingsError(
        [Problem(setting, name, allowed, "rmse" if setting == "objective" else NUM_PARAMETERS)]
    )
