"""The ways to gradients, and derivatives of networks with respect to their inputs."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sinefit.core.gradients import (
    GRADIENTS,
    Differentiable,
    derivatives,
    functional_derivatives,
    input_derivative,
)
from sinefit.core.models import MLP
from sinefit.core.plain import run_plain
from sinefit.run import config_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

OPTIMIZERS = sorted(path.stem for path in (Path(config_folder()) / "optimizer").glob("*.yaml"))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("clip", ["null", "0.1"])
def test_all_ways_give_the_same_bits(
    experiment: Callable[..., Experiment], optimizer: str, clip: str
) -> None:
    """All ways train to bit-equal parameters with every optimizer."""
    epochs = 1 if optimizer == "ssbfgs" else 3  # each of its steps takes many evaluations
    shared = (
        f"optimizer={optimizer}",
        f"trainer.max_epochs={epochs}",
        "data.num_points=100",
        f"trainer.gradient_clip_norm={clip}",
    )
    one, *others = [run_plain(experiment(*shared, f"trainer.gradient={name}")) for name in GRADIENTS]
    for other in others:
        assert one.steps == other.steps == 4 * epochs
        assert all(map(torch.equal, one.parameters.values(), other.parameters.values()))


class TwoBranches(nn.Module):
    """A model with a parameter that its output does not depend on, and one that is frozen."""

    def __init__(self) -> None:
        super().__init__()
        self.used = nn.Parameter(torch.tensor([[2.0]]))
        self.unused = nn.Parameter(torch.ones(3))
        self.frozen = nn.Parameter(torch.tensor([[5.0]]), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """2x + 5."""
        return self.used * x + self.frozen


def sum_of_outputs(network: Differentiable) -> torch.Tensor:
    """An objective: the sum of a network's outputs at 1, 2 and 4."""
    return network(torch.tensor([[1.0], [2.0], [4.0]])).sum()


@pytest.mark.parametrize("name", GRADIENTS)
def test_each_way_leaves_the_gradients_in_grad(name: str) -> None:
    """d(sum of w x)/dw is the sum of x, 7; a frozen parameter gets nothing."""
    model = TwoBranches()
    loss = GRADIENTS[name](sum_of_outputs, model)
    assert loss.item() == 29.0
    assert torch.equal(model.used.grad, torch.tensor([[7.0]]))
    assert model.frozen.grad is None


@pytest.mark.parametrize(
    ("name", "expected"), [("backward", None), ("autograd_grad", None), ("functional", 0)]
)
def test_an_unused_parameter_gets_none_or_zeros(name: str, expected: float | None) -> None:
    """Autograd finds no way from the loss to it and leaves None; a function's gradient there is zero."""
    model = TwoBranches()
    GRADIENTS[name](sum_of_outputs, model)
    grad = model.unused.grad
    assert grad is None if expected is None else torch.equal(grad, torch.zeros(3))


def test_functional_keeps_what_a_batch_norm_remembers() -> None:
    """The running averages are those that `backward` leaves, and so are the gradients."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    copies = {name: copy.deepcopy(model) for name in ("backward", "functional")}
    for name, copied in copies.items():
        GRADIENTS[name](sum_of_outputs, copied)
    states = [copied.state_dict() for copied in copies.values()]
    assert states[0]["1.num_batches_tracked"] == 1
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    pairs = zip(*(copied.parameters() for copied in copies.values()), strict=True)
    assert all(torch.equal(one.grad, other.grad) for one, other in pairs)


COEFFICIENTS = st.lists(st.floats(-3, 3), min_size=1, max_size=6)
POINTS = st.lists(st.floats(-2, 2), min_size=1, max_size=4)
BOTH = pytest.mark.parametrize("differentiate", [derivatives, functional_derivatives])


@BOTH
@given(coefficients=COEFFICIENTS, points=POINTS, order=st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_derivatives_of_polynomials(
    differentiate: Callable[..., tuple[torch.Tensor, ...]],
    coefficients: list[float],
    points: list[float],
    order: int,
) -> None:
    """Of any order they are those that numpy knows in closed form."""
    x = torch.tensor(points, dtype=torch.float64).unsqueeze(1)

    def polynomial(t: torch.Tensor) -> torch.Tensor:
        return sum((c * t**k for k, c in enumerate(coefficients)), start=torch.zeros_like(t))

    found = differentiate(polynomial, x, order)
    assert len(found) == order + 1
    for k, values in enumerate(found):
        expected = np.polynomial.Polynomial(coefficients).deriv(k)(np.array(points))
        np.testing.assert_allclose(values.detach().squeeze(1), expected, rtol=1e-12, atol=1e-11)


@BOTH
@given(seed=st.integers(0, 1000), activation=st.sampled_from(["tanh", "silu", "sine", "gelu"]))
@settings(max_examples=20, deadline=None)
def test_derivatives_of_networks(
    differentiate: Callable[..., tuple[torch.Tensor, ...]], seed: int, activation: str
) -> None:
    """The k-th is the central difference of the one below it, in float64."""
    torch.manual_seed(seed)
    model = MLP(hidden_size=6, num_hidden_layers=2, activation=activation).double()
    x, h = torch.linspace(-2, 2, 7, dtype=torch.float64).unsqueeze(1), 1e-5
    here, above, below = (differentiate(model, at, 3) for at in (x, x + h, x - h))
    for k in range(3):
        difference = (above[k] - below[k]) / (2 * h)
        torch.testing.assert_close(here[k + 1], difference, rtol=1e-6, atol=1e-7)


def test_derivatives_can_be_trained() -> None:
    """Their gradient with respect to a parameter: d(3 w x^2)/dw of the derivative of w x^3."""
    w, x = torch.tensor(2.0, requires_grad=True), torch.tensor([[1.5]])
    _, slope = derivatives(lambda t: w * t**3, x, 1)
    (gradient,) = torch.autograd.grad(slope.sum(), w)
    assert gradient.item() == 3 * 1.5**2
    assert x.requires_grad is False


@BOTH
def test_derivatives_of_straight_lines(differentiate: Callable[..., tuple[torch.Tensor, ...]]) -> None:
    """Above the first they are zeros, not an error of the graph; of a constant all are."""
    x = torch.ones(2, 1)
    line = differentiate(nn.Linear(1, 1), x, 3)
    constant = differentiate(lambda t: torch.full_like(t, 4.0), x, 2)
    assert not any(found.any() for found in (*line[2:], *constant[1:]))
    assert line[1].any()


def test_input_derivative_equals_the_closed_form() -> None:
    """The derivative of tanh(3x) is 3 / cosh(3x)^2."""
    x = torch.linspace(-1, 1, 21, dtype=torch.float64).unsqueeze(1)
    derivative = input_derivative(lambda t: torch.tanh(3 * t), x)
    torch.testing.assert_close(derivative, 3 / torch.cosh(3 * x) ** 2, rtol=1e-12, atol=0)
    assert not derivative.requires_grad
    assert x.grad is None
