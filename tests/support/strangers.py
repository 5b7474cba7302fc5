"""Parts that a user could have written, in a module outside the package."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from sinefit.core import plain
from sinefit.core.data import Points, Samples
from sinefit.core.stopping import Stopping
from sinefit.core.trainer import Trainer

if TYPE_CHECKING:
    from torch import Tensor


class Twice(nn.Module):
    """Two branches, added."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.left = nn.Sequential(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, 1))
        self.right = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1) to (N, 1)."""
        return self.left(x) + self.right(x)


class Square:
    """y = x^2."""

    def __call__(self, x: Tensor) -> Tensor:
        """Compute y."""
        return x * x

    def derivative(self, x: Tensor) -> Tensor:
        """2x."""
        return 2 * x


def fourth_power(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean of the errors' fourth power."""
    return ((prediction - target) ** 4).mean()


class SignSGD(torch.optim.Optimizer):
    """Steps by the sign of the gradient."""

    def __init__(self, params: list[nn.Parameter], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Move each parameter by lr against its gradient's sign."""
        del closure
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.sub_(group["lr"] * parameter.grad.sign())


@dataclass(frozen=True)
class Plane:
    """A data set of one's own: y = a + 2b on a grid, two inputs, no derivatives."""

    batch_size: int = 5
    shuffle: bool = True

    def draw(self, seed: int) -> Samples:
        """25 points."""
        del seed
        grid = torch.cartesian_prod(torch.linspace(0, 1, 5), torch.linspace(0, 1, 5))
        points = Points(grid, (grid[:, :1] + 2 * grid[:, 1:]))
        return Samples(points, None, points, None)


class Explodes(nn.Module):
    """A model with a bug: it raises once it is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Raise in training."""
        if self.training:
            msg = "kaboom"
            raise RuntimeError(msg)
        return self.layer(x)


class Confused(Explodes):
    """A model with a bug that shows whenever it is called."""

    def forward(self, x: Tensor) -> Tensor:
        """Look up what is not there."""
        return {"y": x}["z"]


class Leaves(Explodes):
    """A model whose code calls sys.exit."""

    def forward(self, x: Tensor) -> Tensor:
        """Leave in training."""
        if self.training:
            sys.exit(3)
        return self.layer(x)


class Moody(Explodes):
    """A model that raises while the environment variable KABOOM is set."""

    def forward(self, x: Tensor) -> Tensor:
        """Raise, or not."""
        return super().forward(x) if os.environ.get("KABOOM") else self.layer(x)


def kill_me_later(**settings: Any) -> Trainer:
    """A trainer whose process is killed in the fortieth epoch."""

    class Mortal(Stopping):
        epochs = 0

        def end_epoch(self, *losses: Any) -> Any:
            Mortal.epochs += 1
            if Mortal.epochs == 40:
                os.kill(os.getpid(), signal.SIGKILL)
            return super().end_epoch(*losses)

    plain.Stopping = Mortal  # type: ignore[misc]
    return Trainer(**settings)
