"""A network as lines of numpy: what each of its layers computes, in words of Python, and its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn

from sinefit.core.activations import ACTIVATIONS, Sine, Snake
from sinefit.core.models import WaveFeatures
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

_ACTIVATIONS: dict[type[nn.Module], Callable[[nn.Module], str]] = {
    nn.ReLU: lambda _: "np.maximum(x, 0)",
    nn.Tanh: lambda _: "np.tanh(x)",
    nn.Sigmoid: lambda _: "sigmoid(x)",
    nn.GELU: lambda _: "gelu(x)",
    nn.SiLU: lambda _: "x * sigmoid(x)",
    Sine: lambda layer: f"np.sin({layer.w0!r} * x)",
    Snake: lambda layer: f"x + np.sin({layer.a!r} * x) ** 2 / {layer.a!r}",
}
"""What each activation makes of ``x``."""


@dataclass(frozen=True)
class Translation:
    """A network in numpy.

    Attributes:
        lines: statements that turn ``x`` from scaled inputs into scaled outputs.
        arrays: the constants that they name, in the network's dtype.
    """

    lines: tuple[str, ...]
    arrays: dict[str, NDArray[np.floating]]


def translate(network: nn.Module) -> Translation:
    """A network of layers that sinefit knows, one statement a layer.

    Args:
        network: an `nn.Sequential` such as all models of sinefit, or a single layer.

    Raises:
        SinefitError: naming each layer that has no translation.
    """
    layers = list(_list_layers(network))
    unknown = dict.fromkeys(type(layer).__name__ for layer in layers if not _is_known(layer))
    if unknown:
        msg = (
            f"numpy has no translation of {', '.join(unknown)}; it knows linear layers, Fourier features and"
            f" the activations {', '.join(ACTIVATIONS)}. Use --format onnx or --format torch"
        )
        raise SinefitError(msg)
    lines: list[str] = []
    arrays: dict[str, NDArray[np.floating]] = {}
    number = 0
    for layer in layers:
        if type(layer) is nn.Linear:
            number += 1
            lines.append(
                f"x = x @ WEIGHT_{number}.T" + (f" + BIAS_{number}" if layer.bias is not None else "")
            )
            arrays[f"WEIGHT_{number}"] = _as_array(layer.weight)
            if layer.bias is not None:
                arrays[f"BIAS_{number}"] = _as_array(layer.bias)
        elif type(layer) is WaveFeatures:
            lines += _translate_waves(layer, arrays)
        else:
            lines.append(f"x = {_ACTIVATIONS[type(layer)](layer)}")
    return Translation(tuple(lines), arrays)


def _translate_waves(layer: WaveFeatures, arrays: dict[str, NDArray[np.floating]]) -> list[str]:
    """The statements of Fourier features, whose constants join `arrays`."""
    arrays["FREQUENCIES"] = _as_array(layer.frequencies)
    times = "* FREQUENCIES" if layer.frequencies.ndim == 1 else "@ FREQUENCIES.T"
    waves = ["np.cos(angles)", "np.sin(angles)"]
    if layer.weights is not None:
        arrays["FEATURE_WEIGHTS"] = _as_array(layer.weights)
        waves = [f"FEATURE_WEIGHTS * {wave}" for wave in waves]
    return [f"angles = (2 * np.pi * x) {times}", f"x = np.concatenate([{', '.join(waves)}], axis=1)"]


def _list_layers(network: nn.Module) -> Iterator[nn.Module]:
    """The layers of a network in the order in which they compute; a sequence within another is entered."""
    if not isinstance(network, nn.Sequential) or type(network).forward is not nn.Sequential.forward:
        yield network
        return
    for child in network:  # not children(): an activation may stand in several places
        yield from _list_layers(child)


def _is_known(layer: nn.Module) -> bool:
    if type(layer) is nn.GELU:
        return layer.approximate == "none"
    return type(layer) in {nn.Linear, WaveFeatures, *_ACTIVATIONS}


def _as_array(values: Tensor) -> NDArray[np.floating]:
    array: NDArray[np.floating] = values.detach().cpu().numpy()
    return array
