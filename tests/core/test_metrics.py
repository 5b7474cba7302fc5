"""The metrics against numpy's arithmetic and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sinefit.core.data import Points, SampledFunction, Samples
from sinefit.core.functions import Sine
from sinefit.core.metrics import METRICS, evaluate, fit_metrics

numbers = st.floats(-100, 100).map(lambda value: round(value, 3))


@given(pairs=st.lists(st.tuples(numbers, numbers), min_size=2, max_size=20))
def test_fit_metrics_equal_numpy(pairs: list[tuple[float, float]]) -> None:
    """All five metrics equal numpy's for any numbers; undefined ones are nan."""
    prediction, target = np.array(pairs).T
    found = fit_metrics(torch.tensor(prediction).unsqueeze(1), torch.tensor(target).unsqueeze(1))
    error = prediction - target
    assert found["mse"] == pytest.approx(np.mean(error**2))
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)))
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
    metrics = evaluate(model, data.draw(0, torch.float64)).metrics
    assert tuple(metrics) == METRICS
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
    line = evaluate(model, data.draw(0, torch.float64)).prediction
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
    once, again = (evaluate(model, Samples(points, None, points, None)).metrics for _ in range(2))
    assert once == again
    assert not {"derivative_rmse", "extrapolation_rmse"} & set(once)
