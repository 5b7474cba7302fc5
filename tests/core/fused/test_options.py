"""Every option of the optimizers that fuse: equal to the plain loop, or unstackable with a reason told."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import torch
from composing import run_by
from test_equality import assert_equal
from torch import optim

from sinefit.core.fused import plan_stacks
from sinefit.core.fused.rule import FAMILIES
from sinefit.core.plain import run_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

    Make = Callable[..., Experiment]

ADAMS = (optim.Adam, optim.AdamW)
FUSED: list[tuple[tuple[type[optim.Optimizer], ...], dict[str, Any]]] = [
    (FAMILIES, {"lr": 0.02, "weight_decay": 0.1}),
    (FAMILIES, {"foreach": True}),
    ((optim.SGD, *ADAMS, optim.Adagrad), {"fused": True}),
    ((optim.SGD,), {"momentum": 0.5, "weight_decay": 0.1}),
    ((optim.SGD,), {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    ((optim.SGD,), {"dampening": 0.5}),  # means nothing without momentum
    (ADAMS, {"betas": [0.5, 0.9], "eps": 1e-3}),
    (ADAMS, {"betas": (0.0, 0.0)}),
    (ADAMS, {"eps": 0.0}),  # dead units: 0 / 0, diverged
    ((optim.Adam,), {"decoupled_weight_decay": True, "weight_decay": 0.1}),
    ((optim.RMSprop,), {"alpha": 0.5, "momentum": 0.5, "weight_decay": 0.1, "eps": 1e-3}),
    ((optim.RMSprop,), {"alpha": 0.0, "momentum": 0.5}),
    ((optim.Adagrad,), {"lr_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-3}),
]
UNSTACKABLE: list[tuple[tuple[type[optim.Optimizer], ...], dict[str, Any], str]] = [
    (FAMILIES, {"maximize": True}, "uses maximize"),
    (ADAMS, {"amsgrad": True}, "uses amsgrad"),
    ((*ADAMS, optim.RMSprop), {"capturable": True}, "uses capturable"),
    ((optim.RMSprop,), {"centered": True}, "uses centered"),
    ((optim.SGD,), {"momentum": 0.5, "dampening": 0.5}, "uses dampening"),
    (ADAMS, {"betas": (torch.tensor(0.9), torch.tensor(0.99))}, "has tensors among its numbers"),
    (FAMILIES, {"lr": 1e39}, "has a number beyond float32"),  # torch refuses to step
    (FAMILIES, {"weight_decay": 1e39}, "has a number beyond float32"),
]
EACH_FUSED = [(family, options) for families, options in FUSED for family in families]
EACH_UNSTACKABLE = [
    (family, options, reason) for families, options, reason in UNSTACKABLE for family in families
]


def name(value: object) -> str | None:
    """A case's part, without addresses."""
    return getattr(value, "__name__", None) or str(value)


@pytest.mark.parametrize("family", FAMILIES, ids=name)
def test_no_option_is_forgotten(family: type[optim.Optimizer]) -> None:
    """The tables name every argument of every family's constructor; differentiable is refused of any."""
    given = [options for each, options, *_ in (*EACH_FUSED, *EACH_UNSTACKABLE) if each is family]
    assert {option for options in given for option in options} == {*inspect.signature(family).parameters} - {
        "params",
        "differentiable",
    }


@pytest.mark.parametrize(("family", "options"), EACH_FUSED, ids=name)
def test_what_is_fused_equals_the_plain_loop(
    experiment: Make, family: type[optim.Optimizer], options: dict[str, Any]
) -> None:
    """After 20 steps within 1e-12, by the C program and by torch."""
    base = experiment("data.num_points=50", "data.batch_size=16", "trainer.max_epochs=5", "dtype=float64")
    single = replace(base, optimizer=partial(family, **{"lr": 0.01, **options}))
    plain = run_plain(single)
    for engine in ("native", "eager"):
        (fused,) = run_by(engine, [single])
        assert fused.engine == engine
        assert_equal(fused, plain, 1e-12)


@pytest.mark.parametrize(("family", "options", "reason"), EACH_UNSTACKABLE, ids=name)
def test_what_is_not_fused_says_why(
    experiment: Make, family: type[optim.Optimizer], options: dict[str, Any], reason: str
) -> None:
    """The reason names optimizer and option."""
    single = replace(experiment(), optimizer=partial(family, **{"lr": 0.01, **options}))
    assert plan_stacks([single]).unstackable == {0: f"optimizer {family.__name__} {reason}"}


def test_numbers_beyond_float32_are_fused_in_float64(experiment: Make) -> None:
    """A schedule is worked out in the run's own dtype."""
    single = experiment("optimizer.lr=1e200", "scheduler=step", "dtype=float64", "trainer.max_epochs=2")
    (fused,) = run_by("native", [single])
    assert (fused.engine, str(fused.status)) == ("native", "diverged")
    assert_equal(fused, run_plain(single), 1e-12)
