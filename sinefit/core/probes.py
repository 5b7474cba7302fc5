"""What is measured of a network while it is trained; knows no engine.

A probe looks at the network every few epochs. What it saw is a `ProbeLog`; what that says of the whole run
joins the run's metrics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import torch

from sinefit.core.checks import Checks, is_number
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sinefit.core.data import Samples

    Predict = Callable[[Tensor], Tensor]

HALF = 0.5
LEAST = 1e-6
"""Below this share of the target's largest value an amplitude is a rounding error; it divides nothing."""


@dataclass
class ProbeLog:
    """What a probe saw of a run.

    Attributes:
        names: of the numbers, in their order.
        steps: optimizer steps after which it looked.
        rows: the numbers, a row a look.
    """

    names: tuple[str, ...]
    steps: list[int] = field(default_factory=list)
    rows: list[tuple[float, ...]] = field(default_factory=list)

    def column(self, name: str) -> list[float]:
        """One of the numbers over all looks."""
        at = self.names.index(name)
        return [row[at] for row in self.rows]


class Probe(Protocol):
    """What looks at a network; one of one's own needs just this."""

    @property
    def every(self) -> int:
        """Epochs between two looks."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the numbers that it sees."""

    def look(self, samples: Samples, predict: Predict) -> tuple[float, ...]:
        """The numbers, in the order of `names`.

        Args:
            samples: the run's points.
            predict: the network, from inputs (N, I) to outputs (N, O).
        """

    def summarize(self, log: ProbeLog) -> dict[str, float]:
        """What all looks together say, as metrics of the run."""


@dataclass(frozen=True)
class Spectrum:
    """How much of some frequencies of the target a network has learned.

    c(f) = 2/N sum_j y(x_j) exp(-i w x_j) over the evaluation points, for the network and for the target;
    the metrics are ``amplitude_F = |c_network| / |c_target|`` and
    ``spectral_error_F = |c_network - c_target| / |c_target|``.
    Both are nan where the target has nothing of a frequency but rounding errors.
    Sources: Rahaman et al. 2019, arXiv 1806.08734, section 2; Xu et al. 2019, arXiv 1901.06523, eq. 5.

    Attributes:
        frequencies: F, as many as wanted, each above 0 and once.
        unit: ``radians`` or ``cycles``, per unit of x.
        every: epochs between two looks, 1 or more.

    Raises:
        SettingsError: if a setting is out of range; all such settings at once.
    """

    frequencies: Sequence[float]
    unit: Literal["radians", "cycles"] = "radians"
    every: int = 10

    def __post_init__(self) -> None:
        checks = Checks()
        is_list = isinstance(self.frequencies, Sequence) and not isinstance(self.frequencies, str)
        holds = is_list and all(is_number(f) and f > 0 for f in self.frequencies)
        is_unique = holds and 0 < len(set(self.frequencies)) == len(self.frequencies)
        allowed = "different numbers above 0, one or more"
        checks.require(is_unique, "frequencies", self.frequencies, allowed, "[1,4]")
        checks.choice("unit", self.unit, ("radians", "cycles"))
        checks.whole("every", self.every, at_least=1, example=10)
        checks.raise_if_any()

    @property
    def names(self) -> tuple[str, ...]:
        """The amplitudes, then the errors."""
        kinds = ("amplitude", "spectral_error")
        return tuple(f"{kind}_{frequency:g}" for kind in kinds for frequency in self.frequencies)

    def look(self, samples: Samples, predict: Predict) -> tuple[float, ...]:
        """Amplitudes and errors of a network with one input and one output."""
        points = samples.evaluation
        ours, theirs = self._project(points.inputs, predict(points.inputs), points.targets)
        sizes = theirs.abs()
        sizes[sizes < LEAST * points.targets.double().abs().max()] = math.nan
        amplitudes, errors = ours.abs() / sizes, (ours - theirs).abs() / sizes
        return *amplitudes.tolist(), *errors.tolist()

    def summarize(self, log: ProbeLog) -> dict[str, float]:
        """The last look, and after which step each frequency first had half of its amplitude; nan: never."""
        if not log.rows:
            return {}
        metrics = dict(zip(log.names, log.rows[-1], strict=True))
        for frequency in self.frequencies:
            seen = zip(log.steps, log.column(f"amplitude_{frequency:g}"), strict=True)
            reached = (float(step) for step, amplitude in seen if amplitude >= HALF)
            metrics[f"half_step_{frequency:g}"] = next(reached, math.nan)
        return metrics

    def _project(self, inputs: Tensor, *outputs: Tensor) -> tuple[Tensor, ...]:
        """The coefficients c (F,) of each of some outputs (N, 1), in double precision."""
        factor = 2 * math.pi if self.unit == "cycles" else 1.0
        frequencies = factor * torch.tensor(self.frequencies, dtype=torch.float64, device=inputs.device)
        waves = torch.exp(-1j * inputs.double() * frequencies) * (2 / len(inputs))
        return tuple((waves * y.double()).sum(0) for y in outputs)


def check_probe(probe: Probe | None, samples: Samples) -> None:
    """Refuse points that a probe of sinefit cannot look at.

    Args:
        probe: of a run; None for none.
        samples: the run's points.

    Raises:
        SinefitError: if a spectrum is to be taken of several inputs or outputs.
    """
    if isinstance(probe, Spectrum) and (samples.num_inputs, samples.num_targets) != (1, 1):
        sizes = f"{samples.num_inputs} and {samples.num_targets}"
        msg = (
            f"probe=spectrum needs data of one input and one output, got {sizes}; type for example probe=null"
        )
        raise SinefitError(msg)


class Watch:
    """A probe at work on one run.

    Args:
        probe: what looks; None for nothing.
        samples: the run's points.

    Attributes:
        log: what it has seen; None without a probe.
    """

    def __init__(self, probe: Probe | None, samples: Samples) -> None:
        self.probe = probe
        self.samples = samples
        self.log = None if probe is None else ProbeLog(tuple(probe.names))

    def look_if_due(self, epoch: int, steps: int, predict: Predict) -> None:
        """Look at the network after an epoch, if it is time to.

        Args:
            epoch: its number, from 1.
            steps: the optimizer's steps so far.
            predict: the network, from inputs (N, I) to outputs (N, O).
        """
        if self.probe is not None and self.log is not None and epoch % self.probe.every == 0:
            row = tuple(self.probe.look(self.samples, predict))
            self.log.steps.append(steps)
            self.log.rows.append(row)

    def summarize(self) -> dict[str, float]:
        """What all looks together say, as metrics of the run."""
        return {} if self.probe is None or self.log is None else self.probe.summarize(self.log)
