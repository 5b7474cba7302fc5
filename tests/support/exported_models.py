"""Networks with scalings and descriptions, as `export_model` takes them; drawn, not trained."""

from __future__ import annotations

import torch
from torch import nn

from sinefit.core.data.scaling import Scaled, learn_scaling
from sinefit.predictors.export import Description

INPUTS = ("x1", 'a "quoted"\nname', "color=red")
TARGETS = ("y", "größe")


def make_model(network: nn.Module, dtype: torch.dtype = torch.float32) -> tuple[Scaled, Description]:
    """A network on columns of very different sizes, and its description."""
    generator = torch.Generator().manual_seed(3)
    rows = torch.randn(200, 3, generator=generator, dtype=torch.float64)
    rows *= torch.tensor([1e-3, 1.0, 1e3])
    targets = 1e4 + rows[:, :2] * torch.tensor([1e5, 2.0])
    scaling = learn_scaling(rows, "standard"), learn_scaling(targets, "minmax")
    model = Scaled(network.to(dtype), *scaling).eval()
    spreads = tuple(model.input_factor.tolist())
    return model, Description(INPUTS, TARGETS, tuple(model.input_shift.tolist()), spreads, ("a note",))


class Own(nn.Module):
    """A module of somebody's own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3) to (N, 2)."""
        return torch.where(x[:, :2] > 0, self.layer(x), -self.layer(x))
