"""The contract: `run_many(es)` is `[run(e) for e in es]`, bit for bit, for named engines and native."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from composing import FOREIGN

from sinefit.core.fused import plan_stacks, run_many, train_stack
from sinefit.core.run import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sinefit.core.data import Samples
    from sinefit.core.experiment import Engine, Experiment
    from sinefit.core.outcome import Outcome

    Make = Callable[..., Experiment]

MODELS = [
    ("model.hidden_size=10", "model.num_hidden_layers=1"),
    ("model.hidden_size=18", "model.num_hidden_layers=2", "data.batch_size=7"),
    ("model=siren",),
    ("data=noisy_sine", "trainer.patience=3", "trainer.gradient_clip_norm=0.5"),
]
UNKNOWN = [(FOREIGN,), ("loss=sobolev", "model.activation=tanh")]
"""What the C program does not know."""
CHAOTIC = [
    ("optimizer=sgd", "optimizer.lr=0.3"),
    ("optimizer=nesterov", "optimizer.lr=0.1", "scheduler=cosine"),
    ("optimizer=adam", "optimizer.lr=0.1", "scheduler=step"),
    ("optimizer=adamw", "optimizer.lr=0.2", "scheduler=one_cycle"),
    ("optimizer=rmsprop", "optimizer.lr=0.1", "scheduler=exponential", "trainer.max_epochs=7"),
    ("optimizer=adagrad", "optimizer.lr=0.5", "trainer.target_loss=0.45"),
    ("optimizer=sgd", "optimizer.lr=1e30"),
]
BASE = ("data.num_points=45", "trainer.max_epochs=9", "data.batch_size=16")


def assert_same(one: Outcome, other: Outcome) -> None:
    """Equal in every bit, and in all but the time taken."""
    assert (one.engine, one.status, one.message) == (other.engine, other.status, other.message)
    assert (one.history, one.steps, one.epochs) == (other.history, other.steps, other.epochs)
    assert repr(one.metrics) == repr(other.metrics)  # nan is equal to nan
    assert all(map(torch.equal, one.parameters.values(), other.parameters.values()))


@pytest.mark.parametrize(
    ("engine", "models", "dtype"),
    [
        ("auto", MODELS, "float32"),
        ("native", MODELS, "float64"),
        ("eager", UNKNOWN, "float32"),
        ("plain", MODELS[:1], "float64"),
    ],
)
def test_together_is_one_by_one(
    experiment: Make, engine: Engine, models: list[tuple[str, ...]], dtype: str
) -> None:
    """Models x optimizers x schedulers at rates where every rounding grows."""
    experiments = [
        experiment(*BASE, *model, *way, f"seed={seed}", f"engine={engine}", f"dtype={dtype}")
        for model in models
        for seed, way in enumerate(CHAOTIC)
    ]
    outcomes = run_many(experiments)
    assert {outcome.engine for outcome in outcomes} == {"native" if engine == "auto" else engine}
    assert {"completed", "diverged"} <= {str(outcome.status) for outcome in outcomes}
    for together, each in zip(outcomes, experiments, strict=True):
        assert_same(together, run(each))


def test_compiled_runs_in_any_company_are_compiled_runs_one_by_one(experiment: Make) -> None:
    """In a stack of 70, in one of 37 in another order, and by itself; each stack is compiled anew."""
    experiments = [
        experiment(*BASE, *UNKNOWN[0], *CHAOTIC[seed % 3], f"seed={seed}", "engine=compiled")
        for seed in range(70)
    ]
    outcomes = run_many(experiments)
    assert len({outcome.metrics["rmse"] for outcome in outcomes}) == 70
    fewer = range(40, 3, -1)
    for index, outcome in zip(fewer, run_many([experiments[index] for index in fewer]), strict=True):
        assert_same(outcomes[index], outcome)
    assert_same(outcomes[69], run(experiments[69]))


def test_engines_separate_stacks(experiment: Make) -> None:
    """Equal runs of different engines are never trained together, and have their own engine's bits."""
    base = experiment(*BASE, "optimizer=adam", "optimizer.lr=0.1")
    experiments = [replace(base, engine=engine) for engine in ("eager", "native", "plain", "auto", "eager")]
    plan = plan_stacks(experiments)
    assert sorted(plan.stacks()) == [[0, 4], [1], [3]]
    assert list(plan.unstackable) == [2]
    engines = [outcome.engine for outcome in run_many(experiments)]
    assert engines == ["eager", "native", "plain", "native", "eager"]


class Nasty:
    """A probe that raises at its third look, at one seed."""

    every = 1
    names = ("nothing",)

    def look(self, samples: Samples, predict: Callable[[Tensor], Tensor]) -> tuple[float, ...]:
        """Raise."""
        del samples, predict
        msg = "nasty"
        raise ValueError(msg)

    def summarize(self, log: object) -> dict[str, float]:
        """Nothing."""
        del log
        return {}


@pytest.mark.parametrize("engine", ["native", "eager"])
def test_what_breaks_a_stack_fails_alone(experiment: Make, engine: Engine) -> None:
    """Its neighbours end with their own engine and their own bits, whatever thread they are in."""
    base = experiment(*BASE, "optimizer=adam", "optimizer.lr=0.1", f"engine={engine}")
    experiments = [replace(base, seed=seed) for seed in range(9)]
    for nasty in (2, 3, 8):
        experiments[nasty] = replace(experiments[nasty], probe=Nasty())
    plan = plan_stacks(experiments)
    ((*indices,),) = plan.stacks()
    results = {indices[at]: result for at, result in train_stack(plan.pop_members(indices), workers=2)}
    assert [index for index in range(9) if isinstance(results[index], ValueError)] == [2, 3, 8]
    for index in (0, 1, 4, 5, 6, 7):
        assert_same(results[index], run(experiments[index]))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nasty"):
        run_many(experiments)


def test_rows_are_told_as_they_are_made(experiment: Make) -> None:
    """Each engine tells a single run's rows once and in order, those that end it included."""
    for engine in ("plain", "native", "eager"):
        told: list[object] = []
        single = experiment(*BASE, "data=noisy_sine", "trainer.evaluate_every=2", f"engine={engine}")
        outcome = run(single, told.append)
        assert tuple(told) == outcome.history
        assert len(told) == 9
