"""How equal fused runs are: to the plain engine within rounding, in other company bit for bit."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.composing import compose_experiment
from benchmarks.measuring import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.core.experiment import Engine, Experiment
    from sinefit.core.outcome import Outcome

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad")
VARIANTS = [
    *((f"scheduler={name}",) for name in ("step", "exponential", "cosine", "one_cycle")),
    *((f"loss={name}",) for name in ("l1", "huber")),
    *((f"model.activation={name}",) for name in ("tanh", "sigmoid", "gelu", "silu", "sine", "snake")),
    *(("model.num_hidden_layers=3",), ("model=siren",), ("data=noisy_sine",)),
    ("trainer.gradient_clip_norm=0.05",),
]
ENGINES: tuple[Engine, ...] = ("native", "eager")
STABLE_RATES = {"momentum": 0.003, "nesterov": 0.003, "adam": 0.001, "adamw": 0.001, "rmsprop": 0.0003}


def benchmark_equality(rounds: int) -> None:
    """Two tables: distances from the plain engine, and bits in `rounds` other companies."""
    import torch

    torch.set_num_threads(1)
    short = ("data.num_points=50", "data.batch_size=16", "trainer.max_epochs=5")
    chaotic = [(*short, "dtype=float64", f"optimizer={name}") for name in OPTIMIZERS]
    chaotic += [(*short, "dtype=float64", "optimizer=adam", *case) for case in VARIANTS]
    long = ("data.num_points=70", "trainer.max_epochs=334", "model.activation=tanh")
    stable = [
        (*long, f"optimizer={name}", f"optimizer.lr={STABLE_RATES.get(name, 0.01)}") for name in OPTIMIZERS
    ]
    rows = []
    for title, cases in (
        ("20 steps, float64, everything in conf/", chaotic),
        ("1,002 steps, float64, stable rates", [(*case, "dtype=float64") for case in stable]),
        ("1,002 steps, float32, stable rates", [(*case, "dtype=float32") for case in stable]),
    ):
        experiments = [compose_experiment(*case, f"seed={k}") for k, case in enumerate(cases)]
        rows += [
            (title, engine, str(len(experiments)), f"{farthest(experiments, engine):.1e}")
            for engine in ENGINES
        ]
    show(
        "fused against the plain engine: parameters and losses, largest distance relative to size or 1",
        ("setting", "engine", "runs", "distance"),
        rows,
    )
    show_company(rounds)


def show_company(rounds: int) -> None:
    """Runs at chaotic rates, trained all together and again in other company."""
    cases = [("optimizer=adam", "optimizer.lr=0.1"), ("optimizer=rmsprop", "optimizer.lr=0.1")]
    cases += [("optimizer=sgd", "optimizer.lr=0.3"), ("optimizer=sgd", "optimizer.lr=1e30")]
    bases = [compose_experiment("data.num_points=200", "trainer.max_epochs=50", *case) for case in cases]
    experiments = [replace(base, seed=seed) for base in bases for seed in range(20)]
    dice = random.Random(0)  # noqa: S311 - companies, not secrets
    rows = []
    for engine in ENGINES:
        together = train(experiments, engine)
        compared = equal = 0
        for _ in range(rounds):
            indices = dice.sample(range(len(experiments)), dice.randint(1, len(experiments)))
            again = train([experiments[index] for index in indices], engine)
            compared += len(indices)
            equal += sum(
                same_bits(outcome, together[index]) for outcome, index in zip(again, indices, strict=True)
            )
        rows.append((engine, f"{compared:,}", f"{equal:,}"))
    show(
        "runs at chaotic rates in other company: parameters, history, status",
        ("engine", "compared", "bit-equal"),
        rows,
    )


def train(experiments: Sequence[Experiment], engine: Engine) -> list[Outcome]:
    """All of them as one sweep."""
    from sinefit.core.fused import run_many

    return run_many([replace(each, engine=engine) for each in experiments])


def farthest(experiments: Sequence[Experiment], engine: Engine) -> float:
    """The largest distance of any number from the plain engine's, relative to 1 or its size."""
    import torch

    from sinefit.core.plain import run_plain

    largest = 0.0
    for fused, experiment in zip(train(experiments, engine), experiments, strict=True):
        plain = run_plain(experiment)
        if (fused.status, fused.steps) != (plain.status, plain.steps):
            return float("inf")
        pairs = [*zip(fused.parameters.values(), plain.parameters.values(), strict=True)]
        losses = ([row.train_loss for row in outcome.history] for outcome in (fused, plain))
        pairs.append(tuple(torch.tensor(values, dtype=torch.float64) for values in losses))
        for ours, theirs in pairs:
            scale = theirs.double().abs().clamp(min=1)
            largest = max(largest, float(((ours.double() - theirs.double()).abs() / scale).max()))
    return largest


def same_bits(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes are equal in every bit."""
    import torch

    same = all(map(torch.equal, one.parameters.values(), other.parameters.values()))
    return same and (one.status, one.history) == (other.status, other.history)
