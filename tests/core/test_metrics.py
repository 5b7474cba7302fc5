"""The metrics against numpy's arithmetic and closed forms, and what their table says of them."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sinefit.core.data import Points, SampledFunction, Samples
from sinefit.core.evaluation import check_objective, evaluate
from sinefit.core.functions import Sine
from sinefit.core.fused import run_many
from sinefit.core.metrics import METRICS, Fit, Metric, Pair, find_metric
from sinefit.core.run import run
from sinefit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

numbers = st.floats(-100, 100).map(lambda value: round(value, 3))


@given(pairs=st.lists(st.tuples(numbers, numbers), min_size=2, max_size=20))
def test_formulas_equal_numpy(pairs: list[tuple[float, float]]) -> None:
    """All six metrics of values equal numpy's for any numbers; undefined ones are nan."""
    prediction, target = np.array(pairs).T
    columns = (torch.tensor(column).unsqueeze(1) for column in (prediction, target))
    fit = Fit(torch.zeros(len(pairs), 1), Pair(*columns))
    found = {name: METRICS[name].formula(fit) for name in list(METRICS)[:6]}
    error = prediction - target
    assert found["mse"] == pytest.approx(np.mean(error**2))
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)))
    assert found["mae"] == pytest.approx(np.mean(np.abs(error)))
    assert found["max_abs_error"] == pytest.approx(np.abs(error).max())
    norm, spread = np.linalg.norm(target), ((target - target.mean()) ** 2).sum()
    expected = np.linalg.norm(error) / norm if norm else math.nan
    assert found["relative_l2_error"] == pytest.approx(expected, nan_ok=True)
    if spread > 1e-9 or len(set(target)) == 1:
        expected = 1 - (error**2).sum() / spread if len(set(target)) > 1 else None
        assert expected is None or found["r2"] == pytest.approx(expected, rel=1e-6)


def test_a_line_on_sin() -> None:
    """For the prediction x on sin x, errors and slopes follow from x - sin x and 1 - cos x."""
    model = nn.Linear(1, 1, dtype=torch.float64)
    nn.init.ones_(model.weight)
    nn.init.zeros_(model.bias)
    data = SampledFunction(Sine(), 0.0, math.pi, num_evaluation_points=20000, extrapolation=[math.pi, 4.0])
    metrics = evaluate(model, data.draw(0)).metrics
    of_tables = "train_", "test_"
    expected = [name for name in METRICS if not name.endswith("loss") and not name.startswith(of_tables)]
    assert list(metrics) == expected
    # The integral of (x - sin x)^2 over [0, pi] is pi^3/3 - 2 pi + pi/2.
    assert metrics["mse"] == pytest.approx((math.pi**3 / 3 - 2 * math.pi + math.pi / 2) / math.pi, rel=1e-6)
    # The mean of (1 - cos x)^2 over [0, pi] is 3/2.
    assert metrics["derivative_rmse"] == pytest.approx(math.sqrt(1.5), rel=1e-6)
    x = math.pi + (np.arange(20000) + 0.5) * (4 - math.pi) / 20000
    assert metrics["extrapolation_rmse"] == pytest.approx(np.sqrt(np.mean((x - np.sin(x)) ** 2)), rel=1e-9)


@pytest.mark.parametrize("interval", [None, [-2.0, -1.0]])
def test_a_prediction_is_a_line(interval: list[float] | None) -> None:
    """Ascending inputs over all that was evaluated, at most 201, with the function and the model there."""
    model = nn.Linear(1, 1, dtype=torch.float64)
    data = SampledFunction(Sine(), 0.0, 3.0, num_evaluation_points=5000, extrapolation=interval)
    line = evaluate(model, data.draw(0)).prediction
    assert line is not None
    assert len(line.inputs) == 201
    assert (line.inputs.diff() > 0).all()
    assert float(line.inputs[0]) == pytest.approx(-2.0 if interval else 0.0, abs=1e-3)
    assert float(line.inputs[-1]) == pytest.approx(3.0, abs=1e-3)
    assert torch.equal(line.targets, line.inputs.sin())
    assert torch.allclose(line.outputs, model(line.inputs.unsqueeze(1)).squeeze(1).detach(), atol=1e-15)


def test_evaluation_mode_and_optional_metrics() -> None:
    """Dropout is off; without derivatives or interval their metrics are not there."""
    points = Points(torch.ones(50, 2), torch.ones(50, 1))
    model = nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.9))
    first, second = (evaluate(model, Samples(points, None, points, None)).metrics for _ in range(2))
    assert first == pytest.approx(second, nan_ok=True)
    assert not {"derivative_rmse", "extrapolation_rmse"} & set(first)


def test_only_r2_is_better_when_larger() -> None:
    """On any rows; every other metric is an error, also one that no entry knows."""
    assert [name for name, metric in METRICS.items() if metric.direction == "maximize"] == [
        "r2",
        "train_r2",
        "test_r2",
    ]
    assert find_metric("half_step_4").ascending
    assert all(metric.description for metric in METRICS.values())


@pytest.mark.parametrize(("name", "best", "worst"), [("r2", 0.9, -math.inf), ("rmse", -0.5, math.inf)])
def test_the_best_goes_by_direction(name: str, best: float, worst: float) -> None:
    """The best value is never nan; without a number only the worst is left."""
    metric = find_metric(name)
    assert metric.best_of([0.1, math.nan, 0.9, -0.5]) == best
    assert metric.best_of([math.nan]) == metric.best_of([]) == metric.worst == worst
    assert metric.is_better(best, worst)
    assert metric.is_better(worst, math.nan)
    assert not metric.is_better(math.nan, worst)


@pytest.mark.parametrize("train", [run, lambda one: run_many([one])[0]], ids=["run", "many"])
def test_a_metric_of_ones_own(
    monkeypatch: pytest.MonkeyPatch,
    experiment: Callable[..., Experiment],
    train: Callable[[Experiment], object],
) -> None:
    """One more entry of the table is computed for every run, and can be its objective."""
    bias = Metric("bias", unit="y", formula=lambda fit: float(fit.values.errors.mean().abs()))
    monkeypatch.setitem(METRICS, "bias", bias)
    outcome = train(experiment("objective=bias", "trainer.max_epochs=1", "data.num_points=40"))
    assert 0 < outcome.metrics["bias"] < outcome.metrics["rmse"]


OBJECTIVES = [
    ("validation_loss", r"validation_loss needs points .* data.validation_share=0.2, got 'validation_loss'"),
    ("extrapolation_rmse", r"extrapolation_rmse needs an interval .* data.extrapolation"),
    ("derivative_rmse", r"one of mse, .*, train_loss with .* derivative_rmse needs data that know"),
]


@pytest.mark.parametrize(("name", "message"), OBJECTIVES)
def test_an_objective_that_no_run_has_is_refused(name: str, message: str) -> None:
    """With the metrics that there are, and with what it needs."""
    points = Points(torch.ones(2, 1), torch.ones(2, 1))
    check_objective("r2", Samples(points, None, points, None))
    check_objective(name, Samples(points, points, Points(*[torch.ones(2, 1)] * 3), points))
    with pytest.raises(SettingsError, match=message):
        check_objective(name, Samples(points, None, points, None))


def test_reading_the_table_does_not_load_torch() -> None:
    """Tables are ranked by direction where no network is trained."""
    code = "import sys, sinefit.core.metrics; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
