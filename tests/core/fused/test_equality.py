"""`run_many` against the plain engine, run by run."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import pytest
import torch
from composing import FOREIGN, run_by
from torch import nn

from sinefit.core.fused import plan_stacks, run_many
from sinefit.core.plain import run_plain
from sinefit.core.run import check, run
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sinefit.core.experiment import Engine, Experiment
    from sinefit.core.outcome import Outcome

    Make = Callable[..., Experiment]

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad")
SCHEDULERS = ("constant", "step", "exponential", "cosine", "one_cycle")


def assert_equal(fused: Outcome, plain: Outcome, tolerance: float) -> None:
    """Same ending; parameters, history and metrics within a tolerance relative to 1 or their size."""
    assert (fused.status, fused.epochs, fused.steps) == (plain.status, plain.epochs, plain.steps)
    assert (fused.message, fused.num_parameters) == (plain.message, plain.num_parameters)
    assert list(fused.parameters) == list(plain.parameters)
    for name, value in plain.parameters.items():
        torch.testing.assert_close(fused.parameters[name], value, rtol=tolerance, atol=tolerance)
    for ours, theirs in zip(fused.history, plain.history, strict=True):
        assert (ours.epoch, ours.lr) == (theirs.epoch, pytest.approx(theirs.lr, rel=1e-12))
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=tolerance, abs=tolerance)
        assert (ours.validation_loss is None) == (theirs.validation_loss is None)
        if theirs.validation_loss is not None:
            assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=tolerance, abs=tolerance)
    assert (fused.prediction is None) == (plain.prediction is None)
    if fused.prediction is not None and plain.prediction is not None:
        assert torch.equal(fused.prediction.inputs, plain.prediction.inputs)
        lines = fused.prediction.outputs, plain.prediction.outputs
        torch.testing.assert_close(*lines, rtol=100 * tolerance, atol=100 * tolerance)
    assert fused.metrics == pytest.approx(
        plain.metrics, rel=100 * tolerance, abs=100 * tolerance, nan_ok=True
    )


def assert_close(experiments: Sequence[Experiment], tolerance: float, engine: Engine) -> list[Outcome]:
    """All runs are trained by the engine and equal the plain engine's."""
    outcomes = run_by(engine, experiments)
    for outcome, experiment in zip(outcomes, experiments, strict=True):
        assert outcome.engine == engine
        assert_equal(outcome, run_plain(experiment), tolerance)
    return outcomes


MIXED = (
    [(f"optimizer={name}",) for name in OPTIMIZERS]
    + [(f"scheduler={name}", "optimizer=adam") for name in SCHEDULERS]
    + [(f"data={name}",) for name in ("noisy_sine", "two_tone", "chirp", "damped_sine", "x_sin_5x")]
    + [(f"loss={name}", "optimizer=nesterov") for name in ("l1", "huber")]
    + [("model=siren",), ("model=fourier", "optimizer=rmsprop"), ("model.num_hidden_layers=3",)]
    + [(f"model.activation={name}",) for name in ("tanh", "sigmoid", "gelu", "silu", "sine", "snake")]
    + [("optimizer.weight_decay=0.1", f"optimizer={name}") for name in OPTIMIZERS]
    + [("optimizer=rmsprop", "optimizer.momentum=0.5"), ("optimizer=adagrad", "optimizer.lr_decay=0.1")]
    + [("trainer.gradient_clip_norm=0.05",), ("model.hidden_size=34",), ("data.batch_size=1000",)]
    + [("data.shuffle=false",), ("trainer.gradient=autograd_grad",), ("probe=spectrum", "probe.every=2")]
    + [("data.spacing=random",), ("data.extrapolation=[7,9]",), ("data.gap=[-1,1]",), ("model=snake",)]
    + [("data.batch_size=1",), ("data=random_signal",), ("loss=sobolev", "model=mlp_tanh")]
)
PERCEPTRONS = [
    *(case for case in MIXED if "loss=sobolev" not in case),
    *(
        (f"model.num_hidden_layers={layers}", f"model.hidden_size={size}")
        for layers, size in ((2, 33), (4, 7))
    ),
    *((f"model.hidden_size={size}",) for size in (1, 3, 13, 64)),
]
"""What the C program knows."""


@pytest.mark.parametrize("engine", ["native", "eager"])
def test_everything_in_one_sweep_after_twenty_steps(experiment: Make, engine: Engine) -> None:
    """Every optimizer, schedule, loss, model and data set, mixed, within 1e-12 in float64."""
    size = ("data.num_points=50", "data.batch_size=16", "trainer.max_epochs=5", "dtype=float64")
    cases = [
        (*size, *case, f"seed={number % 3}")
        for number, case in enumerate(PERCEPTRONS if engine == "native" else MIXED)
    ]
    assert_close([experiment(*case) for case in cases], 1e-12, engine)


@pytest.mark.parametrize("engine", ["native", "eager"])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-4)])
def test_a_thousand_steps_at_stable_settings(
    experiment: Make, dtype: str, tolerance: float, engine: Engine
) -> None:
    """With a smaller last batch, at settings where rounding does not grow."""
    base = ("data.num_points=70", "trainer.max_epochs=334", "model.activation=tanh", f"dtype={dtype}")
    grid = product(("sgd", "momentum", "adam", "adagrad"), (0, 1))
    rate = {"momentum": "0.003", "adam": "0.001"}
    experiments = [
        experiment(*base, f"optimizer={name}", f"optimizer.lr={rate.get(name, '0.01')}", f"seed={seed}")
        for name, seed in grid
    ]
    outcomes = assert_close(experiments, tolerance, engine)
    assert {outcome.steps for outcome in outcomes} == {1002}


@pytest.mark.parametrize("engine", ["native", "eager"])
def test_runs_that_end_early_beside_others(experiment: Make, engine: Engine) -> None:
    """Converged, stopped, diverged and completed runs of different lengths, in one stack."""
    base = ("data=noisy_sine", "data.num_points=60", "dtype=float64", "model.activation=tanh")
    cases = [
        ("trainer.max_epochs=30",),
        ("trainer.max_epochs=17", "optimizer=adam"),
        ("trainer.max_epochs=30", "optimizer=adam", "trainer.target_loss=0.3"),
        ("trainer.max_epochs=200", "optimizer=adam", "optimizer.lr=0.05", "trainer.patience=3"),
        ("trainer.max_epochs=30", "optimizer.lr=1e200"),
        ("trainer.max_epochs=30", "trainer.evaluate_every=4"),
        ("trainer.max_epochs=30", "optimizer=rmsprop", "trainer.patience=2", "trainer.min_improvement=0.1"),
    ]
    experiments = [experiment(*base, *case, f"seed={k}") for k, case in enumerate(cases)]
    assert len(plan_stacks([replace(each, engine=engine) for each in experiments]).stacks()) == 1
    outcomes = assert_close(experiments, 1e-9, engine)
    assert {str(o.status) for o in outcomes} == {"completed", "converged", "stopped", "diverged"}
    diverged = next(o for o in outcomes if o.status == "diverged")
    assert all(bool(value.isfinite().all()) for value in diverged.parameters.values())


def test_compiled_steps_equal_the_plain_engine(experiment: Make) -> None:
    """Two optimizers and a smaller last batch, compiled."""
    base = ("data.num_points=50", "trainer.max_epochs=6", "dtype=float64")
    assert_close([experiment(*base, f"optimizer={name}") for name in ("sgd", "adam")], 1e-12, "compiled")


class Foreign(nn.Module):
    """A module that nobody here wrote: two inputs, layer norm, dropout that is off."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 6), nn.LayerNorm(6), nn.SiLU(), nn.Dropout(0.0))
        self.out = nn.Linear(8, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 2) to (N, 1)."""
        return self.out(torch.cat([self.inner(x), x], dim=1))


class Plane:
    """y = a + 2b on a grid."""

    batch_size = 7
    shuffle = True

    def draw(self, seed: int) -> object:
        """25 points."""
        from sinefit.core.data import Points, Samples  # noqa: PLC0415 - the test's own data set

        del seed
        grid = torch.cartesian_prod(torch.linspace(0, 1, 5), torch.linspace(0, 1, 5))
        points = Points(grid, grid[:, :1] + 2 * grid[:, 1:])
        return Samples(points, None, points, None)


def test_a_foreign_module_is_fused(experiment: Make) -> None:
    """Any module that torch.func can handle trains in a stack."""
    base = experiment("dtype=float64", "trainer.max_epochs=5", "optimizer=adam")
    assert_close([replace(base, model=Foreign, data=Plane(), seed=seed) for seed in range(3)], 1e-12, "eager")


class Branching(nn.Module):
    """A module whose path depends on its values, which cannot be vectorised."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Negated where the first output is negative."""
        y = self.layer(x)
        return -y if y.sum() < 0 else y


LARGE = (FOREIGN, "model.hidden_size=180", "model.num_hidden_layers=2")
BATCH_NORM = (nn.Linear(1, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
DROPOUT = (nn.Linear(1, 3), nn.Dropout(0.5), nn.Linear(3, 1))
UNSTACKABLE = [
    (("optimizer=lbfgs", "data.batch_size=40"), None, "optimizer LBFGS is none of SGD"),
    (("optimizer=ssbfgs", "data.batch_size=40"), None, "optimizer SSBFGS is none of SGD"),
    (("optimizer=adam", "+optimizer.amsgrad=true"), None, "optimizer Adam uses amsgrad"),
    ((FOREIGN, "model.hidden_size=33"), None, "model MLP has an odd size"),
    (LARGE, None, "parameters, and is no slower by itself"),
    (("trainer.checkpoint_every=2",), None, "trainer.checkpoint_every saves it on the way"),
    (("scheduler=one_cycle", "scheduler.cycle_momentum=true"), None, "changes more than the learning rate"),
    ((), Branching, "torch.func cannot vectorize model Branching"),
    ((), lambda: nn.Sequential(*deepcopy(BATCH_NORM)), "has a BatchNorm1d"),
    ((), lambda: nn.Sequential(*deepcopy(DROPOUT)), "has a Dropout"),
    (("engine=plain",), None, "engine=plain trains each run by itself"),
]


@pytest.mark.parametrize(("overrides", "model", "reason"), UNSTACKABLE, ids=[case[2] for case in UNSTACKABLE])
def test_what_cannot_be_stacked_is_trained_by_itself_and_says_why(
    experiment: Make, overrides: tuple[str, ...], model: Callable[[], nn.Module] | None, reason: str
) -> None:
    """The reason is one line, and the outcome is the plain engine's, bit for bit; also of a single run."""
    single = experiment("data.num_points=40", "trainer.max_epochs=2", *overrides)
    if model is not None:
        single = replace(single, model=model)
    assert reason in plan_stacks([single]).unstackable[0]
    plain = run_plain(single)
    for outcome in (*run_many([single]), run(single)):
        assert outcome.engine == "plain"
        assert all(map(torch.equal, outcome.parameters.values(), plain.parameters.values()))


REFUSED = [
    ("native", (FOREIGN,), "the C program does not know model MLP with loss MSELoss"),
    ("native", ("optimizer=lbfgs", "data.batch_size=40"), "optimizer LBFGS is none of SGD"),
    ("eager", ("model.hidden_size=33",), "model MLP has an odd size"),
    ("compiled", ("trainer.checkpoint_every=2",), "trainer.checkpoint_every saves it on the way"),
]


@pytest.mark.parametrize(("engine", "overrides", "reason"), REFUSED, ids=[case[2] for case in REFUSED])
@pytest.mark.parametrize("train", [run, check, lambda each: run_many([each])], ids=["run", "check", "many"])
def test_a_named_engine_that_cannot_train_a_run_is_refused(
    experiment: Make, engine: Engine, overrides: tuple[str, ...], reason: str, train: Callable[..., object]
) -> None:
    """The message names the engine, the reason, and what to type."""
    single = replace(experiment("data.num_points=40", *overrides), engine=engine)
    with pytest.raises(
        SinefitError, match=f"engine={engine} cannot train this run: .*{reason}.*type engine=auto"
    ):
        train(single)


def test_an_engine_that_nobody_knows_is_refused(experiment: Make) -> None:
    """With its name, and those that there are."""
    with pytest.raises(SinefitError, match=r"engine must be one of auto, plain, native, .* got 'fast'"):
        replace(experiment(), engine="fast")


def test_large_models_are_trained_by_the_engine_that_they_name(experiment: Make) -> None:
    """What is no faster in a stack is left to the plain engine by auto only."""
    small = ("data.num_points=40", "trainer.max_epochs=1", "dtype=float64")
    assert_close([experiment(*small, *LARGE)], 1e-12, "eager")


def test_an_experiment_that_cannot_start_is_refused(experiment: Make) -> None:
    """As `run` would."""
    with pytest.raises(SinefitError, match=r"model.output_size must be 1, .* got 2"):
        run_many([experiment("model.output_size=2")])


def test_outcomes_are_told_as_they_come(experiment: Make) -> None:
    """`on_outcome` gets each run once, a run that ends early first."""
    lengths = (9, 3, 6)
    base = experiment("data.num_points=40")
    experiments = [replace(base, trainer=replace(base.trainer, max_epochs=length)) for length in lengths]
    told: list[int] = []
    run_many(experiments, workers=1, on_outcome=lambda place, _: told.append(place))
    assert told == [1, 2, 0]
