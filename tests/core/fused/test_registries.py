"""One entry in a table, from outside the package, makes an activation, a loss or an optimizer a fast one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from sinefit.core.activations import ACTIVATIONS, Activation
from sinefit.core.fused.rule import FAMILIES, Coefficients
from sinefit.core.losses.pointwise import POINTWISE_LOSSES, PointwiseLoss
from sinefit.core.run import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

    Make = Callable[..., Experiment]

BASE = ("data.num_points=50", "data.batch_size=16", "trainer.max_epochs=5", "dtype=float64")


def assert_native_is_plain(experiment: Experiment) -> None:
    """The C program trains the run, and as the plain engine does, within 1e-12."""
    native, plain = run(replace(experiment, engine="native")), run(replace(experiment, engine="plain"))
    assert (native.engine, native.steps) == ("native", plain.steps)
    for name, value in plain.parameters.items():
        torch.testing.assert_close(native.parameters[name], value, rtol=1e-12, atol=1e-12)
    losses = [[row.train_loss for row in outcome.history] for outcome in (native, plain)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert native.metrics["derivative_rmse"] == pytest.approx(plain.metrics["derivative_rmse"], rel=1e-10)


@pytest.mark.parametrize("module", [nn.Softplus(), nn.Softplus(beta=2.0)])
def test_an_activation(experiment: Make, monkeypatch: pytest.MonkeyPatch, module: nn.Module) -> None:
    """Softplus by its name, and as a module with another setting than by default."""
    softplus = Activation(
        nn.Softplus, "log1p(exp(factor * z)) / factor", "d * sigmoid(factor * z)", factor="beta"
    )
    monkeypatch.setitem(ACTIVATIONS, "softplus", softplus)
    assert_native_is_plain(experiment(*BASE, "model.activation=softplus", "optimizer=adam"))
    model = partial(nn.Sequential, nn.Linear(1, 7), module, nn.Linear(7, 1))
    assert_native_is_plain(replace(experiment(*BASE), model=lambda: model().double()))


def test_another_setting_than_the_tables(experiment: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module with a setting that its expressions do not know is left to torch."""
    monkeypatch.setitem(
        ACTIVATIONS, "elu", Activation(nn.ELU, "z > 0 ? z : expm1(z)", "z > 0 ? d : d * exp(z)")
    )
    single = experiment(*BASE, "model.activation=elu")
    assert_native_is_plain(single)
    other = replace(single, model=lambda: nn.Sequential(nn.Linear(1, 6), nn.ELU(0.5), nn.Linear(6, 1)))
    assert run(other).engine == "plain"


class LogCosh(nn.Module):
    """The mean of log cosh(scale * error)."""

    reduction = "mean"

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """A scalar."""
        return torch.log(torch.cosh(self.scale * (prediction - target))).mean()


def test_a_loss(experiment: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss of one's own, with a setting."""
    expressions = PointwiseLoss("log(cosh(factor * e))", "factor * tanh(factor * e)", factor="scale")
    monkeypatch.setitem(POINTWISE_LOSSES, LogCosh, expressions)
    assert_native_is_plain(replace(experiment(*BASE), loss=LogCosh(1.5)))


@pytest.mark.parametrize(
    "loss", [nn.SmoothL1Loss(beta=0.0), nn.SmoothL1Loss(beta=0.3), nn.HuberLoss(delta=0.2)]
)
def test_a_loss_at_its_settings(experiment: Make, loss: nn.Module) -> None:
    """The losses of torch with a setting, also at its edge."""
    assert_native_is_plain(replace(experiment(*BASE), loss=loss))


class HeavyBall(torch.optim.Optimizer):
    """SGD with momentum (Polyak 1964): m <- momentum m + g, p <- p - lr m."""

    def __init__(self, params: Any, lr: float, momentum: float) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take a step."""
        del closure
        for group in self.param_groups:
            for p in group["params"]:
                velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
                velocity.mul_(group["momentum"]).add_(p.grad)
                p.sub_(group["lr"] * velocity)


@pytest.mark.parametrize("scheduler", ["constant", "cosine"])
def test_an_optimizer(experiment: Make, monkeypatch: pytest.MonkeyPatch, scheduler: str) -> None:
    """An optimizer of one's own that is an instance of the rule."""
    monkeypatch.setitem(FAMILIES, HeavyBall, lambda group: Coefficients(keep_m=group["momentum"]))
    single = experiment(*BASE, f"scheduler={scheduler}")
    assert_native_is_plain(replace(single, optimizer=partial(HeavyBall, lr=0.01, momentum=0.8)))
