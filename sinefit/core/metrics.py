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
    from collections.abc import Callable, Iterable, Iterator

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
    def mse(self) -> Tensor:
        """The mean of the squared errors of each output, (O,)."""
        return self.errors.square().mean(0)


@dataclass(frozen=True)
class Fit:
    """A trained model beside the truth: all that a formula may use.

    Attributes:
        inputs: of the evaluation points, (N, I), as the model sees them, in float64.
        values: the model there, and the noiseless function or a table's targets, (N, O), in their unit.
        derivatives: their derivatives there, (N, I); None where they are not known.
        extrapolation: model and function outside the training interval; None without such an interval.
        train: model and targets on the rows of a table that train; None of a function.
        test: likewise on the rows that test; None without such rows.
    """

    inputs: Tensor
    values: Pair
    derivatives: Pair | None = None
    extrapolation: Pair | None = None
    train: Pair | None = None
    test: Pair | None = None


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


def _rmse(pair: Pair) -> Tensor:
    return pair.mse.sqrt()


def _mae(pair: Pair) -> Tensor:
    return pair.errors.abs().mean(0)


def _max_abs_error(pair: Pair) -> Tensor:
    return pair.errors.abs().amax(0)


def _relative_l2_error(pair: Pair) -> Tensor:
    """0 / 0, for targets that are all 0 and met, is nan; so is any error of such targets."""
    norm = pair.targets.square().sum(0).sqrt()
    return (pair.errors.square().sum(0).sqrt() / norm).where(norm > 0, math.nan)


def _r2(pair: Pair) -> Tensor:
    """As scikit-learn's `r2_score` with ``force_finite=False``."""
    spread = (pair.targets - pair.targets.mean(0)).square().sum(0)
    return (1 - pair.errors.square().sum(0) / spread).where(spread > 0, math.nan)


FORMULAS: dict[str, tuple[Callable[[Pair], Tensor], Metric]] = {
    metric.name: (formula, metric)
    for formula, metric in (
        (lambda pair: pair.mse, Metric("mse", "minimize", "y^2", "mean squared error")),
        (_rmse, Metric("rmse", "minimize", "y", "root of the mean squared error")),
        (_mae, Metric("mae", "minimize", "y", "mean absolute error")),
        (_max_abs_error, Metric("max_abs_error", "minimize", "y", "largest absolute error")),
        (
            _relative_l2_error,
            Metric("relative_l2_error", "minimize", "", "2-norm of the errors by the targets'"),
        ),
        (_r2, Metric("r2", "maximize", "", "explained share of the targets' variance")),
    )
}
"""What a model is worth on any points: of each output (O,), and the metric, which is their mean."""
OF_PARTS = ("mse", "rmse", "mae", "max_abs_error", "r2")
"""Those that are computed for each part of a table, and for each of several targets."""
ROWS = {"train": "on the rows that train", "test": "on the rows that test"}
"""Parts of a table that have metrics of their own; those of the rows that choose have no prefix."""


def _list_metrics() -> Iterator[Metric]:
    for formula, metric in FORMULAS.values():
        yield replace(metric, formula=_take_mean(formula, "values"))
    yield Metric(
        name="derivative_rmse",
        unit="y/x",
        description="rmse of the slope",
        formula=_take_mean(_rmse, "derivatives"),
        exists=lambda samples: samples.has_derivatives,
        needs="data that know their derivative, with one output",
    )
    yield Metric(
        name="extrapolation_rmse",
        unit="y",
        description="rmse outside the training interval",
        formula=_take_mean(_rmse, "extrapolation"),
        exists=lambda samples: samples.extrapolation is not None,
        needs="an interval outside the points, such as data.extrapolation=[7,13]",
    )
    for part, where in ROWS.items():
        for formula, metric in (FORMULAS[name] for name in OF_PARTS):
            yield replace(
                metric,
                name=f"{part}_{metric.name}",
                description=f"{metric.description} {where}",
                formula=_take_mean(formula, part),
                exists=_has_train if part == "train" else _has_test,
                needs="a table" if part == "train" else "a table with rows that test",
            )
    yield Metric("train_loss", "minimize", "", "mean loss of the last epoch's batches")
    yield Metric(
        name="validation_loss",
        description="loss on the held-out points",
        exists=lambda samples: samples.validation is not None,
        needs="points that are held out, such as data.validation_share=0.2",
    )


def _take_mean(formula: Callable[[Pair], Tensor], part: str) -> Callable[[Fit], float]:
    """The mean over outputs of a formula on one part of a fit; nan without that part."""

    def compute(fit: Fit) -> float:
        pair: Pair | None = getattr(fit, part)
        return math.nan if pair is None else float(formula(pair).mean())

    return compute


def _has_train(samples: Samples) -> bool:
    return samples.table is not None


def _has_test(samples: Samples) -> bool:
    return samples.test is not None


NUM_PARAMETERS = "num_parameters"
"""No metric, but as good a second objective: how small a model is."""
METRICS: dict[str, Metric] = {metric.name: metric for metric in _list_metrics()}
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


def compute_metrics(fit: Fit, samples: Samples) -> dict[str, float]:
    """Every metric that exists on such points, by name; of several targets also those of each.

    Args:
        fit: the model and the truth.
        samples: the points.
    """
    metrics: dict[str, float] = {
        name: metric.formula(fit)
        for name, metric in METRICS.items()
        if metric.formula is not None and metric.exists(samples)
    }
    if samples.table is None:
        return metrics
    names = samples.table.target_names
    parts = {"": fit.values, "train_": fit.train, "test_": fit.test}
    for prefix, pair in parts.items() if len(names) > 1 else ():
        for base in OF_PARTS:
            formula, _ = FORMULAS[base]
            each = [] if pair is None else formula(pair).tolist()
            metrics |= {f"{prefix}{base}.{name}": value for name, value in zip(names, each, strict=False)}
    return metrics | dict(samples.table.baselines)
