"""The functions to be fitted, each with its own derivative; independent of sampling.

A function maps a tensor x to y of the same shape; points come in float64, whatever the run's dtype. One of
one's own may be a plain ``def f(x)``, and give its ``derivative(x)`` or leave that to torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

import torch

from sinefit.core.checks import Checks
from sinefit.core.gradients import derivatives
from sinefit.errors import SinefitError, blaming

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor


class Function(Protocol):
    """What a data set needs of a function; `derivative` is used where there is one."""

    def __call__(self, x: Tensor) -> Tensor:
        """Compute f(x), of x's shape."""


def evaluate(function: Function, x: Tensor, name: str = "data.function") -> Tensor:
    """f(x) in float64, of x's shape, whatever numbers the function gives back: numpy's and lists too.

    Args:
        function: perhaps one of somebody's own.
        x: (N, 1).
        name: of the function, for messages.

    Raises:
        SinefitError: if it raises, or gives something else.
    """
    with blaming(f"{name} cannot be computed"):
        found: object = function(x)
        # torch would make float32 of a list.
        dtype = torch.float64 if isinstance(found, list | tuple) else None
        y = torch.as_tensor(found, dtype=dtype, device=x.device)
    if y.shape != x.shape or y.is_complex():
        kind = "complex numbers" if y.is_complex() else f"shape {tuple(y.shape)}"
        msg = f"{name} must map x to real numbers of its shape {tuple(x.shape)}, got {kind}"
        raise SinefitError(msg)
    if not y.isfinite().all():
        at = x[~y.isfinite()][0].item()
        msg = f"{name} must be finite on all points, got {y[~y.isfinite()][0].item()} at x={at:.6g}"
        raise SinefitError(msg)
    return y.double()


def differentiate(function: Function, x: Tensor) -> Tensor | None:
    """f'(x): the function's own, else torch's; None if torch cannot tell, as of numpy's operations.

    Args:
        function: perhaps one of somebody's own.
        x: (N, 1).
    """
    if (own := getattr(function, "derivative", None)) is not None:
        return evaluate(own, x, "data.function.derivative")
    try:
        found = derivatives(function, x, 1)
    except Exception:  # noqa: BLE001 - f(x) was computed; what cannot follow its graph is no mistake
        return None
    is_known = found[0].requires_grad and bool(found[1].isfinite().all())
    return found[1].detach() if is_known else None


class _Numbers:
    """A function whose settings are finite numbers, all that are not told by one `SettingsError`."""

    def __post_init__(self) -> None:
        checks = Checks()
        for field in fields(self):  # type: ignore[arg-type] # those below are dataclasses
            checks.number(field.name, getattr(self, field.name), field.default)
        checks.raise_if_any()


@dataclass(frozen=True)
class Sine(_Numbers):
    """The wave y = amplitude * sin(frequency * x + phase); frequency in radians per unit of x."""

    amplitude: float = 1.0
    frequency: float = 1.0
    phase: float = 0.0

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return self.amplitude * torch.sin(self.frequency * x + self.phase)

    def derivative(self, x: Tensor) -> Tensor:
        """Amplitude * frequency * cos(frequency * x + phase)."""
        return self.amplitude * self.frequency * torch.cos(self.frequency * x + self.phase)


@dataclass(frozen=True)
class SumOfSines:
    """The wave y = sum over k of amplitudes[k] * sin(frequencies[k] * x + phases[k]); no phases are zeros."""

    frequencies: Sequence[float] = (1.0, 4.0)
    amplitudes: Sequence[float] = (1.0, 1.0)
    phases: Sequence[float] | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        columns = {"frequencies": self.frequencies, "amplitudes": self.amplitudes}
        if self.phases is not None:
            columns["phases"] = self.phases
        for name, values in columns.items():
            is_filled = isinstance(values, list | tuple) and len(values) > 0
            checks.require(is_filled, name, values, "a list of numbers", "[1.0,4.0]")
            for k, value in enumerate(values if is_filled else ()):
                checks.number(f"{name}[{k}]", value)
        if not checks.problems:
            allowed = f"as long as frequencies ({len(self.frequencies)})"
            for name, values in columns.items():
                checks.require(len(values) == len(self.frequencies), name, values, allowed)
        checks.raise_if_any()

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return torch.stack([a * torch.sin(f * x + p) for a, f, p in self._terms()]).sum(0)

    def derivative(self, x: Tensor) -> Tensor:
        """Sum over k of amplitudes[k] * frequencies[k] * cos(frequencies[k] * x + phases[k])."""
        return torch.stack([a * f * torch.cos(f * x + p) for a, f, p in self._terms()]).sum(0)

    def _terms(self) -> Iterable[tuple[float, float, float]]:
        phases = self.phases or [0.0] * len(self.frequencies)
        return zip(self.amplitudes, self.frequencies, phases, strict=True)


@dataclass(frozen=True)
class RandomSignal:
    """A random wave of period 1: y = sum over j of j^-exponent * (a_j cos 2 pi j x + b_j sin 2 pi j x).

    a_j and b_j are normal draws that follow from `seed`, and the sum is scaled to a mean square of 1.
    Source: Tancik et al. 2020, arXiv 2006.10739, section 5: signals from 1/f^exponent noise.

    Attributes:
        exponent: 0 is white; with larger ones high frequencies are weaker.
        num_frequencies: 1 or more.
        seed: of the draws.
    """

    exponent: float = 1.0
    num_frequencies: int = 128
    seed: int = 0

    def __post_init__(self) -> None:
        checks = Checks()
        checks.not_negative("exponent", self.exponent, example=1.0)
        checks.whole("num_frequencies", self.num_frequencies, at_least=1, example=128)
        checks.seed("seed", self.seed)
        checks.raise_if_any()

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        j, a, b = self._coefficients()
        angles = 2 * math.pi * x.unsqueeze(-1) * j
        return (a * torch.cos(angles) + b * torch.sin(angles)).sum(-1)

    def derivative(self, x: Tensor) -> Tensor:
        """Its slope, of x's shape."""
        j, a, b = self._coefficients()
        angles = 2 * math.pi * x.unsqueeze(-1) * j
        return (2 * math.pi * j * (b * torch.cos(angles) - a * torch.sin(angles))).sum(-1)

    def _coefficients(self) -> tuple[Tensor, Tensor, Tensor]:
        """The numbers j, a_j and b_j, each (num_frequencies,), in double precision."""
        j = torch.arange(1, self.num_frequencies + 1, dtype=torch.float64)
        generator = torch.Generator().manual_seed(self.seed)
        draws = torch.randn((2, len(j)), generator=generator, dtype=torch.float64) * j**-self.exponent
        a, b = draws / draws.square().sum().div(2).sqrt()
        return j, a, b


@dataclass(frozen=True)
class Chirp(_Numbers):
    """The wave y = sin(frequency * x + rate * x^2): a sine whose frequency grows with x."""

    frequency: float = 0.5
    rate: float = 0.15

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return torch.sin(self.frequency * x + self.rate * x * x)

    def derivative(self, x: Tensor) -> Tensor:
        """(frequency + 2 * rate * x) * cos(frequency * x + rate * x^2)."""
        return (self.frequency + 2 * self.rate * x) * torch.cos(self.frequency * x + self.rate * x * x)


@dataclass(frozen=True)
class DampedSine(_Numbers):
    """The wave y = exp(-decay * x) * sin(frequency * x)."""

    decay: float = 0.2
    frequency: float = 2.0

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return torch.exp(-self.decay * x) * torch.sin(self.frequency * x)

    def derivative(self, x: Tensor) -> Tensor:
        """exp(-decay * x) * (frequency * cos(frequency * x) - decay * sin(frequency * x))."""
        wave, slope = torch.sin(self.frequency * x), self.frequency * torch.cos(self.frequency * x)
        return torch.exp(-self.decay * x) * (slope - self.decay * wave)


@dataclass(frozen=True)
class XSine(_Numbers):
    """The wave y = x * sin(frequency * x)."""

    frequency: float = 5.0

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y, of x's shape."""
        return x * torch.sin(self.frequency * x)

    def derivative(self, x: Tensor) -> Tensor:
        """sin(frequency * x) + frequency * x * cos(frequency * x)."""
        return torch.sin(self.frequency * x) + self.frequency * x * torch.cos(self.frequency * x)
