"""Where torch cannot compile, ``auto`` goes on eagerly and says so once; ``compiled`` is refused."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from composing import FOREIGN, run_by

from sinefit.core.fused import engine, plan_stacks, run_many, vectorized
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

    Make = Callable[..., Experiment]

SMALL = (FOREIGN, "data.num_points=40", "trainer.max_epochs=2")


def test_a_compiler_that_breaks_is_told_and_done_without(
    experiment: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The outcomes are the eager ones, bit for bit, and are called so; the line comes once."""

    def broken(*_: object) -> None:
        msg = "file too short\nand many words"
        raise ImportError(msg)

    experiments = [experiment(*SMALL, f"seed={seed}") for seed in (0, 1)]
    eager = run_by("eager", experiments)
    monkeypatch.setattr(vectorized, "compile_step", lambda _step: broken)
    monkeypatch.setattr(engine, "COMPILE_SECONDS", 0.0)
    with caplog.at_level(logging.WARNING):
        tried = run_many(experiments), run_many(experiments)
    assert [record.message for record in caplog.records] == [
        "steps are not compiled: ImportError: file too short"
    ]
    for outcomes in tried:
        for one, other in zip(outcomes, eager, strict=True):
            assert (one.engine, one.history) == ("eager", other.history)
            assert all(map(torch.equal, one.parameters.values(), other.parameters.values()))
    with pytest.raises(
        SinefitError, match=r"engine=compiled cannot train .* ImportError: file too short; type"
    ):
        run_by("compiled", experiments)


def test_a_machine_without_a_cpp_compiler(experiment: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan says it where something would have been compiled, and such stacks are eager."""
    monkeypatch.setenv("CXX", "nowhere/c++ -O2")
    reason = "the C++ compiler nowhere/c++ -O2 was not found"
    short = experiment(*SMALL)
    long = experiment(*SMALL, "trainer.max_epochs=100000")
    (told,) = plan_stacks([long]).missing_compilers()
    assert told.startswith(f"steps by torch are not compiled: {reason}")
    assert not plan_stacks([short, replace(long, engine="eager")]).missing_compilers()
    monkeypatch.setattr(engine, "COMPILE_SECONDS", 0.0)
    assert run_many([short])[0].engine == "eager"
    with pytest.raises(SinefitError, match=reason.replace("+", r"\+")):
        run_by("compiled", [short])
