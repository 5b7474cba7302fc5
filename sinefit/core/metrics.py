"""The one table of metrics: what each is called, which way is better, and how it is computed.

Whatever ranks, sorts, colors or titles by a metric reads it here. Torch is not loaded: formulas work on the
tensors that they are given. A metric of one's own is one more entry: ``METRICS[name] = Metric(name, ...)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from sinefit.status import WORST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from sinefit.core.data import Samples


@dataclass(frozen=True)
class Pair:
    """What a model says and what is true, both (N, O) and in float64."""

    outputs: Tensor
    targets: Tensor

    @cached_property
    def errors(self) -> Tensor:
        """Outputs minus targets, (N, O)."""
        return self.outputs - self.targets

    @cached_property
    def squared_error(self) -> float:
        """The sum of the squared errors."""
        return float(self.errors.square().sum())

    @property
    def mse(self) -> float:
        """The mean of the squared errors."""
        return self.squared_error / self.targets.numel()


@dataclass(frozen=True)
class Fit:
    """A trained model beside the truth: all that a formula may use.

    Attributes:
        inputs: of the evaluation points, (N, I), in float64.
        values: the model and the noiseless function there, (N, O).
        derivatives: their derivatives there, (N, I); None where they are not known.
        extrapolation: model and function outside the training interval; None without such an interval.
    """

    inputs: Tensor
    values: Pair
    derivatives: Pair | None = None
    extrapolation: Pair | None = None


@dataclass(frozen=True)
class Metric:
    """A number that says how good a fit is.

    Attributes:
        name: in configs, records and tables.
        direction: ``minimize`` or ``maximize``: which values are better.
        unit: ``y`` is the target's unit, ``y^2`` its square, ``y/x`` that of a slope; empty: a pure
            number, or whatever the loss has.
        description: what it says, in a few words.
        formula: computes it after the training; None for what the training itself notes.
        exists: whether a run on such points has it.
        needs: what the settings must give where it does not exist.
    """

    name: str
    direction: Literal["minimize", "maximize"] = "minimize"
    unit: str = ""
    description: str = ""
    formula: Callable[[Fit], float] | None = None
    exists: Callable[[Samples], bool] = lambda _: True
    needs: str = ""

    @property
    def ascending(self) -> bool:
        """Whether sorting by it in ascending order puts the best first."""
        return self.direction == "minimize"

    @property
    def worst(self) -> float:
        """Infinity of the bad sign, which stands for runs that diverged or failed."""
        return WORST[self.direction]

    def is_better(self, value: float, other: float) -> bool:
        """Whether one value beats another; nan beats nothing and is beaten by every number.

        Args:
            value: the one.
            other: the other.
        """
        if math.isnan(value) or math.isnan(other):
            return math.isnan(other) and not math.isnan(value)
        return value < other if self.ascending else value > other

    def best_of(self, values: Iterable[float]) -> float:
        """The best of some values, nan left out; the worst that there is if none is left.

        >>> find_metric("r2").best_of([0.5, math.nan, 0.9])
        0.9
        """
        pick = min if self.ascending else max
        return pick((value for value in values if not math.isnan(value)), default=self.worst)


def _rmse(pair: Pair | None) -> float:
    return math.nan if pair is None else math.sqrt(pair.mse)


def _max_abs_error(fit: Fit) -> float:
    return float(fit.values.errors.abs().max())


def _relative_l2_error(fit: Fit) -> float:
    norm = float(fit.values.targets.norm())
    return math.sqrt(fit.values.squared_error) / norm if norm > 0 else math.nan


def _r2(fit: Fit) -> float:
    """As scikit-learn's `r2_score` with ``force_finite=False``, over all outputs together."""
    targets = fit.values.targets
    spread = float((targets - targets.mean(0)).square().sum())
    return 1 - fit.values.squared_error / spread if spread > 0 else math.nan


_ALL = (
    Metric("mse", "minimize", "y^2", "mean squared error", lambda fit: fit.values.mse),
    Metric("rmse", "minimize", "y", "root of the mean squared error", lambda fit: _rmse(fit.values)),
    Metric("max_abs_error", "minimize", "y", "largest absolute error", _max_abs_error),
    Metric("relative_l2_error", "minimize", "", "2-norm of the errors by the targets'", _relative_l2_error),
    Metric("r2", "maximize", "", "explained share of the targets' variance", _r2),
    Metric(
        name="derivative_rmse",
        unit="y/x",
        description="rmse of the slope",
        formula=lambda fit: _rmse(fit.derivatives),
        exists=lambda samples: samples.has_derivatives,
        needs="data that know their derivative, with one output",
    ),
    Metric(
        name="extrapolation_rmse",
        unit="y",
        description="rmse outside the training interval",
        formula=lambda fit: _rmse(fit.extrapolation),
        exists=lambda samples: samples.extrapolation is not None,
        needs="an interval outside the points, such as data.extrapolation=[7,13]",
    ),
    Metric("train_loss", "minimize", "", "mean loss of the last epoch's batches"),
    Metric(
        name="validation_loss",
        description="loss on the held-out points",
        exists=lambda samples: samples.validation is not None,
        needs="points that are held out, such as data.validation_share=0.2",
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
"""All metrics by name, in the order in which they are recorded."""


def find_metric(name: str) -> Metric:
    """The metric of that name; what no entry knows, such as a probe's number, is better when smaller.

    One of the training or test rows, or of one target, has the direction and the unit of the metric itself.

    >>> find_metric("test_r2.y1").direction, find_metric("train_rmse").unit
    ('maximize', 'y')
    """
    if name in METRICS:
        return METRICS[name]
    of_all = METRICS.get(name.removeprefix("train_").removeprefix("test_").partition(".")[0])
    return replace(of_all, name=name, formula=None) if of_all else Metric(name)


def is_of_test_rows(name: str) -> bool:
    """Whether a metric is of rows that must choose nothing.

    >>> is_of_test_rows("test_rmse"), is_of_test_rows("rmse")
    (True, False)
    """
    return name.startswith("test_")
