"""The networks: shapes, sizes and initial weights."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from sinefit.core.activations import ACTIVATIONS, Sine, Snake
from sinefit.core.models import MLP, FourierMLP, PeriodicMLP, Siren, WaveFeatures
from sinefit.errors import SettingsError


@pytest.mark.parametrize("kind", [MLP, Siren, FourierMLP])
@pytest.mark.parametrize("sizes", [(1, 10, 1, 1), (2, 7, 3, 1), (3, 5, 2, 4)])
def test_shapes(kind: type[nn.Module], sizes: tuple[int, int, int, int]) -> None:
    """(N, inputs) becomes (N, outputs) for every network."""
    assert kind(*sizes)(torch.zeros(6, sizes[0])).shape == (6, sizes[2])


def test_mlp_is_the_textbook_network() -> None:
    """The default network draws the weights of Linear, ReLU, Linear in order."""
    torch.manual_seed(4)
    expected = nn.Sequential(nn.Linear(1, 10), nn.ReLU(), nn.Linear(10, 1))
    torch.manual_seed(4)
    model = MLP()
    assert list(model.state_dict()) == list(expected.state_dict())
    x = torch.linspace(-1, 1, 9).unsqueeze(1)
    assert torch.equal(model(x), expected(x))


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_mlp_parameter_count(layers: int) -> None:
    """There are h weights and biases at the input, h(h + 1) for each further layer, h + 1 for the output."""
    count = sum(p.numel() for p in MLP(hidden_size=8, num_hidden_layers=layers).parameters())
    assert count == 2 * 8 + (layers - 1) * 8 * 9 + 9


CLOSED_FORMS = {
    "relu": lambda x: max(x, 0.0),
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "silu": lambda x: x / (1 + math.exp(-x)),
    "sine": math.sin,
    "snake": lambda x: x + math.sin(x) ** 2,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_by_name(name: str) -> None:
    """Each named activation computes its closed form."""
    model = MLP(activation=name).double()
    x = torch.linspace(-3, 3, 25, dtype=torch.float64)
    expected = [CLOSED_FORMS[name](value) for value in x.tolist()]
    assert model[1](x).tolist() == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_an_activation_may_be_a_module() -> None:
    """A module serves as activation, with its own settings."""
    model = MLP(activation=Snake(a=20.0), num_hidden_layers=2)
    assert isinstance(model[3], Snake)
    assert repr(model[3]) == "Snake(a=20.0)"
    assert repr(Sine(2.0)) == "Sine(w0=2.0)"


def test_siren_initialisation() -> None:
    """Weights fill the intervals of the paper's section 3.2."""
    torch.manual_seed(0)
    model = Siren(input_size=2, hidden_size=200, num_hidden_layers=3, w0=30.0)
    layers = [layer for layer in model if isinstance(layer, nn.Linear)]
    bounds = [1 / 2] + [math.sqrt(6 / 200) / 30] * 3
    for layer, bound in zip(layers, bounds, strict=True):
        largest = layer.weight.abs().max().item()
        assert 0.95 * bound < largest <= bound


def test_fourier_features_are_fixed() -> None:
    """The frequencies are saved with the model, are not trained, and have the scale asked for."""
    torch.manual_seed(0)
    model = FourierMLP(num_frequencies=2000, scale=3.0)
    assert "0.frequencies" in model.state_dict()
    assert all("frequencies" not in name for name, _ in model.named_parameters())
    assert model.state_dict()["0.frequencies"].std().item() == pytest.approx(3.0, rel=0.1)
    features = model[0](torch.tensor([[0.3]]))
    assert features.square().sum().item() == pytest.approx(2000, rel=1e-4)  # cos^2 + sin^2 = 1


@pytest.mark.parametrize(
    ("shape", "weights"), [((5, 3), None), ((5, 1), torch.rand(5)), ((5,), torch.rand(5))]
)
def test_features_are_differentiated_along_directions(
    shape: tuple[int, ...], weights: torch.Tensor | None
) -> None:
    """As autograd does, by which the features' jacobian is multiplied with the directions."""
    features = WaveFeatures(torch.rand(shape), weights)
    x, along = torch.rand(2, 4, shape[-1] if len(shape) == 2 else 1)
    expected = torch.autograd.functional.jvp(features, x, along)[1]
    assert torch.allclose(features.differentiate(x, along), expected, rtol=1e-5, atol=1e-5)


def test_glorot_initialisation() -> None:
    """Weights uniform in +-sqrt(6 / (fan_in + fan_out)), biases zero."""
    torch.manual_seed(0)
    model = MLP(hidden_size=400, num_hidden_layers=2, init="glorot")
    for layer in model:
        if isinstance(layer, nn.Linear):
            bound = math.sqrt(6 / (layer.in_features + layer.out_features))
            assert 0.95 * bound < float(layer.weight.detach().abs().max()) <= bound
            assert not layer.bias.any()


@pytest.mark.parametrize("exponent", [0.0, 1.5, math.inf])
def test_periodic_features(exponent: float) -> None:
    """Cosines and sines of j cycles with the weights j^-exponent; the period is 1."""
    model = PeriodicMLP(num_frequencies=3, exponent=exponent).double()
    x = torch.tensor([[0.3]], dtype=torch.float64)
    weights = [1.0, 2.0**-exponent, 3.0**-exponent]
    angles = [2 * math.pi * j * 0.3 for j in (1, 2, 3)]
    expected = [w * f(a) for f in (math.cos, math.sin) for w, a in zip(weights, angles, strict=True)]
    assert model[0](x).flatten().tolist() == pytest.approx(expected, abs=1e-6)
    torch.testing.assert_close(model(x + 1), model(x))


def test_periodic_features_have_the_slope_of_their_formula() -> None:
    """Bit for bit, so that losses of derivatives train on what the formula says and not on its rounding."""
    torch.manual_seed(0)
    j, w = torch.arange(1.0, 17.0), torch.arange(1.0, 17.0) ** -1.0
    x, cotangent = torch.linspace(-1, 1, 70).unsqueeze(1).requires_grad_(), torch.randn(70, 32)
    angles = 2 * math.pi * x * j
    formula = torch.cat([w * torch.cos(angles), w * torch.sin(angles)], dim=1)
    features = PeriodicMLP()[0]
    (expected,) = torch.autograd.grad(formula, x, cotangent)
    (slope,) = torch.autograd.grad(features(x), x, cotangent)
    assert torch.equal(slope, expected)


BAD: list[tuple[type[nn.Module], dict[str, Any], str]] = [
    (MLP, {"hidden_size": 0}, "hidden_size must be a whole number, 1 or more, got 0"),
    (MLP, {"hidden_size": True}, "hidden_size must be a whole number, 1 or more, got True"),
    (MLP, {"hidden_size": "abc"}, "hidden_size must be a whole number, 1 or more, got 'abc'"),
    (MLP, {"num_hidden_layers": 0}, "num_hidden_layers must be a whole number, 1 or more, got 0"),
    (MLP, {"activation": "rely"}, "activation must be one of relu, tanh, .* got 'rely'"),
    (Siren, {"w0": 0}, "w0 must be positive and finite, got 0"),
    (FourierMLP, {"num_frequencies": 0}, "num_frequencies must be a whole number, 1 or more, got 0"),
    (FourierMLP, {"scale": -1}, "scale must be positive and finite, got -1"),
    (MLP, {"init": "zeros"}, "init must be one of torch, glorot, got 'zeros'"),
    (PeriodicMLP, {"exponent": -1}, "exponent must be 0 or more, or inf, got -1"),
    (Snake, {"a": 0}, "a must be positive and finite, got 0"),
]


@pytest.mark.parametrize(("kind", "settings", "message"), BAD, ids=lambda case: str(case)[:30])
def test_wrong_settings_are_named(kind: type[nn.Module], settings: dict[str, Any], message: str) -> None:
    """Each wrong setting is refused with its name and value."""
    with pytest.raises(SettingsError, match=message):
        kind(**settings)
