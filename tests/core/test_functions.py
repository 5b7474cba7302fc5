"""Each function against the formula in its docstring, and its derivative against autograd."""

from __future__ import annotations

import math

import pytest
import torch

from sinefit.core.functions import Chirp, DampedSine, Function, Sine, SumOfSines, XSine
from sinefit.errors import SettingsError

CASES = [
    (Sine(), math.sin),
    (Sine(amplitude=2, frequency=3, phase=0.5), lambda x: 2 * math.sin(3 * x + 0.5)),
    (SumOfSines(), lambda x: math.sin(x) + math.sin(4 * x)),
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
