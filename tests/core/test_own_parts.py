"""Parts that somebody could have written: what is taken, and what is refused with which words."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from composing import make_experiment
from torch import nn
from torch.optim.lr_scheduler import OneCycleLR, ReduceLROnPlateau

from sinefit.core.data import SampledFunction
from sinefit.core.fused import plan_stacks
from sinefit.core.run import check, run
from sinefit.errors import SettingsError, SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sinefit.core.experiment import Experiment


@pytest.fixture
def quick(hydra_restore_singletons: None) -> Experiment:
    """An experiment of five epochs."""
    del hydra_restore_singletons
    return make_experiment("trainer=quick", "data.num_points=40", "data.batch_size=8")


FUNCTIONS: list[tuple[Callable[[Any], Any], bool]] = [
    (torch.sin, True),
    (lambda x: np.sin(x.numpy()), False),
    (lambda x: [[math.sin(value)] for value in x.flatten().tolist()], False),
]


@pytest.mark.parametrize(("function", "has_slope"), FUNCTIONS)
def test_a_plain_function(function: Callable[[Any], Any], *, has_slope: bool) -> None:
    """Values by torch, numpy or lists are numpy's sine; the slope is torch's cosine, or is not known."""
    points = SampledFunction(function, -1.0, 2.0).draw(0).evaluation  # type: ignore[arg-type]
    assert np.allclose(points.targets, np.sin(points.inputs.numpy()), rtol=1e-15)
    assert (points.derivatives is not None) is has_slope
    if points.derivatives is not None:
        assert np.allclose(points.derivatives, np.cos(points.inputs.numpy()), rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x.flatten(), r"of its shape \(1000, 1\), got shape \(1000,\)"),
        (torch.log, "must be finite on all points, got nan at x=-1"),
        (
            lambda _: {}["z"],
            r"data.function cannot be computed: KeyError: 'z' \(test_own_parts.py, line \d+\)",
        ),
        (math.sin, "data.function cannot be computed: "),
    ],
)
def test_a_function_that_cannot_be_fitted(function: Any, message: str) -> None:
    """Another shape, values that are not finite and errors of one's own are told in one sentence."""
    with pytest.raises(SinefitError, match=message):
        SampledFunction(function, -1.0, 2.0).draw(0)


class Net(nn.Module):
    """A small model whose outputs are changed by a function of input and output."""

    def __init__(self, change: Callable[[Tensor, Tensor], Any]) -> None:
        super().__init__()
        self.layer, self.change = nn.Linear(1, 1), change

    def forward(self, x: Tensor) -> Any:
        """(N, 1) to whatever the change makes of it."""
        return self.change(x, self.layer(x))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: (x, y), "must return a tensor of shape .* got tuple"),
        (lambda _, y: {"y": y}, "must return a tensor of shape .* got dict"),
        (lambda _, y: y.detach(), "no gradient by the model's parameters"),
        (lambda _, y: {}[y], r"model cannot take inputs .*KeyError.*\(test_own_parts.py, line"),
    ],
)
def test_a_model_that_cannot_be_trained(quick: Experiment, change: Any, message: str) -> None:
    """Other outputs than a tensor with a gradient are refused before the run."""
    with pytest.raises(SinefitError, match=message):
        check(replace(quick, model=partial(Net, change)))


def test_a_model_that_does_not_look_at_x(quick: Experiment) -> None:
    """Its derivative is zero, and it is trained like any other."""
    outcome = run(replace(quick, model=partial(Net, lambda x, y: y.mean().expand(len(x), 1))))
    assert outcome.metrics["derivative_rmse"] == pytest.approx(math.sqrt(0.5), rel=1e-2)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda p, t: p - t, "one number without dimensions, as of .*, got shape"),
        (lambda _, __: 3.0, "one number without dimensions, as of .*, got float"),
        (lambda p, _: p["q"], "loss cannot be computed: "),
    ],
)
def test_a_loss_that_is_no_number(quick: Experiment, loss: Any, message: str) -> None:
    """A loss of one's own is tried on two points before the run."""
    with pytest.raises(SinefitError, match=message):
        check(replace(quick, loss=loss))


def test_batch_norm_needs_more_than_one_point(quick: Experiment) -> None:
    """A last batch of one is refused with a size that leaves none."""

    def model() -> nn.Module:
        return nn.Sequential(nn.Linear(1, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))

    data = replace(quick.data, batch_size=13)  # type: ignore[type-var]
    with pytest.raises(SinefitError, match=r"batch of one of 40 points.*data.batch_size=14"):
        check(replace(quick, model=model, data=data))
    check(replace(quick, model=model, data=replace(data, batch_size=14)))  # type: ignore[type-var]


class Recurrent(nn.Module):
    """A model with a recurrent layer."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.layer, self.last = getattr(nn, kind)(1, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1) to (N, 1)."""
        outputs: Tensor = self.last(self.layer(x.unsqueeze(1))[0][:, -1])
        return outputs


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_recurrent_layers_are_trained_singly(quick: Experiment, kind: str) -> None:
    """torch.func cannot vectorize them, which is the reason that is told."""
    plan = plan_stacks([replace(quick, model=partial(Recurrent, kind))])
    assert plan.unstackable == {0: f"model Recurrent has a {kind}, which torch.func cannot vectorize"}


def test_a_schedule_that_follows_the_loss(quick: Experiment) -> None:
    """ReduceLROnPlateau gets each epoch's loss: with a loss that never falls, it falls after its patience."""
    scheduler: Any = partial(ReduceLROnPlateau, patience=1, factor=0.5, threshold=1e9, threshold_mode="abs")
    history = run(replace(quick, scheduler=scheduler)).history
    assert [row.lr for row in history] == [0.01, 0.01, 0.01, 0.005, 0.005]


def test_one_cycle_with_too_few_steps(quick: Experiment) -> None:
    """It would end in the middle of the run, and is refused at the start."""
    scheduler: Any = partial(OneCycleLR, max_lr=0.1, total_steps=3)
    with pytest.raises(SettingsError, match=r"total_steps must be trainer.max_epochs=5 or more, got 3"):
        check(replace(quick, scheduler=scheduler))


def test_seeds_that_torch_cannot_tell_apart(quick: Experiment) -> None:
    """Torch's generator takes 32 bits: a seed from 2^32 on would be another's twin."""
    assert torch.equal(
        torch.rand(3, generator=torch.Generator().manual_seed(2**32 + 5)),
        torch.rand(3, generator=torch.Generator().manual_seed(5)),
    )
    with pytest.raises(SettingsError, match=r"below 2\^32.*got 4294967301; type for example seed=5"):
        replace(quick, seed=2**32 + 5)


def test_a_target_that_no_loss_reaches(quick: Experiment) -> None:
    """A negative target is refused with a loss that is never negative, and not with one's own."""
    trainer = replace(quick.trainer, target_loss=-1.0)
    with pytest.raises(SettingsError, match=r"trainer\.target_loss must be a finite number, 0 or more"):
        replace(quick, trainer=trainer)
    replace(quick, trainer=trainer, loss=lambda prediction, target: (prediction - target).mean())
