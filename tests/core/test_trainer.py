"""How single runs end; schedules, clipping and early stopping; by the plain engine and natively."""

from __future__ import annotations

import math
import os
import re
import signal
import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import torch
from composing import make_experiment
from torch import nn

from sinefit.core.run import run
from sinefit.core.trainer import Trainer
from sinefit.errors import SettingsError, SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

    Make = Callable[..., Experiment]


@pytest.fixture(params=["plain", "auto"])
def experiment(request: pytest.FixtureRequest, hydra_restore_singletons: None) -> Make:
    """Makes experiments of an engine; ``auto`` is native but for what the C program does not know."""
    del hydra_restore_singletons
    return partial(make_experiment, f"engine={request.param}")


SHORT = ("data.num_points=64", "trainer.max_epochs=12")


def test_a_run_converges_at_its_target(experiment: Make) -> None:
    """It ends after the first epoch whose training loss is at or below the target."""
    free = run(experiment(*SHORT, "optimizer=adam"))
    losses = [row.train_loss for row in free.history]
    target = losses[4]
    first = next(k for k, loss in enumerate(losses) if loss <= target)
    ended = run(experiment(*SHORT, "optimizer=adam", f"trainer.target_loss={target!r}"))
    assert ended.status == "converged"
    assert [row.train_loss for row in ended.history] == losses[: first + 1]


def test_a_run_that_does_not_reach_its_target_completes(experiment: Make) -> None:
    """All epochs are done."""
    outcome = run(experiment(*SHORT, "trainer.target_loss=0"))
    assert (outcome.status, outcome.epochs) == ("completed", 12)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lbfgs"])
def test_a_diverged_run_keeps_its_last_finite_parameters(experiment: Make, optimizer: str) -> None:
    """A loss that is not finite ends the run with epoch and step; what is kept is finite."""
    # L-BFGS's line search would look for a smaller step.
    free = ("optimizer.line_search_fn=null",) if optimizer == "lbfgs" else ()
    outcome = run(experiment(*SHORT, f"optimizer={optimizer}", "optimizer.lr=1e20", *free))
    assert outcome.status == "diverged"
    assert f"in epoch {outcome.epochs + 1}, step {outcome.steps}" in outcome.message
    assert all(bool(value.isfinite().all()) for value in outcome.parameters.values())
    assert math.isfinite(outcome.metrics["rmse"])


def test_divergence_in_a_later_epoch_keeps_the_epoch_before(experiment: Make) -> None:
    """The kept parameters are those after the last whole epoch: a run that long ends with the same."""
    grows = (
        "scheduler=constant",
        "optimizer=momentum",
        "optimizer.lr=0.2",
        "model=mlp",
        "data.num_points=64",
    )
    grows = (*grows, "model.activation=snake", "model.hidden_size=40")
    diverged = run(experiment(*grows, "trainer.max_epochs=500"))
    assert diverged.status == "diverged"
    assert diverged.epochs >= 1
    shorter = run(experiment(*grows, f"trainer.max_epochs={diverged.epochs}"))
    assert shorter.status == "completed"
    assert all(map(torch.equal, diverged.parameters.values(), shorter.parameters.values()))


NOISY = ("data=noisy_sine", "data.num_points=60", "model=mlp", "optimizer.lr=0.03", "scheduler=constant")


def test_early_stopping_keeps_the_best(experiment: Make) -> None:
    """It ends `patience` validations after the best one, and keeps the parameters of that epoch."""
    stopped = run(experiment(*NOISY, "trainer.patience=6", "trainer.max_epochs=2000"))
    assert stopped.status == "stopped"
    losses = [row.validation_loss for row in stopped.history]
    best = min(range(len(losses)), key=lambda k: losses[k])  # type: ignore[arg-type,return-value]
    assert len(losses) == best + 1 + 6
    until_best = run(experiment(*NOISY, f"trainer.max_epochs={best + 1}"))
    assert all(map(torch.equal, stopped.parameters.values(), until_best.parameters.values()))


def test_validation_every_third_epoch(experiment: Make) -> None:
    """Only every third row has a validation loss, and training does not change by it."""
    all_epochs = run(experiment(*NOISY, "trainer.max_epochs=7"))
    third = run(experiment(*NOISY, "trainer.max_epochs=7", "trainer.evaluate_every=3"))
    evaluated = [row.epoch for row in third.history if row.validation_loss is not None]
    assert evaluated == [3, 6]
    assert all(map(torch.equal, all_epochs.parameters.values(), third.parameters.values()))


def test_clipping_bounds_the_step(experiment: Make) -> None:
    """One SGD step with a clipped gradient moves the parameters by lr times the norm."""
    one_step = ("data.num_points=32", "trainer.max_epochs=1", "optimizer=sgd", "optimizer.lr=0.5")
    fresh = run(experiment(*one_step, "trainer.gradient_clip_norm=1e-30"))
    clipped = run(experiment(*one_step, "trainer.gradient_clip_norm=0.01"))
    moved = [clipped.parameters[name] - fresh.parameters[name] for name in fresh.parameters]
    length = torch.cat([part.flatten() for part in moved]).norm().item()
    assert length == pytest.approx(0.5 * 0.01, rel=1e-3)


SCHEDULES: dict[str, Callable[[int], float]] = {
    "constant": lambda _: 1.0,
    "step": lambda epoch: 0.5 ** (epoch // 30),
    "exponential": lambda epoch: 0.98**epoch,
    "cosine": lambda epoch: (1 + math.cos(math.pi * epoch / 65)) / 2,
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_step_once_an_epoch(experiment: Make, name: str) -> None:
    """The learning rate of each epoch follows the schedule's closed form."""
    outcome = run(experiment(f"scheduler={name}", "data.num_points=40", "trainer.max_epochs=65"))
    expected = [0.01 * SCHEDULES[name](epoch) for epoch in range(65)]
    assert [row.lr for row in outcome.history] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_one_cycle_rises_to_the_learning_rate(experiment: Make) -> None:
    """Its peak is optimizer.lr, after three tenths of the epochs, and its end lies far below."""
    outcome = run(experiment("scheduler=one_cycle", "data.num_points=40", "trainer.max_epochs=50"))
    rates = [row.lr for row in outcome.history]
    assert max(rates) == pytest.approx(0.01)
    assert rates.index(max(rates)) == 14
    assert rates[-1] < 1e-5


def stop_after_four(row: Any) -> None:
    """Interrupt, as a callback may."""
    if row.epoch == 4:
        raise KeyboardInterrupt


def stop_by_signal(row: Any) -> None:
    """Interrupt, as Ctrl-C does, somewhere in a later epoch."""
    if row.epoch == 1:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()


@pytest.mark.parametrize("stop", [stop_after_four, stop_by_signal])
def test_interruption_keeps_the_last_whole_epoch(experiment: Make, stop: Callable[[Any], None]) -> None:
    """Ctrl-C ends the run with its history and the parameters of the last whole epoch."""
    constant = ("data.num_points=64", "scheduler=constant")
    interrupted = run(experiment(*constant, "trainer.max_epochs=1000000"), stop)
    assert interrupted.status == "interrupted"
    assert interrupted.message == f"interrupted in epoch {interrupted.epochs + 1}"
    assert interrupted.epochs >= 4
    whole = run(experiment(*constant, f"trainer.max_epochs={interrupted.epochs}"))
    assert interrupted.history == whole.history
    assert all(map(torch.equal, interrupted.parameters.values(), whole.parameters.values()))


def test_lbfgs_fits_far_better_than_sgd(experiment: Make) -> None:
    """With a full batch its closure is called as it wants: the error falls by orders of magnitude."""
    full = ("data.num_points=200", "data.batch_size=200", "model.activation=tanh", "dtype=float64")
    sgd = run(experiment(*full, "trainer.max_epochs=30", "optimizer=sgd"))
    lbfgs = run(experiment(*full, "trainer.max_epochs=30", "optimizer=lbfgs"))
    assert lbfgs.metrics["mse"] < sgd.metrics["mse"] / 100


def test_outputs_are_never_broadcast(experiment: Make) -> None:
    """A model whose outputs do not have the targets' shape is refused before it is trained."""
    own = replace(experiment(), model=lambda: nn.Linear(1, 3))
    with pytest.raises(SinefitError, match=r"outputs of shape \(2, 3\).* model.output_size=1"):
        run(own)


@pytest.mark.parametrize(("name", "noun"), [("input_size", "inputs"), ("output_size", "targets")])
def test_sizes_that_do_not_fit_are_told_with_both_numbers(experiment: Make, name: str, noun: str) -> None:
    """A size that was typed is compared with what the data have."""
    text = (
        f"model.{name} must be 1, as many {noun} as the data have, got 3; type for example model.{name}=auto"
    )
    with pytest.raises(SettingsError, match=re.escape(text)):
        run(experiment(f"model.{name}=3"))


def test_patience_needs_held_out_points(experiment: Make) -> None:
    """Early stopping without validation points would never stop: it is refused."""
    with pytest.raises(SettingsError, match=r"trainer.patience must be null, unless .* got 3"):
        run(experiment("trainer.patience=3"))


BAD = [
    ({"max_epochs": -1}, "max_epochs must be a whole number, 1 or more, got -1"),
    ({"max_epochs": 1.5}, "max_epochs must be a whole number, 1 or more, got 1.5"),
    ({"target_loss": "low"}, "target_loss must be a finite number, got 'low'"),
    ({"gradient": "forward"}, "gradient must be one of backward, autograd_grad, functional, got 'forward'"),
    ({"gradient_clip_norm": 0}, "gradient_clip_norm must be positive and finite, got 0"),
    ({"patience": 0}, "patience must be a whole number, 1 or more, got 0"),
    ({"min_improvement": -1}, "min_improvement must be a finite number, 0 or more, got -1"),
    ({"evaluate_every": 0}, "evaluate_every must be a whole number, 1 or more, got 0"),
]


@pytest.mark.parametrize(("settings", "message"), BAD, ids=lambda case: str(case)[:30])
def test_wrong_settings_are_named(settings: dict[str, Any], message: str) -> None:
    """Each wrong setting is refused with its name and value."""
    with pytest.raises(SettingsError, match=message):
        Trainer(**settings)


def test_frozen_parameters_stay(experiment: Make) -> None:
    """A model with parameters that need no gradient trains the others, in both ways."""

    class HalfFrozen(nn.Sequential):
        def __init__(self) -> None:
            super().__init__(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
            self[0].requires_grad_(requires_grad=False)

    for gradient in ("backward", "autograd_grad"):
        base = experiment(*SHORT, f"trainer.gradient={gradient}")
        torch.manual_seed(0)
        start = HalfFrozen().state_dict()
        outcome = run(type(base)(**{**vars(base), "model": HalfFrozen}))
        assert outcome.num_parameters == 5
        assert torch.equal(outcome.parameters["0.weight"], start["0.weight"])
        assert not torch.equal(outcome.parameters["2.weight"], start["2.weight"])
