"""Losses of derivatives in a stack, against the plain engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from composing import run_by

from sinefit.core.fused import plan_stacks
from sinefit.core.plain import run_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

    Make = Callable[..., Experiment]

LOSSES = {
    "sobolev": ("loss=sobolev",),
    "sobolev of order 2": ("loss=sobolev", "loss.weights=[1,1,0.1]"),
    "ode": ("loss=ode", "loss.frequency=2", "data.function.frequency=2"),
}
SHARED = ("model.activation=tanh", "dtype=float64", "data.num_points=50", "data.validation_share=0.2")


def assert_equal(experiments: list[Experiment], engine: str) -> None:
    """Parameters and both losses are the plain engine's, within rounding."""
    for fused, plain in zip(run_by(engine, experiments), map(run_plain, experiments), strict=True):
        assert fused.engine == engine
        for name, value in plain.parameters.items():
            torch.testing.assert_close(fused.parameters[name], value, rtol=1e-12, atol=1e-12)
        for ours, theirs in zip(fused.history, plain.history, strict=True):
            assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-12)
            assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_stacks_equal_runs_alone(experiment: Make, loss: tuple[str, ...]) -> None:
    """Two seeds with two optimizers, a smaller last batch among theirs."""
    each = [("seed=1", "optimizer=adam"), ("seed=2", "optimizer=sgd")]
    assert_equal([experiment(*SHARED, *loss, *own, "trainer.max_epochs=4") for own in each], "eager")


def test_compiled_stacks_equal_runs_alone(experiment: Make) -> None:
    """With whole numbers as weights, which must not become symbols of the compiler."""
    loss = ("loss=sobolev", "loss.weights=[2,3]")
    each = [("seed=1",), ("seed=2",)]
    assert_equal([experiment(*SHARED, *loss, *own, "trainer.max_epochs=2") for own in each], "compiled")


def test_losses_separate_stacks(experiment: Make) -> None:
    """Runs with other weights, or without derivatives, on the same points."""
    losses = (("loss=sobolev",), ("loss=sobolev", "loss.weights=[1,2]"), ("loss=mse",))
    experiments = [experiment(*SHARED, *loss, f"seed={seed}") for loss in losses for seed in (0, 1)]
    assert sorted(map(sorted, plan_stacks(experiments).stacks())) == [[0, 1], [2, 3], [4, 5]]
