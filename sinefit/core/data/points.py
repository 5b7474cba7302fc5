"""The points of one run: what it trains on and what it is judged by; knows no source and no model.

Points come in float64 and are cast to the run's dtype once. Their tensors have the shapes (N, I) and (N, O):
N points, I inputs and O outputs each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from sinefit.core.data.scaling import NETWORK, name_scalings
from sinefit.core.prediction import MOST_POINTS, spread_indices
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from sinefit.core.data.scaling import Scaling


@dataclass(frozen=True)
class Points:
    """Inputs (N, I), targets (N, O) and, where they are known, derivatives d target / d input (N, I)."""

    inputs: Tensor
    targets: Tensor
    derivatives: Tensor | None = None

    def to(self, device: torch.device, dtype: torch.dtype) -> Points:
        """The same points on `device`, their numbers cast to `dtype`.

        Args:
            device: of the run.
            dtype: of the run.
        """
        known = None if self.derivatives is None else _cast(self.derivatives, device, dtype)
        return Points(_cast(self.inputs, device, dtype), _cast(self.targets, device, dtype), known)


def _cast(column: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    low, high = column.aminmax()
    largest = max(-float(low), float(high))
    if largest > torch.finfo(dtype).max:
        name = str(dtype).removeprefix("torch.")
        msg = f"data cannot be drawn: they reach {largest:.3g}, which is beyond {name}; type smaller numbers"
        raise SinefitError(msg)
    return column.to(device, dtype)


@dataclass(frozen=True)
class Samples:
    """All points of one run.

    Of a table, inputs and targets are scaled: what the network sees, and what it is to say.

    Attributes:
        training: what the loss is minimized on, noise included.
        validation: held out of training, noise included; None if nothing is held out.
        evaluation: the metrics are computed here: of a function without noise and off the training points; of
            a table the rows that validate, or those that train where none do.
        extrapolation: without noise, outside the training interval; None if not asked for.
        test: rows of a table that nothing but the last metrics looks at; None if there are none.
        table: how the numbers came from a table; None of a function.
    """

    training: Points
    validation: Points | None
    evaluation: Points
    extrapolation: Points | None
    test: Points | None = None
    table: TableFacts | None = None

    def to(self, device: torch.device, dtype: torch.dtype) -> Samples:
        """The same samples on `device`, their numbers cast to `dtype`; runs that ask alike share them.

        Args:
            device: of the run.
            dtype: of the run.

        Raises:
            SinefitError: if a number is too large for `dtype`.
        """
        if (self.training.inputs.device, self.training.inputs.dtype) == (device, dtype):
            return self
        if (device, dtype) not in self._casts:
            parts = ("training", "validation", "evaluation", "extrapolation", "test")
            points = {id(part): part for name in parts if (part := getattr(self, name)) is not None}
            cast = {key: part.to(device, dtype) for key, part in points.items()}
            each: dict[str, Any] = {name: cast.get(id(getattr(self, name))) for name in parts}
            self._casts[device, dtype] = replace(self, **each)
        return self._casts[device, dtype]

    @cached_property
    def _casts(self) -> dict[tuple[torch.device, torch.dtype], Samples]:
        return {}

    @property
    def num_inputs(self) -> int:
        """Numbers in an input, I."""
        return self.evaluation.inputs.shape[1]

    @property
    def num_targets(self) -> int:
        """Numbers in a target, O; derivatives that a loss fits are not among them."""
        return self.evaluation.targets.shape[1]

    @property
    def has_derivatives(self) -> bool:
        """Whether the derivatives of the evaluation points are known, and are those of one output."""
        return self.evaluation.derivatives is not None and self.num_targets == 1

    def restore(self, outputs: Tensor) -> Tensor:
        """Targets, or what a network says (N, O), in the targets' unit and in float64."""
        return outputs.double() if self.table is None else self.table.targets.restore(outputs)

    @property
    def shown(self) -> list[Points]:
        """What a fit is shown on: the points of evaluation, then those of extrapolation, if there are any."""
        return [self.evaluation] if self.extrapolation is None else [self.evaluation, self.extrapolation]

    @cached_property
    def drawn_inputs(self) -> Tensor | None:
        """Inputs (N,) of the points that show a fit, in their unit, on the CPU; None of several variables."""
        if self.num_inputs != 1:
            return None
        inputs = [points.inputs for points in self.shown]
        return self.pick_drawn(inputs if self.table is None else [self.table.inputs.restore(inputs[0])])

    @cached_property
    def drawn_targets(self) -> Tensor:
        """Targets (N,) of the points that show a fit, in their unit, on the CPU; the same for all runs."""
        targets = [points.targets for points in self.shown]
        return self.pick_drawn(targets if self.table is None else [self.restore(targets[0])])

    def pick_drawn(self, parts: Sequence[Tensor]) -> Tensor:
        """The numbers of the points that show a fit, on the CPU.

        Args:
            parts: (N, 1), of the points of evaluation, then those of extrapolation.
        """
        return torch.cat(list(parts)).flatten()[self.drawn].cpu()

    @cached_property
    def drawn(self) -> Tensor | None:
        """Which points show a fit: indices into those of evaluation, then of extrapolation.

        Inputs of one variable ascend; rows of a table with several stay in its order. None for functions of
        several variables, and for several outputs.
        """
        if self.num_targets != 1 or (self.num_inputs != 1 and self.table is None):
            return None
        if self.num_inputs == 1:
            order = torch.cat([points.inputs for points in self.shown]).flatten().argsort()
        else:
            order = torch.arange(len(self.evaluation.inputs))
        return order[torch.tensor(spread_indices(len(order), MOST_POINTS))]


@dataclass(frozen=True)
class TableFacts:
    """How a run's numbers came from a table: what a saved model needs, so that it takes raw rows.

    Attributes:
        inputs: the scaling of I inputs.
        targets: the scaling of O targets.
        target_names: columns of the table, O of them.
        baselines: metrics of predictors that need no network, by name.
        description: what is recorded: the file, its columns, and how many rows each part has.
        notes: what should be said of it, a sentence each.
    """

    inputs: Scaling
    targets: Scaling
    target_names: tuple[str, ...]
    baselines: Mapping[str, float]
    description: Mapping[str, Any]
    notes: tuple[str, ...] = ()

    def complete(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The `state_dict` of a network and the scaling, as of `sinefit.core.data.scaling.Scaled`."""
        network = {f"{NETWORK}.{name}": value for name, value in parameters.items()}
        return network | name_scalings(self.inputs, self.targets)
