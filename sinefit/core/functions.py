"""The functions to be fitted, each with its own derivative; knows nothing of sampling.

A function is a callable object from a tensor x of any shape to y of the same shape, with
``derivative(x)`` of that shape too. A function of one's own needs only these two methods.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

import torch

from sinefit.core.settings import Checks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


class Function(Protocol):
    """What a data set needs of a function."""

    def __call__(self, x: Tensor) -> Tensor:
        """Compute f(x), of x's shape."""

    def derivative(self, x: Tensor) -> Tensor:
        """f'(x), of x's shape."""


@dataclass(frozen=True)
class Sine:
    """The wave y = amplitude * sin(frequency * x + phase); frequency in radians per unit of x."""

    amplitude: float = 1.0
    frequency: float = 1.0
    phase: float = 0.0

    def __post_init__(self) -> None:
        check_numbers(self)

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return self.amplitude * torch.sin(self.frequency * x + self.phase)

    def derivative(self, x: Tensor) -> Tensor:
        """Amplitude * frequency * cos(frequency * x + phase)."""
        return self.amplitude * self.frequency * torch.cos(self.frequency * x + self.phase)


@dataclass(frozen=True)
class SumOfSines:
    """The wave y = sum over k of amplitudes[k] * sin(frequencies[k] * x)."""

    frequencies: Sequence[float] = (1.0, 4.0)
    amplitudes: Sequence[float] = (1.0, 1.0)

    def __post_init__(self) -> None:
        checks = Checks()
        for name in ("frequencies", "amplitudes"):
            for k, value in enumerate(getattr(self, name)):
                checks.number(f"{name}[{k}]", value)
        allowed = f"as long as frequencies ({len(self.frequencies)})"
        checks.require(
            len(self.amplitudes) == len(self.frequencies) > 0, "amplitudes", self.amplitudes, allowed
        )
        checks.raise_if_any()

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        terms = zip(self.amplitudes, self.frequencies, strict=True)
        return torch.stack([a * torch.sin(f * x) for a, f in terms]).sum(0)

    def derivative(self, x: Tensor) -> Tensor:
        """Sum over k of amplitudes[k] * frequencies[k] * cos(frequencies[k] * x)."""
        terms = zip(self.amplitudes, self.frequencies, strict=True)
        return torch.stack([a * f * torch.cos(f * x) for a, f in terms]).sum(0)


@dataclass(frozen=True)
class Chirp:
    """The wave y = sin(frequency * x + rate * x^2): a sine whose frequency grows with x."""

    frequency: float = 0.5
    rate: float = 0.15

    def __post_init__(self) -> None:
        check_numbers(self)

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return torch.sin(self.frequency * x + self.rate * x * x)

    def derivative(self, x: Tensor) -> Tensor:
        """(frequency + 2 * rate * x) * cos(frequency * x + rate * x^2)."""
        return (self.frequency + 2 * self.rate * x) * torch.cos(self.frequency * x + self.rate * x * x)


@dataclass(frozen=True)
class DampedSine:
    """The wave y = exp(-decay * x) * sin(frequency * x)."""

    decay: float = 0.2
    frequency: float = 2.0

    def __post_init__(self) -> None:
        check_numbers(self)

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return torch.exp(-self.decay * x) * torch.sin(self.frequency * x)

    def derivative(self, x: Tensor) -> Tensor:
        """exp(-decay * x) * (frequency * cos(frequency * x) - decay * sin(frequency * x))."""
        wave, slope = torch.sin(self.frequency * x), self.frequency * torch.cos(self.frequency * x)
        return torch.exp(-self.decay * x) * (slope - self.decay * wave)


@dataclass(frozen=True)
class XSine:
    """The wave y = x * sin(frequency * x)."""

    frequency: float = 5.0

    def __post_init__(self) -> None:
        check_numbers(self)

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return x * torch.sin(self.frequency * x)

    def derivative(self, x: Tensor) -> Tensor:
        """sin(frequency * x) + frequency * x * cos(frequency * x)."""
        return torch.sin(self.frequency * x) + self.frequency * x * torch.cos(self.frequency * x)


def check_numbers(function: Sine | Chirp | DampedSine | XSine) -> None:
    """Check that all of a function's settings are finite numbers.

    Raises:
        SettingsError: naming those that are not.
    """
    checks = Checks()
    for field in fields(function):
        checks.number(field.name, getattr(function, field.name), field.default)
    checks.raise_if_any()
