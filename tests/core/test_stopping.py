"""When a run ends and what it keeps: random settings against the rule in plain words, by each engine."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import torch
from composing import make_experiment, run_by

from sinefit.core.run import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Engine, Experiment
    from sinefit.core.outcome import Epoch

    Make = Callable[..., Experiment]

EPOCHS = 14
BASE = ("data=noisy_sine", "data.num_points=60", "model=mlp", "model.activation=snake", "scheduler=constant")
WAYS = {
    "noisy": ("optimizer=adam", "optimizer.lr=0.05"),
    "smooth": ("optimizer=sgd", "optimizer.lr=0.01"),
    "diverging": ("optimizer=momentum", "optimizer.lr=0.3", "model.hidden_size=40"),
}


class Settings(NamedTuple):
    """What ends a run, and what is kept of it."""

    patience: int | None
    min_improvement: float
    evaluate_every: int
    target_loss: float | None


@pytest.fixture
def experiment(hydra_restore_singletons: None) -> Make:
    """Makes experiments."""
    del hydra_restore_singletons
    return partial(make_experiment, *BASE, f"trainer.max_epochs={EPOCHS}")


def follow(history: tuple[Epoch, ...], settings: Settings, status: str) -> tuple[str, int, int]:
    """How a run ends, after which epoch, and of which epoch it keeps the parameters, in plain words.

    Args:
        history: of the run that nothing ends early, with a validation loss in each row.
        settings: that end it early.
        status: how that run ended.
    """
    evaluated = [row.epoch for row in history if row.epoch % settings.evaluate_every == 0]
    losses = {epoch: history[epoch - 1].validation_loss or 0.0 for epoch in evaluated}
    end, ending, to_beat, waited = len(history), status, math.inf, 0
    for row in history:
        if row.epoch in losses:
            is_better = losses[row.epoch] < to_beat - settings.min_improvement
            to_beat, waited = (losses[row.epoch], 0) if is_better else (to_beat, waited + 1)
        if settings.target_loss is not None and row.train_loss <= settings.target_loss:
            end, ending = row.epoch, "converged"
            break
        if settings.patience is not None and waited == settings.patience:
            end, ending = row.epoch, "stopped"
            break
    seen = [epoch for epoch in evaluated if epoch <= end]
    return ending, end, min(seen, key=losses.__getitem__) if settings.patience and seen else end


def draw_settings(history: tuple[Epoch, ...], random_: random.Random) -> Settings:
    """Settings that end a run with such losses somewhere, or not at all."""
    losses = [row.train_loss for row in history]
    return Settings(
        patience=random_.choice([None, 1, 2, 3, 5]),
        min_improvement=random_.choice([0.0, 0.001, 0.02]),
        evaluate_every=random_.choice([1, 2, 3, 20]),
        target_loss=random_.choice([None, None, random_.choice(losses)]),
    )


@pytest.mark.parametrize("engine", ["plain", "native", "eager"])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_run_keeps_its_best_parameters(experiment: Make, way: tuple[str, ...], engine: Engine) -> None:
    """With patience those of the lowest validation loss that was seen, however it ends; else the last."""
    base = experiment(*way)

    def change(**settings: Any) -> Experiment:
        return replace(base, trainer=replace(base.trainer, **settings))

    free, *_ = run_by(engine, [base])
    prefixes = [change(max_epochs=n + 1) for n in range(len(free.history))]
    after = {outcome.epochs: outcome.parameters for outcome in run_by(engine, prefixes)}
    random_ = random.Random(f"{way} {engine}")  # noqa: S311 - settings, not secrets
    cases = [draw_settings(free.history, random_) for _ in range(40)]
    assert free.status == ("diverged" if "optimizer=momentum" in way else "completed")
    outcomes = run_by(engine, [change(**case._asdict()) for case in cases])
    for case, outcome in zip(cases, outcomes, strict=True):
        status, epochs, kept = follow(free.history, case, str(free.status))
        assert (outcome.status, outcome.epochs) == (status, epochs), case
        assert all(map(torch.equal, outcome.parameters.values(), after[kept].values())), (case, kept)
        if case.patience is not None and epochs >= case.evaluate_every:
            assert outcome.metrics["validation_loss"] == free.history[kept - 1].validation_loss


def test_a_target_that_is_reached_does_not_replace_the_best(experiment: Make) -> None:
    """The training loss falls on while the validation loss rises: the run ends, and keeps the better ones."""
    words = ("optimizer=adam", "optimizer.lr=0.05", "trainer.max_epochs=60", "trainer.patience=50")
    free = run(experiment(*words))
    lowest = min(row.train_loss for row in free.history)
    outcome = run(experiment(*words, f"trainer.target_loss={lowest!r}"))
    assert outcome.status == "converged"
    best = min(row.validation_loss for row in outcome.history if row.validation_loss is not None)
    assert outcome.history[-1].validation_loss != best
    assert outcome.metrics["validation_loss"] == best
