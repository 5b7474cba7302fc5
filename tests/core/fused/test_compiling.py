"""Where torch cannot compile, stacks go on eagerly, and the record and one line say so."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import torch

from sinefit.core.fused import plan, run_many, vectorised

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused import Engine

    Make = Callable[..., Experiment]

SMALL = ("data.num_points=40", "trainer.max_epochs=2")


def test_a_compiler_that_breaks_is_told_and_done_without(
    experiment: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The outcomes are the eager ones, bit for bit, and are called so; the line comes once."""

    def broken(*_: object) -> None:
        msg = "file too short\nand many words"
        raise ImportError(msg)

    experiments = [experiment(*SMALL, f"seed={seed}") for seed in (0, 1)]
    eager = run_many(experiments, engine="eager")
    monkeypatch.setattr(vectorised, "compile_step", lambda _step: broken)
    vectorised.tell_not_compiled.cache_clear()
    with caplog.at_level(logging.WARNING):
        tried = run_many(experiments, engine="compiled"), run_many(experiments, engine="compiled")
    assert [record.message for record in caplog.records] == [
        "steps are not compiled: ImportError: file too short"
    ]
    for outcomes in tried:
        for one, other in zip(outcomes, eager, strict=True):
            assert (one.engine, one.history) == ("fused-eager", other.history)
            assert all(map(torch.equal, one.parameters.values(), other.parameters.values()))


@pytest.mark.parametrize("engine", ["auto", "native", "compiled", "eager"])
def test_a_machine_without_a_cpp_compiler(
    experiment: Make, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    """The plan says it where something would have been compiled, and stacks are eager."""
    monkeypatch.setenv("CXX", "nowhere/c++ -O2")
    long = experiment("model=fourier", "trainer.max_epochs=100000")
    made = plan([long], engine)
    expected = "" if engine == "eager" else "the C++ compiler nowhere/c++ -O2 was not found"
    assert made.why_not_compiled().startswith(expected)
    assert bool(made.why_not_compiled()) == (engine != "eager")
    short = experiment("model=fourier", *SMALL)
    assert run_many([short], engine=engine)[0].engine == "fused-eager"
    assert not plan([short], "auto").why_not_compiled()
