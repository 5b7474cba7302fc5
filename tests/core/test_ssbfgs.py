"""Self-scaled BFGS on problems whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import nn

from sinefit.core.plain import run_plain
from sinefit.core.ssbfgs import SSBFGS, updated
from sinefit.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sinefit.core.experiment import Experiment


def minimise(function: Callable[[Tensor], Tensor], start: list[float], steps: int) -> Tensor:
    """Where `steps` calls of one iteration lead."""
    x = nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer = SSBFGS([x], max_iter=1)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = function(x)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    for _ in range(steps):
        optimizer.step(closure)
    return x.detach()


def test_ill_conditioned_quadratic() -> None:
    """The minimum of a quadratic of condition 1e4 is the solution of its linear system."""
    scales = torch.tensor([1.0, 1e2, 1e4], dtype=torch.float64)
    found = minimise(lambda x: (scales * (x - 3) ** 2).sum(), [0.0, 0.0, 0.0], 60)
    torch.testing.assert_close(found, torch.full_like(found, 3.0), rtol=1e-8, atol=0)


def test_rosenbrock() -> None:
    """Rosenbrock's valley has its minimum at (1, 1)."""
    found = minimise(lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2, [-1.2, 1.0], 80)
    torch.testing.assert_close(found, torch.ones_like(found), rtol=1e-8, atol=0)


def test_secant_equation() -> None:
    """The updated inverse Hessian maps the gradient's change to the step, and stays symmetric."""
    torch.manual_seed(0)
    root = torch.randn(4, 4, dtype=torch.float64)
    matrix = root @ root.T + torch.eye(4, dtype=torch.float64)
    s = torch.randn(4, dtype=torch.float64)
    y = s + 0.1 * torch.randn(4, dtype=torch.float64)
    for before in (None, matrix):
        after = updated(before, s, y, torch.linalg.solve(matrix, s))
        torch.testing.assert_close(after @ y, s)
        torch.testing.assert_close(after, after.T)


@pytest.mark.parametrize("seed", range(4))
def test_best_experiment_is_no_lucky_seed(experiment: Callable[..., Experiment], seed: int) -> None:
    """A fifth of `experiment=best` fits below 1e-8, for any seed, with 31 parameters."""
    outcome = run_plain(experiment("+experiment=best", f"seed={seed}", "trainer.max_epochs=40"))
    assert outcome.metrics["mse"] < 1e-8
    assert outcome.num_parameters == 31


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"lr": 0}, "lr must be positive and finite, got 0"),
    ({"max_iter": 0}, "max_iter must be a whole number, 1 or more, got 0"),
    ({"max_ls": 1.5}, "max_ls must be a whole number, 1 or more, got 1.5"),
]


@pytest.mark.parametrize(("settings", "message"), WRONG)
def test_wrong_settings_are_named(settings: dict[str, Any], message: str) -> None:
    """Each wrong setting is refused with its name and value."""
    with pytest.raises(SettingsError, match=message):
        SSBFGS([nn.Parameter(torch.zeros(1))], **settings)
