"""The two ways to gradients, and input derivatives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn

from sinefit.core.experiment import run
from sinefit.core.gradients import GRADIENTS, input_derivative
from sinefit.run import config_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

OPTIMIZERS = sorted(path.stem for path in (Path(config_folder()) / "optimizer").glob("*.yaml"))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("clip", ["null", "0.1"])
def test_both_gradients_give_the_same_bits(
    experiment: Callable[..., Experiment], optimizer: str, clip: str
) -> None:
    """`backward` and `autograd_grad` train to bit-equal parameters with every optimizer."""
    shared = (
        f"optimizer={optimizer}",
        "trainer.max_epochs=3",
        "data.num_points=100",
        f"trainer.gradient_clip_norm={clip}",
    )
    one, other = (run(experiment(*shared, f"trainer.gradient={name}")) for name in GRADIENTS)
    assert one.steps == other.steps == 12
    assert all(map(torch.equal, one.parameters.values(), other.parameters.values()))


def test_autograd_grad_leaves_an_unused_parameter_without_gradient() -> None:
    """A parameter that the loss does not depend on gets None from both, and no error."""
    for compute in GRADIENTS.values():
        used, unused = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
        compute((used * 3).sum(), [used, unused])
        assert used.grad is not None
        assert torch.equal(used.grad, torch.full((2,), 3.0))
        assert unused.grad is None


def test_input_derivative_equals_the_closed_form() -> None:
    """The derivative of tanh(3x) is 3 / cosh(3x)^2."""
    x = torch.linspace(-1, 1, 21, dtype=torch.float64).unsqueeze(1)
    derivative = input_derivative(lambda t: torch.tanh(3 * t), x)
    torch.testing.assert_close(derivative, 3 / torch.cosh(3 * x) ** 2, rtol=1e-12, atol=0)
    assert not derivative.requires_grad
    assert x.grad is None
