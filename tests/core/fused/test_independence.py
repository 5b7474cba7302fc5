"""A fused run's bits follow from its own experiment, never from its company."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from composing import run_by
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sinefit.core.fused import EngineError, plan_stacks

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Engine, Experiment
    from sinefit.core.outcome import Outcome

    Make = Callable[..., Experiment]

CHAOTIC = [
    ("optimizer=adam", "optimizer.lr=0.1"),
    ("optimizer=rmsprop", "optimizer.lr=0.1", "optimizer.momentum=0.5"),
    ("optimizer=sgd", "optimizer.lr=0.3"),
    ("optimizer=nesterov", "optimizer.lr=0.1", "scheduler=cosine"),
    ("optimizer=adagrad", "optimizer.lr=0.5", "optimizer.weight_decay=0.01"),
    ("optimizer=adam", "optimizer.lr=0.1", "trainer.max_epochs=7"),
    ("optimizer=adam", "optimizer.lr=0.1", "trainer.target_loss=0.45"),
    ("optimizer=sgd", "optimizer.lr=1e30"),
]
KINDS = [
    ("data.num_points=70", "model.hidden_size=10", "model.activation=tanh"),
    (
        *("data=noisy_sine", "data.num_points=64", "data.validation_share=0.3", "data.batch_size=7"),
        *("model.num_hidden_layers=2", "model.hidden_size=18", "dtype=float64"),
        *("trainer.gradient_clip_norm=1.0", "trainer.patience=5"),
    ),
]
"""What separates stacks of `torch.func`; the second has odd batches, and runs that stop."""


def is_same(one: Outcome, other: Outcome) -> bool:
    """Equal bits of parameters and history, and the same ending."""
    endings = [(each.status, each.steps, each.history, each.metrics) for each in (one, other)]
    same_bits = map(torch.equal, one.parameters.values(), other.parameters.values())
    return endings[0] == endings[1] and all(same_bits)


@cache
def crowd(engine: Engine) -> tuple[list[Experiment], list[Outcome]]:
    """Runs at chaotic settings, of two kinds, and what becomes of them all together."""
    from composing import make_experiment  # noqa: PLC0415 - for a whole module

    experiments = [
        make_experiment("trainer.max_epochs=14", *kind, *case, f"seed={seed}")
        for seed in range(3)
        for case in CHAOTIC
        for kind in KINDS
    ]
    return experiments, run_by(engine, experiments, workers=1)


@pytest.mark.parametrize("engine", ["native", "eager"])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(places=st.lists(st.integers(0, 47), min_size=1, max_size=90), workers=st.integers(1, 3))
def test_company_and_order_are_irrelevant(engine: Engine, places: list[int], workers: int) -> None:
    """Any choice of the runs, in any order, also the same run several times, gives each its own bits."""
    experiments, outcomes = crowd(engine)
    again = run_by(engine, [experiments[place] for place in places], workers)
    assert [k for k, place in enumerate(places) if not is_same(again[k], outcomes[place])] == []


OTHER_PROCESSOR = """
import sys

import torch
from test_independence import crowd, is_same, run_by

from sinefit.core.fused.native import library

torch.set_num_threads(1)
capability, library.ARCHITECTURE = sys.argv[1:]
assert torch.backends.cpu.get_cpu_capability() == capability.upper()
companies = [[1], [13, 33, 6], [0, 3, *range(47, 30, -1)]]
for engine in ("native", "eager"):
    experiments, outcomes = crowd(engine)
    for indices in companies:
        again = run_by(engine, [experiments[index] for index in indices])
        differ = [index for index, one in zip(indices, again) if not is_same(one, outcomes[index])]
        assert not differ, (engine, indices, differ)
"""
PROCESSORS = [("avx2", "-march=x86-64-v3"), ("default", "-march=x86-64-v2")]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="these are x86-64's widths of vectors")
@pytest.mark.parametrize(("capability", "architecture"), PROCESSORS)
def test_company_is_irrelevant_on_other_processors(capability: str, architecture: str) -> None:
    """The same where vectors are narrower than on this machine, for torch and for the C program."""
    folders = Path(__file__).parent, Path(__file__).parents[2] / "support"
    process = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESSOR, capability, architecture],
        env=os.environ
        | {"ATEN_CPU_CAPABILITY": capability, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr


ODD = {
    "two layers": ("model.num_hidden_layers=2", "data.batch_size=9"),
    "odd sizes": ("model.hidden_size=7", "model.num_hidden_layers=2", "data.batch_size=9"),
    "odd features": ("model=fourier", "model.num_frequencies=5", "data.batch_size=7"),
    "derivatives": ("loss=ode", "model.num_hidden_layers=2", "model.activation=tanh", "data.batch_size=7"),
    "odd held-out points": ("model.num_hidden_layers=2", "data.validation_share=0.11", "data.batch_size=40"),
}


@pytest.mark.parametrize("case", ODD.values(), ids=ODD)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_odd_sizes_and_batches(experiment: Make, case: tuple[str, ...], dtype: str) -> None:
    """Where matrices lie otherwise at each place of a stack, a run has its own bits, or is not stacked."""
    base = (
        "data.num_points=45",
        "trainer.max_epochs=4",
        "optimizer=adam",
        "optimizer.lr=0.1",
        f"dtype={dtype}",
    )
    experiments = [experiment(*base, *case, f"seed={seed}") for seed in range(6)]
    try:
        plan_stacks([replace(experiments[0], engine="eager")])
        engine: Engine = "eager"
    except EngineError:
        engine = "auto"
    together = run_by(engine, experiments)
    again = run_by(engine, experiments[::-1])[::-1]
    assert all(map(is_same, together, again))


@pytest.mark.parametrize("engine", ["native", "eager"])
def test_there_is_something_to_see(engine: Engine) -> None:
    """The runs differ from each other, and some diverge, so that equality means something."""
    _, outcomes = crowd(engine)
    assert {str(outcome.status) for outcome in outcomes} == {"completed", "converged", "stopped", "diverged"}
    assert {outcome.engine for outcome in outcomes} == {engine}
    completed = [outcome for outcome in outcomes if outcome.status == "completed"]
    assert len({outcome.metrics["rmse"] for outcome in completed}) == len(completed)
    assert not is_same(completed[0], completed[1])
