"""From a function to the points that a run trains on and is judged by; independent of models.

Points are drawn in float64, as numpy has them, with one input and one output each: (N, 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

from sinefit.core.checks import Checks, is_number
from sinefit.core.data.points import Points, Samples
from sinefit.core.functions import differentiate, evaluate
from sinefit.core.seeding import generator_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.functions import Function


@dataclass(frozen=True)
class SampledFunction:
    """Points of a function on [lower, upper].

    Attributes:
        function: what is fitted.
        lower: where the training interval begins.
        upper: where it ends, above `lower`.
        num_points: number of points, held-out ones included.
        spacing: ``even`` (`numpy.linspace`, both ends included) or ``random`` (uniform, sorted).
        noise_std: standard deviation of the normal noise on the targets, in the targets' unit.
        batch_size: points in a batch.
        shuffle: whether each epoch draws a new order.
        validation_share: share of the points held out for validation, from 0 to below 1.
        num_evaluation_points: points of the evaluation grid: the middles of that many equal cells.
        extrapolation: an interval [a, b] outside the training interval, or None.
        gap: an interval [a, b] within the training interval that holds no training points, or None.

    Raises:
        SettingsError: if a setting is out of range; all such settings at once.
    """

    function: Function
    lower: float
    upper: float
    num_points: int = 1000
    spacing: Literal["even", "random"] = "even"
    noise_std: float = 0.0
    batch_size: int = 32
    shuffle: bool = True
    validation_share: float = 0.0
    num_evaluation_points: int = 2000
    extrapolation: Sequence[float] | None = None
    gap: Sequence[float] | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        checks.require(
            callable(self.function),
            "function",
            self.function,
            "a function of x, or an object with __call__(x)",
        )
        checks.number("lower", self.lower)
        checks.number("upper", self.upper)
        is_bounded = is_number(self.lower) and is_number(self.upper)
        if is_bounded:
            above = f"above lower={self.lower}"
            checks.require(self.upper > self.lower, "upper", self.upper, above, self.lower + 1)
        checks.whole("num_points", self.num_points, at_least=2, example=1000)
        checks.choice("spacing", self.spacing, ("even", "random"))
        checks.not_negative("noise_std", self.noise_std, example=0.1)
        checks.whole("batch_size", self.batch_size, at_least=1, example=32)
        checks.truth("shuffle", self.shuffle)
        checks.share("validation_share", self.validation_share, example=0.2)
        checks.whole("num_evaluation_points", self.num_evaluation_points, at_least=2, example=2000)
        if is_bounded:
            self._check_intervals(checks)
        if not checks.problems:
            trained = self.num_points - self._num_validation_points()
            allowed = f"so small that a point is left for training (of {self.num_points})"
            checks.require(trained >= 1, "validation_share", self.validation_share, allowed, 0.2)
        checks.raise_if_any()

    def _check_intervals(self, checks: Checks) -> None:
        lower, upper, outside, gap = self.lower, self.upper, self.extrapolation, self.gap
        checks.require(
            outside is None or (_is_interval(outside) and (outside[1] <= lower or upper <= outside[0])),
            "extrapolation",
            outside,
            f"null or an interval [a,b] outside of lower={lower} to upper={upper}, a below b",
            f"[{upper},{2 * upper - lower}]",
        )
        checks.require(
            gap is None or (_is_interval(gap) and lower < gap[0] and gap[1] < upper),
            "gap",
            gap,
            f"null or an interval [a,b] within lower={lower} to upper={upper}, a below b",
        )

    def draw(self, seed: int) -> Samples:
        """The points of the run with this seed; positions, noise and split have draws of their own."""
        inputs = self._positions(seed)
        targets = evaluate(self.function, inputs)
        if self.noise_std > 0:
            generator = generator_for(seed, "noise")
            noise = torch.randn(targets.shape, generator=generator, dtype=torch.float64)
            targets = targets + self.noise_std * noise
        training, validation = self._split(Points(inputs, targets), seed)
        extrapolation = None if self.extrapolation is None else self._grid(self.extrapolation)
        return Samples(training, validation, self._grid((self.lower, self.upper)), extrapolation)

    def _positions(self, seed: int) -> Tensor:
        gap_start, gap_end = self.gap or (self.upper, self.upper)
        end = self.upper - (gap_end - gap_start)
        if self.spacing == "even":  # numpy's formula: torch's own differs in the last bits
            step = (end - self.lower) / (self.num_points - 1)
            inputs = torch.arange(self.num_points, dtype=torch.float64) * step + self.lower
            inputs[-1] = end
        else:
            generator = generator_for(seed, "positions")
            uniform = torch.rand(self.num_points, generator=generator, dtype=torch.float64).sort().values
            inputs = self.lower + (end - self.lower) * uniform
        if self.gap is not None:  # points beyond its start are moved to behind its end
            inputs = torch.where(inputs > gap_start, inputs + (gap_end - gap_start), inputs)
        return inputs.unsqueeze(1)

    def _num_validation_points(self) -> int:
        return 0 if self.validation_share == 0 else max(1, round(self.validation_share * self.num_points))

    def _split(self, points: Points, seed: int) -> tuple[Points, Points | None]:
        held_out = self._num_validation_points()
        if held_out == 0:
            return points, None
        order = torch.randperm(self.num_points, generator=generator_for(seed, "validation"))
        validation, training = order[:held_out].sort().values, order[held_out:].sort().values
        return (
            Points(points.inputs[training], points.targets[training]),
            Points(points.inputs[validation], points.targets[validation]),
        )

    def _grid(self, interval: Sequence[float]) -> Points:
        lower, upper = interval
        cells = torch.arange(self.num_evaluation_points, dtype=torch.float64).unsqueeze(1)
        inputs = lower + (cells + 0.5) * ((upper - lower) / self.num_evaluation_points)
        return Points(inputs, evaluate(self.function, inputs), differentiate(self.function, inputs))


def _is_interval(value: Sequence[float]) -> bool:
    """Whether `value` is a pair of finite numbers, the first below the second."""
    pair = list(value) if isinstance(value, list | tuple) else []
    return len(pair) == 2 and all(map(is_number, pair)) and pair[0] < pair[1]  # noqa: PLR2004 - a pair
