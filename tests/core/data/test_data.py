"""What `SampledFunction` draws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sinefit.core.data import SampledFunction, Samples
from sinefit.core.functions import Sine
from sinefit.errors import SettingsError, SinefitError

if TYPE_CHECKING:
    from torch import Tensor

CPU = torch.device("cpu")


def draw(seed: int = 0, **settings: Any) -> Samples:
    """Samples of sin x on [-1, 2]."""
    return SampledFunction(Sine(), -1.0, 2.0, **settings).draw(seed)


def linspace(lower: float, upper: float, count: int) -> Tensor:
    """Numpy's, as a column."""
    return torch.from_numpy(np.linspace(lower, upper, count)).unsqueeze(1)


@given(
    bounds=st.tuples(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6)),
    num_points=st.integers(2, 3000),
)
def test_even_points_are_numpys(bounds: tuple[float, float], num_points: int) -> None:
    """Bit for bit those of `numpy.linspace`, in both dtypes; the targets are the function's values there."""
    lower, upper = bounds[0], bounds[0] + bounds[1]
    points = SampledFunction(Sine(), lower, upper, num_points=num_points).draw(0).training
    expected = linspace(lower, upper, num_points)
    assert torch.equal(points.inputs, expected)
    assert torch.equal(points.targets, torch.sin(expected))
    single = points.to(CPU, torch.float32)
    assert torch.equal(single.inputs, expected.float())
    assert torch.equal(single.targets, torch.sin(expected).float())


def test_numbers_are_cast_once() -> None:
    """Noise, evaluation grid, slopes and extrapolation are computed in float64 and rounded at the end."""
    settings = {"noise_std": 0.5, "extrapolation": [5.0, 6.0], "spacing": "random", "validation_share": 0.2}
    double = draw(num_points=50, **settings)
    single = double.to(CPU, torch.float32)
    for name in ("training", "validation", "evaluation", "extrapolation"):
        exact, rounded = getattr(double, name), getattr(single, name)
        assert exact.inputs.dtype == exact.targets.dtype == torch.float64
        assert torch.equal(rounded.inputs, exact.inputs.float())
        assert torch.equal(rounded.targets, exact.targets.float())
    assert torch.equal(single.evaluation.derivatives, torch.cos(double.evaluation.inputs).float())


def test_numbers_beyond_the_dtype_are_refused() -> None:
    """With the largest of them: infinity would be trained on without a word."""
    points = SampledFunction(Sine(), 0.0, 1e300).draw(0)
    with pytest.raises(SinefitError, match=r"data cannot be drawn: they reach 1e\+300, .* beyond float32"):
        points.to(CPU, torch.float32)


@given(seed=st.integers(0, 2**40), share=st.floats(0.05, 0.9))
def test_held_out_points_are_the_rest(seed: int, share: float) -> None:
    """Training and validation points are disjoint, ascending, and together all points."""
    samples = draw(seed, num_points=40, validation_share=share)
    assert samples.validation is not None
    assert len(samples.validation.inputs) == max(1, round(share * 40))
    together = torch.cat([samples.training.inputs, samples.validation.inputs]).flatten().sort().values
    assert torch.equal(together, linspace(-1, 2, 40).flatten())
    assert bool((samples.validation.inputs.diff(dim=0) > 0).all())


def test_noise_follows_the_seed_alone() -> None:
    """The same seed draws the same noise, another seed another; the evaluation points are free of it."""
    clean, noisy = draw(num_points=50), draw(num_points=50, noise_std=0.5)
    noise = noisy.training.targets - clean.training.targets
    assert 0.3 < noise.std().item() < 0.7
    assert torch.equal(draw(num_points=50, noise_std=0.5).training.targets, noisy.training.targets)
    assert not torch.equal(draw(1, num_points=50, noise_std=0.5).training.targets, noisy.training.targets)
    assert torch.equal(noisy.evaluation.targets, torch.sin(noisy.evaluation.inputs))


@given(seed=st.integers(0, 2**40))
def test_random_spacing_lies_inside(seed: int) -> None:
    """Uniform positions are ascending and within the bounds."""
    inputs = draw(seed, num_points=30, spacing="random").training.inputs
    assert inputs.min() >= -1
    assert inputs.max() <= 2
    assert bool((inputs.diff(dim=0) >= 0).all())


def test_evaluation_grid_lies_between_training_points() -> None:
    """The default grid shares no point with the default training points."""
    samples = SampledFunction(Sine(), -2 * math.pi, 2 * math.pi).draw(0)
    assert not set(samples.evaluation.inputs.flatten().tolist()) & set(
        samples.training.inputs.flatten().tolist()
    )
    spacing = samples.evaluation.inputs.diff(dim=0)
    torch.testing.assert_close(spacing, torch.full_like(spacing, 4 * math.pi / 2000))
    assert samples.evaluation.derivatives is not None
    torch.testing.assert_close(samples.evaluation.derivatives, torch.cos(samples.evaluation.inputs))


@pytest.mark.parametrize("spacing", ["even", "random"])
def test_a_gap_holds_no_points(spacing: str) -> None:
    """As many points as asked for, none in the gap, the same number on both sides of a middle one."""
    data = SampledFunction(Sine(), -1.0, 1.0, num_points=64, spacing=spacing, gap=[-1 / 3, 1 / 3])  # type: ignore[arg-type]
    x = data.draw(0).training.inputs.squeeze(1)
    assert len(x) == 64
    assert (x.abs() >= 1 / 3 - 1e-12).all()
    assert (x.diff() > 0).all()
    assert (float(x.min()), float(x.max())) == pytest.approx((-1, 1), abs=0 if spacing == "even" else 0.1)
    if spacing == "even":
        assert int((x < 0).sum()) == 32


def test_extrapolation_interval() -> None:
    """Its points fill the interval asked for."""
    samples = draw(extrapolation=[5.0, 6.0], num_evaluation_points=4)
    assert samples.extrapolation is not None
    assert samples.extrapolation.inputs.flatten().tolist() == [5.125, 5.375, 5.625, 5.875]
    assert draw().extrapolation is None


BAD = [
    ({"num_points": 1}, "num_points must be a whole number, 2 or more, got 1"),
    ({"num_points": 2.5}, "num_points must be a whole number, 2 or more, got 2.5"),
    ({"spacing": "odd"}, "spacing must be one of even, random, got 'odd'"),
    ({"noise_std": -0.1}, "noise_std must be a finite number, 0 or more, got -0.1"),
    ({"noise_std": math.nan}, "noise_std must be a finite number, 0 or more, got nan"),
    ({"batch_size": 0}, "batch_size must be a whole number, 1 or more, got 0"),
    ({"shuffle": "maybe"}, "shuffle must be true or false, got 'maybe'"),
    ({"validation_share": 1.0}, "validation_share must be a number from 0 to below 1, got 1.0"),
    ({"validation_share": 0.99, "num_points": 5}, r"validation_share must be so small .* got 0.99"),
    ({"extrapolation": [2, 1]}, r"extrapolation must be null or an interval .* got \[2, 1\]"),
    ({"extrapolation": 3}, "extrapolation must be null or an interval .* got 3"),
    ({"gap": [0.0, 5.0]}, r"gap must be null or an interval .* got \[0.0, 5.0\]"),
    ({"gap": 1.0}, "gap must be null or an interval .* got 1.0"),
    ({"lower": 3.0, "upper": 3.0}, "upper must be above lower=3.0, got 3.0"),
    ({"upper": math.inf}, "upper must be a finite number, got inf"),
    ({"function": 3}, "function must be a function of x, or an object with __call__"),
]


@pytest.mark.parametrize(("settings", "message"), BAD, ids=lambda case: str(case)[:30])
def test_wrong_settings_are_named(settings: dict[str, Any], message: str) -> None:
    """Each wrong setting is refused with its name and value."""
    with pytest.raises(SettingsError, match=message):
        SampledFunction(**{"function": Sine(), "lower": -1.0, "upper": 2.0} | settings)
