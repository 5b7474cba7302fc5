"""Settings that torch takes as they are, and stumbles over epochs later, are refused at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from torch import nn, optim
from torch.optim import lr_scheduler

from sinefit.core.losses import check_loss
from sinefit.core.optimizers import check_factory
from sinefit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG: list[tuple[Callable[[Any], None], Any, str]] = [
    (check_factory, partial(optim.Adam, betas="abc"), "betas must be two numbers .* got 'abc'"),
    (check_factory, partial(optim.Adam, betas=[0.9]), r"betas must be two numbers .* got \[0.9\]"),
    (check_factory, partial(optim.Adam, betas=[0.9, 1]), r"betas must be two numbers .* got \[0.9, 1\]"),
    (check_factory, partial(optim.RMSprop, alpha=-1), "alpha must be a finite number, 0 or more, got -1"),
    (
        check_factory,
        partial(optim.LBFGS, line_search_fn="armijo"),
        "must be strong_wolfe or null, got 'arm",
    ),
    (check_factory, partial(optim.LBFGS, line_search_fn=[1]), r"must be strong_wolfe or null, got \[1\]"),
    (
        check_factory,
        partial(optim.LBFGS, history_size=-1),
        "history_size must be a whole number, 1 or more",
    ),
    (
        check_factory,
        partial(optim.LBFGS, max_iter="abc"),
        "max_iter must be a whole number, 1 .* got 'abc'",
    ),
    (check_factory, partial(optim.SGD, nesterov="maybe"), "nesterov must be true or false, got 'maybe'"),
    (check_factory, partial(optim.SGD, nesterov=True, momentum=0), "momentum must be above 0 .* got 0"),
    (
        check_factory,
        partial(lr_scheduler.StepLR, step_size=0),
        "step_size must be a whole number, 1 .* got 0",
    ),
    (
        check_factory,
        partial(lr_scheduler.StepLR, gamma="abc"),
        "gamma must be a finite number, .* got 'abc'",
    ),
    (check_factory, partial(lr_scheduler.CosineAnnealingLR, T_max=0), "T_max must be a whole .* got 0"),
    (check_factory, partial(lr_scheduler.OneCycleLR, pct_start=2), "pct_start must be a number .* got 2"),
    (check_factory, partial(lr_scheduler.OneCycleLR, max_lr=-1), "max_lr must be positive .* got -1"),
    (check_factory, partial(lr_scheduler.ConstantLR, factor=-1), "factor must be a finite .* got -1"),
    (check_loss, nn.HuberLoss(delta=-1.0), "delta must be positive and finite, got -1.0"),
    (check_loss, nn.MSELoss(reduction="none"), "reduction must be one of mean, sum, got 'none'"),
]


@pytest.mark.parametrize(("check", "part", "message"), WRONG, ids=[case[2][:30] for case in WRONG])
def test_wrong_settings_are_named(check: Callable[[Any], None], part: object, message: str) -> None:
    """The message has the setting's name and its value."""
    with pytest.raises(SettingsError, match=message):
        check(part)


def test_all_are_told_together() -> None:
    """One error holds every setting of an optimizer that cannot be used."""
    with pytest.raises(SettingsError) as caught:
        check_factory(partial(optim.Adam, lr=0, betas=3, eps=-1, amsgrad=1))
    assert [problem.setting for problem in caught.value.problems] == ["lr", "betas", "eps", "amsgrad"]


class Mine(optim.SGD):
    """An optimizer whose settings mean something else."""


def test_settings_of_other_peoples_parts_are_their_own() -> None:
    """Names that torch uses mean what they like elsewhere."""
    check_factory(partial(Mine, betas=[0.9, 0.9, 0.9], alpha=-1))  # type: ignore[call-arg]
    check_factory(partial(print, step_size=0))
    check_loss(lambda prediction, target: (prediction - target).abs().sum())
