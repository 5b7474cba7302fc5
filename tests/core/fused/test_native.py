"""The C program: what it knows, how it is made, and what happens where it cannot be made."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from composing import run_by
from torch import nn

from sinefit.core.activations import Sine, Snake
from sinefit.core.fused import plan_stacks, run_many, stack
from sinefit.core.fused.native import library
from sinefit.core.fused.network import describe_network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sinefit.core.experiment import Engine, Experiment
    from sinefit.core.outcome import Outcome

    Make = Callable[..., Experiment]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty place for compiled programs, and none loaded."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "it's a=ü cache"))
    library.load_with_tables.cache_clear()
    yield tmp_path
    library.load_with_tables.cache_clear()


def test_a_program_is_compiled_once_and_kept(fresh: Path) -> None:
    """The second process, here a cleared cache, finds the first one's program and leaves it as it is."""
    assert library.load_library(torch.float32).functions is not None
    (kept,) = (fresh / "it's a=ü cache" / "sinefit").iterdir()
    before = kept.stat().st_mtime_ns
    library.load_with_tables.cache_clear()
    assert library.load_library(torch.float32).functions is not None
    assert [path.stat().st_mtime_ns for path in kept.parent.iterdir()] == [before]


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "no program": lambda _: b"no program",
    "empty": lambda _: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "changed": lambda content: content[:5000] + bytes(1000) + content[6000:],
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_program_is_compiled_again(fresh: Path, damage: Callable[[bytes], bytes]) -> None:
    """What is kept and is not whole is written over, and never loaded: it could crash the process."""
    assert library.load_library(torch.float32).functions is not None
    (kept,) = (fresh / "it's a=ü cache" / "sinefit").iterdir()
    content = kept.read_bytes()
    kept.unlink()  # a loaded program's file is left as it is
    kept.write_bytes(damage(content))
    library.load_with_tables.cache_clear()
    assert library.load_library(torch.float32).functions is not None
    assert kept.read_bytes() == content


def test_without_a_home_programs_are_compiled_all_the_same(
    monkeypatch: pytest.MonkeyPatch, fresh: Path
) -> None:
    """A user whom the machine does not know, as in some containers, has no home folder."""
    del fresh
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 987_654)
    monkeypatch.setattr(library, "_keep", lambda *_: pytest.fail("nobody's folder is written"))
    assert library.load_library(torch.float32).functions is not None


def test_a_place_that_cannot_be_written_costs_only_time(fresh: Path) -> None:
    """The program is compiled and used although it cannot be kept: a file lies where the folder should be."""
    (fresh / "it's a=ü cache").write_text("")
    assert library.load_library(torch.float64).functions is not None


def broken_compiler(folder: Path) -> str:
    """A compiler that complains."""
    script = folder / "cc"
    script.write_text("#!/bin/sh\necho 'fatal error: no such thing' >&2\nexit 1\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return str(script)


@pytest.mark.parametrize(
    ("compiler", "reason"),
    [
        ("", "no C compiler was found"),
        ("nowhere/cc", "nowhere/cc"),
        ("cc 'x", "No closing quotation"),
        (None, "fatal error: no such thing"),
    ],
)
def test_without_a_compiler_sweeps_go_on_by_torch(
    experiment: Make, fresh: Path, monkeypatch: pytest.MonkeyPatch, compiler: str | None, reason: str
) -> None:
    """The reason is one sentence, and the runs are trained by torch."""
    monkeypatch.setenv("PATH", str(fresh))
    monkeypatch.setenv("CC", broken_compiler(fresh) if compiler is None else compiler)
    single = experiment("data.num_points=40", "trainer.max_epochs=2")
    made = plan_stacks([single])
    (told,) = made.missing_compilers()
    assert told.startswith("steps are computed by torch alone: ")
    assert reason in told
    assert "\n" not in told
    assert run_many([single])[0].engine == "eager"
    assert not plan_stacks([replace(single, engine="eager")]).missing_compilers()
    assert os.environ["PATH"] == str(fresh)


class Doubled(nn.Sequential):
    """A sequence that is none."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Twice the sequence."""
        return 2 * super().forward(x)


def hooked() -> nn.Module:
    """A layer that does more than it seems."""
    model = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1))
    model[0].register_forward_hook(lambda _module, _inputs, output: 2 * output)
    return model


def patched() -> nn.Module:
    """A layer whose forward pass was exchanged."""
    model = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1))
    model[0].forward = lambda x: 2 * x  # type: ignore[method-assign]
    return model


def tied() -> nn.Module:
    """One layer used twice."""
    layer = nn.Linear(3, 3)
    return nn.Sequential(nn.Linear(1, 3), layer, nn.Tanh(), layer, nn.Linear(3, 1))


KNOWN = [
    (nn.Linear(2, 1), (2, 1), (0,)),
    (nn.Sequential(nn.Linear(1, 5), nn.ReLU(), nn.Linear(5, 1)), (1, 5, 1), (1, 0)),
    (nn.Sequential(nn.Sequential(nn.Linear(1, 5), nn.Tanh()), nn.Linear(5, 2), nn.SiLU()), (1, 5, 2), (2, 5)),
    (nn.Sequential(nn.Linear(1, 3), Sine(30.0), nn.Linear(3, 3), Snake(2.0)), (1, 3, 3), (6, 7)),
    (nn.Sequential(nn.Linear(1, 3), nn.Linear(3, 1)), (1, 3, 1), (0, 0)),
]


@pytest.mark.parametrize(("model", "sizes", "activations"), KNOWN)
def test_perceptrons_are_known(
    model: nn.Module, sizes: tuple[int, ...], activations: tuple[int, ...]
) -> None:
    """Sizes and activations of sequences, also nested ones."""
    network = describe_network(model, nn.HuberLoss(delta=0.3))
    assert network is not None
    assert (network.sizes, network.activations) == (sizes, activations)
    assert (network.loss, network.loss_factor) == (2, 0.3)


def test_factors_of_activations_are_read() -> None:
    """w0 of a sine, a of a snake."""
    model = nn.Sequential(nn.Linear(1, 3), Sine(30.0), nn.Linear(3, 3), Snake(2.0), nn.Linear(3, 1))
    network = describe_network(model, nn.SmoothL1Loss(beta=0.0))
    assert network is not None
    assert network.factors == (30.0, 2.0, 1.0)
    assert network.loss_factor == 0.0


UNKNOWN = [
    (Doubled(nn.Linear(1, 1)), nn.MSELoss()),
    (hooked(), nn.MSELoss()),
    (patched(), nn.MSELoss()),
    (tied(), nn.MSELoss()),
    (nn.Sequential(nn.Linear(1, 3, bias=False), nn.Linear(3, 1)), nn.MSELoss()),
    (nn.Sequential(nn.ReLU(), nn.Linear(1, 1)), nn.MSELoss()),
    (nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Tanh(), nn.Linear(2, 1)), nn.MSELoss()),
    (nn.Sequential(nn.Linear(1, 2), nn.GELU(approximate="tanh"), nn.Linear(2, 1)), nn.MSELoss()),
    (nn.Sequential(nn.Linear(1, 2), nn.LayerNorm(2), nn.Linear(2, 1)), nn.MSELoss()),
    (nn.Sequential(), nn.MSELoss()),
    (nn.Linear(1, 1), nn.MSELoss(reduction="sum")),
    (nn.Linear(1, 1), nn.L1Loss(reduction="none")),
    (nn.Linear(1, 1), lambda prediction, target: (prediction - target).mean()),
]


@pytest.mark.parametrize(("model", "loss"), UNKNOWN)
def test_what_is_not_known_is_left_to_torch(model: nn.Module, loss: object) -> None:
    """Nothing is taken for a perceptron that does something else."""
    assert describe_network(model, loss) is None


STRUCTURES = {
    "shallow": ("model.hidden_size=10",),
    "a tile and a bit": ("model.hidden_size=19", "data.batch_size=33", "model.activation=gelu"),
    "deep": (
        "model.num_hidden_layers=3",
        "model.hidden_size=17",
        "data.batch_size=6",
        "model.activation=sine",
    ),
    "wide": ("model.num_hidden_layers=2", "model.hidden_size=70", "data.batch_size=70"),
    "point by point": ("model.hidden_size=3", "data.batch_size=1", "model.activation=snake"),
    "features": ("model=fourier", "model.hidden_size=11", "data.batch_size=13", "model.activation=silu"),
    "held out": ("data.validation_share=0.3", "trainer.patience=2", "trainer.gradient_clip_norm=0.3"),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)
def test_a_run_alone_has_the_bits_of_company(
    experiment: Make, structure: tuple[str, ...], dtype: str
) -> None:
    """Points in the lanes or runs in the lanes: the same numbers, at rates at which rounding grows."""
    base = ("data.num_points=70", "trainer.max_epochs=6", f"dtype={dtype}", *structure)
    rules = ("sgd", "nesterov", "adam", "adamw", "rmsprop", "adagrad")
    experiments = [
        experiment(*base, f"optimizer={rule}", "optimizer.lr=0.1", f"seed={seed}")
        for rule in rules
        for seed in range(2)
    ]
    together = run_by("native", experiments, 1)
    for each, outcome in zip(experiments, together, strict=True):
        (alone,) = run_by("native", [each])
        assert (alone.history, alone.status, repr(alone.metrics)) == (
            outcome.history,
            outcome.status,
            repr(outcome.metrics),
        )
        assert all(map(torch.equal, alone.parameters.values(), outcome.parameters.values()))


def test_bits_do_not_follow_from_the_number_of_workers(experiment: Make) -> None:
    """One thread, or three for seven runs."""
    base = ("data.num_points=70", "trainer.max_epochs=20", "optimizer=adam", "optimizer.lr=0.1")
    experiments = [experiment(*base, f"seed={seed}", f"model.hidden_size={9 + seed}") for seed in range(7)]
    one, three = (run_by("native", experiments, workers) for workers in (1, 3))
    for left, right in zip(one, three, strict=True):
        assert (left.status, left.history, left.metrics) == (right.status, right.history, right.metrics)
        assert all(map(torch.equal, left.parameters.values(), right.parameters.values()))


def test_bits_do_not_follow_from_the_epochs_in_a_call(
    experiment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One epoch, some or all of them: the same losses, kept parameters and endings, of each kind."""
    base = ("data=noisy_sine", "data.num_points=60", "data.batch_size=7", "trainer.max_epochs=60")
    cases = [
        ("optimizer=adam", "optimizer.lr=0.05", "trainer.patience=3"),
        ("optimizer=adam", "optimizer.lr=0.05", "trainer.patience=2", "trainer.evaluate_every=5"),
        ("optimizer=adam", "trainer.target_loss=0.2", "trainer.patience=50"),
        ("optimizer=sgd", "optimizer.lr=1e30"),
        ("optimizer=nesterov", "trainer.max_epochs=41", "probe=spectrum", "probe.every=7"),
        ("optimizer=adagrad", "optimizer.lr_decay=0.01", "trainer.evaluate_every=1000"),
    ]
    experiments = [experiment(*base, *case, f"seed={seed}") for seed, case in enumerate(cases)]
    few, usual = run_by_calls(experiments, monkeypatch, 0.0), run_by("native", experiments)
    many = run_by_calls(experiments, monkeypatch, 1e9)
    statuses = [str(outcome.status) for outcome in usual]
    assert {*statuses} == {"completed", "converged", "stopped", "diverged"}
    for one, other, each in zip(few, many, usual, strict=True):
        for outcome in (one, other):
            assert (outcome.status, outcome.message, outcome.steps) == (each.status, each.message, each.steps)
            assert (outcome.history, repr(outcome.metrics)) == (each.history, repr(each.metrics))
            assert repr(outcome.probe_log) == repr(each.probe_log)  # nan is not equal to itself
            assert all(map(torch.equal, outcome.parameters.values(), each.parameters.values()))


def run_by_calls(
    experiments: list[Experiment], monkeypatch: pytest.MonkeyPatch, seconds: float
) -> list[Outcome]:
    """The outcomes where a call of the C program may take so long."""
    monkeypatch.setattr(stack, "BLOCK_SECONDS", seconds)
    return run_by("native", experiments)


def steep() -> nn.Module:
    """A line with a slope of 1e18."""
    line = nn.Linear(1, 1)
    nn.init.constant_(line.weight, 1e18)
    return line


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("engine", ["native", "eager"])
def test_gradients_whose_norm_overflows(experiment: Make, engine: Engine, dtype: str) -> None:
    """Where torch's norm of a gradient is infinite in float32, it clips to zero; so do the others."""
    base = (
        "data.num_points=4",
        "data.batch_size=4",
        "trainer.max_epochs=3",
        "trainer.gradient_clip_norm=1e17",
    )
    single = replace(
        experiment(*base, "optimizer=sgd", "optimizer.lr=1.0", f"dtype={dtype}"),
        model=steep,
    )
    (outcome,), plain = run_by(engine, [single]), run_by("plain", [single])[0]
    assert (outcome.engine, outcome.status) == (engine, plain.status)
    assert plain.status == "completed"
    is_clipped_to_zero = plain.history[0].train_loss == plain.history[2].train_loss
    assert is_clipped_to_zero == (dtype == "float32")
    for row, expected in zip(outcome.history, plain.history, strict=True):
        assert row.train_loss == pytest.approx(expected.train_loss, rel=1e-6)
