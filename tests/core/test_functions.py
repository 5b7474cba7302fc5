"""Each function against the formula in its docstring, and its derivative against autograd."""

from __future__ import annotations

import math

import pytest
import torch

from sinefit.core.functions import Chirp, DampedSine, Function, RandomSignal, Sine, SumOfSines, XSine
from sinefit.errors import SettingsError

CASES = [
    (Sine(), math.sin),
    (Sine(amplitude=2, frequency=3, phase=0.5), lambda x: 2 * math.sin(3 * x + 0.5)),
    (SumOfSines(), lambda x: math.sin(x) + math.sin(4 * x)),
    (SumOfSines([1, 3], [2, 1], [0.5, 1]), lambda x: 2 * math.sin(x + 0.5) + math.sin(3 * x + 1)),
    (Chirp(), lambda x: math.sin(0.5 * x + 0.15 * x**2)),
    (DampedSine(), lambda x: math.exp(-0.2 * x) * math.sin(2 * x)),
    (XSine(), lambda x: x * math.sin(5 * x)),
]


@pytest.mark.parametrize(("function", "formula"), CASES, ids=lambda case: repr(case)[:20])
def test_values_and_derivatives(function: Function, formula: object) -> None:
    """Values equal Python's own arithmetic, derivatives equal autograd's."""
    x = torch.linspace(-3, 3, 31, dtype=torch.float64).unsqueeze(1).requires_grad_()
    y = function(x)
    assert y.shape == x.shape
    expected = torch.tensor([[formula(value)] for value in x.flatten().tolist()], dtype=torch.float64)  # type: ignore[operator]
    torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-14)
    (derivative,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(function.derivative(x), derivative, rtol=1e-12, atol=1e-14)


def test_wrong_numbers_are_named() -> None:
    """Settings that are no numbers are told by name and value, all at once."""
    with pytest.raises(SettingsError, match="frequency must be a finite number, got 'abc'") as caught:
        Sine(frequency="abc", phase=math.inf)  # type: ignore[arg-type]
    assert "phase must be a finite number, got inf" in str(caught.value)
    with pytest.raises(SettingsError, match=r"amplitudes must be as long as frequencies \(2\), got \[1\]"):
        SumOfSines([1, 2], [1])


def test_a_random_signal() -> None:
    """Period 1, mean square 1, power that falls as j^-2e; another seed is another signal."""
    signal = RandomSignal(exponent=1.5, num_frequencies=20, seed=3)
    x = torch.linspace(0, 1, 2001, dtype=torch.float64)[:-1].unsqueeze(1)
    y = signal(x)
    torch.testing.assert_close(signal(x + 1), y)
    assert float(y.square().mean()) == pytest.approx(1, rel=1e-12)
    assert not torch.allclose(RandomSignal(1.5, 20, 4)(x), y)
    waves = [RandomSignal(0.5, 20, number)(x).squeeze() for number in range(200)]
    power = torch.stack([torch.fft.rfft(wave).abs() ** 2 for wave in waves]).mean(0)
    assert float(power[21:].max()) < 1e-12 * float(power[1])
    assert float(power[1] / power[8]) == pytest.approx(8, rel=0.4)
    x = x[::100].clone().requires_grad_()
    (derivative,) = torch.autograd.grad(signal(x).sum(), x)
    torch.testing.assert_close(signal.derivative(x), derivative, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("settings", [{"exponent": -1}, {"num_frequencies": 0}, {"seed": 1.5}])
def test_wrong_signals_are_named(settings: dict[str, float]) -> None:
    """The setting and its value."""
    ((name, value),) = settings.items()
    with pytest.raises(SettingsError, match=f"{name} must be .* got {value}"):
        RandomSignal(**settings)  # type: ignore[arg-type]
