"""The networks: plain modules that map inputs (N, input_size) to outputs (N, output_size).

Each draws its initial weights from torch's global generator when it is built. Independent of data
or training; any `nn.Module` of one's own with the same shapes serves as well.

Sizes and numbers of layers or frequencies are 1 or more; an activation is a module, or a name from
`sinefit.core.activations.ACTIVATIONS`. All arguments out of range are told by one `SettingsError`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import torch
from torch import nn

from sinefit.core.activations import Sine, check_activation, make_activation
from sinefit.core.checks import Checks

if TYPE_CHECKING:
    from torch import Tensor

    Activation = str | nn.Module


class MLP(nn.Sequential):
    """A multilayer perceptron: `num_hidden_layers` times Linear and activation, then Linear.

    With one hidden layer it is the textbook's network.

    Args:
        input_size: numbers in an input.
        hidden_size: units in each hidden layer.
        output_size: numbers in an output.
        num_hidden_layers: 1 or more.
        activation: a name, or a module.
        init: ``torch``: as `nn.Linear`, uniform in +-1/sqrt(fan_in), biases too; ``glorot``: weights uniform
            in +-sqrt(6 / (fan_in + fan_out)), biases 0 (Glorot and Bengio 2010, eq. 16).

    >>> sum(parameter.numel() for parameter in MLP(hidden_size=10).parameters())
    31
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one argument a setting
        self,
        input_size: int = 1,
        hidden_size: int = 10,
        output_size: int = 1,
        num_hidden_layers: int = 1,
        activation: Activation = "relu",
        init: Literal["torch", "glorot"] = "torch",
    ) -> None:
        checks = _check(input_size, hidden_size, output_size, num_hidden_layers, activation)
        checks.choice("init", init, ("torch", "glorot"))
        checks.raise_if_any()
        super().__init__(*_layers(input_size, hidden_size, output_size, num_hidden_layers, activation))
        if init == "glorot":
            for layer in _linear_layers(self):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)


class Siren(nn.Sequential):
    """A network with sine activations and the initialization that keeps them spread at any depth.

    First layer: weights uniform in +-1/input_size, then sin(w0 * .); other layers: uniform in
    +-sqrt(6 / hidden_size) / w0. Source: Sitzmann et al. 2020, arXiv 2006.09661, section 3.2.

    Args:
        input_size, hidden_size, output_size, num_hidden_layers: as of an `MLP`.
        w0: the factor within the sines, above 0; the paper's 30 is meant for inputs in [-1, 1].
    """

    def __init__(
        self,
        input_size: int = 1,
        hidden_size: int = 10,
        output_size: int = 1,
        num_hidden_layers: int = 1,
        w0: float = 30.0,
    ) -> None:
        checks = _check(input_size, hidden_size, output_size, num_hidden_layers)
        checks.positive("w0", w0, example=30.0)
        checks.raise_if_any()
        super().__init__(*_layers(input_size, hidden_size, output_size, num_hidden_layers, Sine(w0)))
        first, *others = _linear_layers(self)
        nn.init.uniform_(first.weight, -1 / input_size, 1 / input_size)
        bound = math.sqrt(6 / hidden_size) / w0
        for layer in others:
            nn.init.uniform_(layer.weight, -bound, bound)


class WaveFeatures(nn.Module):
    """[w cos(2 pi x B^T), w sin(2 pi x B^T)] for fixed B and w: (N, I) to (N, 2 F).

    Source: Tancik et al. 2020, arXiv 2006.10739, eq. 5.

    Args:
        frequencies: B, (F, I), in cycles per unit of x; (F,) for one input, whose products are not summed.
        weights: w, (F,); None: ones.
    """

    frequencies: Tensor
    weights: Tensor | None

    def __init__(self, frequencies: Tensor, weights: Tensor | None = None) -> None:
        super().__init__()
        self.register_buffer("frequencies", frequencies)
        self.register_buffer("weights", weights)

    def forward(self, x: Tensor) -> Tensor:
        """(N, I) to (N, 2 F)."""
        angles = self._multiply(x)
        return self._weigh(torch.cos(angles), torch.sin(angles))

    def differentiate(self, x: Tensor, directions: Tensor) -> Tensor:
        """The derivatives (N, 2 F) of the features of x along directions, both (N, I)."""
        angles, speeds = self._multiply(x), self._multiply(directions)
        return self._weigh(-torch.sin(angles) * speeds, torch.cos(angles) * speeds)

    def _multiply(self, x: Tensor) -> Tensor:
        turns = 2 * math.pi * x
        return turns * self.frequencies if self.frequencies.ndim == 1 else turns @ self.frequencies.T

    def _weigh(self, *waves: Tensor) -> Tensor:
        return torch.cat(waves if self.weights is None else [self.weights * wave for wave in waves], dim=-1)


class FourierMLP(nn.Sequential):
    """An `MLP` on random Fourier features of its input.

    Args:
        input_size, hidden_size, output_size, num_hidden_layers: as of an `MLP`.
        activation: a name, or a module.
        num_frequencies: number of random frequencies.
        scale: standard deviation of the frequencies, in cycles per unit of x, above 0.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one argument a setting
        self,
        input_size: int = 1,
        hidden_size: int = 10,
        output_size: int = 1,
        num_hidden_layers: int = 1,
        activation: Activation = "relu",
        num_frequencies: int = 8,
        scale: float = 0.2,
    ) -> None:
        checks = _check(input_size, hidden_size, output_size, num_hidden_layers, activation)
        checks.whole("num_frequencies", num_frequencies, at_least=1, example=8)
        checks.positive("scale", scale, example=0.2)
        checks.raise_if_any()
        features = WaveFeatures(scale * torch.randn(num_frequencies, input_size))
        layers = _layers(2 * num_frequencies, hidden_size, output_size, num_hidden_layers, activation)
        super().__init__(features, *layers)


class PeriodicMLP(nn.Sequential):
    """An `MLP` on the cosines and sines of its one input, of period 1, whose weights fall as powers of j.

    Args:
        hidden_size, output_size, num_hidden_layers: as of an `MLP`.
        activation: a name, or a module.
        num_frequencies: number of frequencies.
        exponent: 0 or more; 0 weighs all frequencies alike, infinity leaves the lowest one.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one argument a setting
        self,
        hidden_size: int = 64,
        output_size: int = 1,
        num_hidden_layers: int = 2,
        activation: Activation = "relu",
        num_frequencies: int = 16,
        exponent: float = 1.0,
    ) -> None:
        checks = _check(1, hidden_size, output_size, num_hidden_layers, activation)
        checks.whole("num_frequencies", num_frequencies, at_least=1, example=16)
        is_exponent = isinstance(exponent, int | float) and not isinstance(exponent, bool) and exponent >= 0
        checks.require(is_exponent, "exponent", exponent, "0 or more, or inf", 1.0)
        checks.raise_if_any()
        j = torch.arange(1, num_frequencies + 1, dtype=torch.get_default_dtype())
        features = WaveFeatures(j, j**-exponent)
        layers = _layers(2 * num_frequencies, hidden_size, output_size, num_hidden_layers, activation)
        super().__init__(features, *layers)


def _check(
    input_size: int,
    hidden_size: int,
    output_size: int,
    num_hidden_layers: int,
    activation: Activation = "relu",
) -> Checks:
    """The checks of what all networks share."""
    checks = Checks()
    checks.whole("input_size", input_size, at_least=1, example=1)
    checks.whole("hidden_size", hidden_size, at_least=1, example=10)
    checks.whole("output_size", output_size, at_least=1, example=1)
    checks.whole("num_hidden_layers", num_hidden_layers, at_least=1, example=1)
    check_activation(checks, activation)
    return checks


def _layers(
    input_size: int, hidden_size: int, output_size: int, num_hidden_layers: int, activation: Activation
) -> list[nn.Module]:
    """Linear and activation for each hidden layer, then Linear."""
    layers: list[nn.Module] = []
    for fan_in in [input_size] + [hidden_size] * (num_hidden_layers - 1):
        layers += [nn.Linear(fan_in, hidden_size), make_activation(activation)]
    return [*layers, nn.Linear(hidden_size, output_size)]


def _linear_layers(model: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in model if isinstance(layer, nn.Linear)]
