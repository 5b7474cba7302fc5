"""Numbers brought to a common size before a network sees them, and back; learned from training rows alone.

Source of the kinds: scikit-learn's `StandardScaler`, `RobustScaler` and `MinMaxScaler`: the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

Kind = Literal["standard", "robust", "minmax", "none"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Scaling:
    """One shift and one positive factor a column: scaled = (raw - shift) / factor, all in float64.

    Attributes:
        shift: (C,), in the columns' units.
        factor: (C,), in the columns' units; 1 for a column that does not vary.
    """

    shift: Tensor
    factor: Tensor

    def scale(self, raw: Tensor) -> Tensor:
        """Raw numbers (N, C) as a network sees them."""
        return (raw - self.shift.to(raw.device)) / self.factor.to(raw.device)

    def restore(self, scaled: Tensor) -> Tensor:
        """What a network sees or says (N, C) in the columns' units, in float64."""
        return scaled.double() * self.factor.to(scaled.device) + self.shift.to(scaled.device)


def learn_scaling(columns: Tensor, kind: Kind) -> Scaling:
    """The scaling of columns.

    Args:
        columns: of the training rows, (N, C), in float64, N 1 or more.
        kind: ``standard``: mean 0 and standard deviation 1; ``robust``: median 0 and interquartile range 1;
            ``minmax``: from 0 to 1; ``none``: as they are.
    """
    if kind == "standard":
        shift, factor = columns.mean(0), columns.std(0, correction=0)
    elif kind == "robust":
        quarters = torch.tensor([0.25, 0.5, 0.75], dtype=columns.dtype)
        # column by column: torch.quantile takes no more than 16 million numbers
        low, shift, high = torch.stack([_quantiles(column, quarters) for column in columns.T], dim=1)
        factor = high - low
    elif kind == "minmax":
        shift, high = columns.aminmax(dim=0)
        factor = high - shift
    else:
        shift, factor = torch.zeros(columns.shape[1:]).double(), torch.ones(columns.shape[1:]).double()
    return Scaling(shift, torch.where(factor > 0, factor, torch.ones_like(factor)))


def _quantiles(column: Tensor, at: Tensor) -> Tensor:
    """Quantiles of a column (N,), with numpy's linear interpolation."""
    ordered = column.sort().values
    places = at * (len(column) - 1)
    below = places.floor().long()
    above = places.ceil().long()
    return torch.lerp(ordered[below], ordered[above], places - below)


NETWORK = "network"
"""The name of the network within `Scaled`, which begins the names of its parameters."""


def name_scalings(inputs: Scaling, targets: Scaling) -> dict[str, Tensor]:
    """Scalings by the names that they have in the `state_dict` of `Scaled`."""
    return {
        "input_shift": inputs.shift,
        "input_factor": inputs.factor,
        "target_shift": targets.shift,
        "target_factor": targets.factor,
    }


def pick_network(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The `state_dict` of the network within `Scaled`, of that of the whole."""
    begin = f"{NETWORK}."
    return {name.removeprefix(begin): value for name, value in state.items() if name.startswith(begin)}


class Scaled(nn.Module):
    """A network that takes raw inputs (N, I) and gives raw outputs (N, O), both in float64.

    Args:
        network: maps scaled inputs to scaled outputs, in its own dtype.
        inputs: scaling of I columns.
        targets: scaling of O columns.
    """

    input_shift: Tensor
    input_factor: Tensor
    target_shift: Tensor
    target_factor: Tensor

    def __init__(self, network: nn.Module, inputs: Scaling, targets: Scaling) -> None:
        super().__init__()
        self.network = network
        for name, numbers in name_scalings(inputs, targets).items():
            self.register_buffer(name, numbers)

    def forward(self, x: Tensor) -> Tensor:
        """(N, I) to (N, O)."""
        dtype = next((p.dtype for p in self.network.parameters()), torch.float64)
        seen = ((x.double() - self.input_shift) / self.input_factor).to(dtype)
        outputs: Tensor = self.network(seen)
        return outputs.double() * self.target_factor + self.target_shift
