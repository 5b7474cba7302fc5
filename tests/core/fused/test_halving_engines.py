"""Runs that are left at an epoch and go on: the bits of runs that nobody left, by every engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from composing import FOREIGN

from sinefit.core.fused import Plan, train_stack
from sinefit.core.fused.plan import plan_stacks
from sinefit.core.plain import run_plain
from sinefit.core.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome

    Make = Callable[..., Experiment]

EPOCHS, RUNG = 9, 4
CASES = {
    "native": ("optimizer=adam", "data=noisy_sine", "trainer.patience=5"),
    "eager": (FOREIGN, "engine=eager", "optimizer=adam", "probe=spectrum", "probe.every=2"),
    "compiled": (FOREIGN, "engine=compiled", "optimizer=momentum"),
}


class Kept:
    """A checkpoint in memory."""

    def __init__(self, state: dict[str, Any] | None) -> None:
        self.state = state

    def load(self) -> dict[str, Any] | None:
        """What was kept."""
        return self.state

    def save(self, state: dict[str, Any]) -> None:
        """Nothing is saved on the way."""


def train(each: Mapping[int, Experiment], states: Mapping[int, dict[str, Any] | None]) -> dict[int, Outcome]:
    """Train runs in stacks, each from where it was left."""
    plan, outcomes = Plan(), {}
    for index, experiment in each.items():
        plan.add(index, experiment, saved=states.get(index))
    assert not plan.unstackable
    for indices in plan.stacks():
        for at, outcome in train_stack(plan.pop_members(indices), workers=1):
            assert not isinstance(outcome, BaseException), outcome
            outcomes[indices[at]] = outcome
    return outcomes


def make(experiment: Make, case: Sequence[str]) -> dict[int, Experiment]:
    """Six runs of a case, of two lengths."""
    shared = ("data.num_points=40", "data.batch_size=16", *case)
    lengths = (EPOCHS, EPOCHS + 4) * 3
    return {
        seed: experiment(*shared, f"trainer.max_epochs={length}", f"seed={seed}")
        for seed, length in enumerate(lengths)
    }


def require_same(one: Outcome, other: Outcome) -> None:
    """Equal in all but the time taken."""
    assert (one.status, one.history, one.steps) == (other.status, other.history, other.steps)
    assert repr((one.metrics, one.probe_log)) == repr((other.metrics, other.probe_log))  # nan equals nan
    assert all(map(torch.equal, one.parameters.values(), other.parameters.values()))
    assert one.engine == other.engine


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_survivors_have_the_bits_of_the_whole(experiment: Make, case: tuple[str, ...]) -> None:
    """Left at a rung, gone on with fewer beside them, left again, trained to the end."""
    each = make(experiment, case)
    whole = train(each, {})
    left = train({index: replace(e, until=RUNG) for index, e in each.items()}, {})
    assert {outcome.status for outcome in left.values()} == {"pruned"}
    further = {index: replace(each[index], until=RUNG + 2) for index in (1, 2, 5)}
    left = train(further, {index: left[index].progress for index in further})
    ended = train({index: each[index] for index in (2, 5)}, {i: left[i].progress for i in (2, 5)})
    for index, outcome in ended.items():
        require_same(outcome, whole[index])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_losers_have_the_bits_of_a_run_that_ends_there(experiment: Make, case: tuple[str, ...]) -> None:
    """What is left is the beginning of the whole, also beside runs that go on, and made from its state."""
    each = make(experiment, case)
    whole = train(each, {})
    mixed = train({i: replace(e, until=RUNG if i % 2 else None) for i, e in each.items()}, {})
    losers = {i: outcome for i, outcome in mixed.items() if i % 2}
    again = train({i: replace(each[i], until=RUNG) for i in losers}, {i: losers[i].progress for i in losers})
    for index, outcome in mixed.items():
        if index % 2 == 0:
            require_same(outcome, whole[index])
            continue
        assert (outcome.status, outcome.epochs) == ("pruned", RUNG)
        assert outcome.history == whole[index].history[:RUNG]
        require_same(again[index], outcome)


@pytest.mark.parametrize(
    "words",
    [
        ("engine=plain", "optimizer=adam"),
        ("engine=plain", "optimizer=lbfgs"),
        ("engine=plain", "optimizer.lr=0.1", "trainer.patience=9"),  # the best is not the last
    ],
)
def test_plain_runs_are_left_and_go_on(experiment: Make, words: tuple[str, ...]) -> None:
    """By themselves, from the state of a checkpoint; what is left is not changed by going on."""
    size = 40 if "optimizer=lbfgs" in words else 16
    full = ("data.num_points=40", f"data.batch_size={size}", "trainer.max_epochs=7", "data=noisy_sine")
    each = experiment(*full, *words)
    whole, left = run_plain(each), run_plain(replace(each, until=3))
    assert (left.status, left.history, left.message) == ("pruned", whole.history[:3], "")
    require_same(run(replace(each, until=3), None, Kept(left.progress)), left)
    require_same(run(each, None, Kept(left.progress)), whole)


def test_a_run_that_ends_before_the_rung_has_ended(experiment: Make) -> None:
    """It converged, or diverged, whatever would have become of it later."""
    easy = experiment("data.num_points=40", "trainer.target_loss=100", "trainer.max_epochs=9")
    wild = experiment("data.num_points=40", "optimizer=sgd", "optimizer.lr=1e30", "trainer.max_epochs=9")
    for engine in ("native", "plain"):
        each = (replace(e, until=5, engine=engine) for e in (easy, wild))
        assert [run(e).status for e in each] == ["converged", "diverged"]


def test_what_computes_the_steps_is_decided_without_rungs(experiment: Make) -> None:
    """A stack is compiled, or not, by the runs' settings: their epochs until the rung are not looked at."""
    each = make(experiment, (FOREIGN, "optimizer=adam"))
    plain = plan_stacks(list(each.values()))
    with_rungs = plan_stacks([replace(e, until=1) for e in each.values()])
    assert plain.chosen_engines() == with_rungs.chosen_engines() != {}
    assert plain.stacks() == with_rungs.stacks()
