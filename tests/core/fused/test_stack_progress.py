"""Stacks that are stopped on the way go on later with the bits of stacks that nobody stopped."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import torch
from composing import FOREIGN

from sinefit.core.fused import Plan, train_stack
from sinefit.core.fused.plan import plan_stacks
from sinefit.core.run import run
from sinefit.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome

CASES = {
    "native": ("optimizer=adam",),
    "native with early stopping": ("optimizer=rmsprop", "data=noisy_sine", "trainer.patience=5"),
    "native with one cycle": ("optimizer=nesterov", "scheduler=one_cycle"),
    "torch with a probe": (FOREIGN, "optimizer=adam", "probe=spectrum", "probe.every=2"),
    "torch with early stopping": (
        "engine=eager",
        "optimizer=adagrad",
        "data=noisy_sine",
        "trainer.patience=5",
    ),
    "torch with clipping": ("engine=eager", "optimizer=momentum", "trainer.gradient_clip_norm=0.1"),
}


class Store:
    """Keeps the last checkpoint, as bytes."""

    def __init__(self) -> None:
        self.last: bytes | None = None

    def load(self) -> dict[str, Any] | None:
        """What was saved last."""
        return None if self.last is None else torch.load(io.BytesIO(self.last), weights_only=True)

    def save(self, state: dict[str, Any]) -> None:
        """Keep it."""
        buffer = io.BytesIO()
        torch.save(state, buffer)
        self.last = buffer.getvalue()


def train(plan: Plan, stores: list[Store], stop: Callable[[int], None] | None = None) -> dict[int, Outcome]:
    """The outcomes of a plan's runs, by index; of those that had ended when it was stopped."""
    outcomes: dict[int, Outcome] = {}
    for indices in plan.stacks():
        try:
            chosen = [stores[index] for index in indices]
            for at, outcome in train_stack(
                plan.pop_members(indices), workers=1, on_epoch=stop, stores=chosen
            ):
                assert not isinstance(outcome, BaseException), outcome
                outcomes[indices[at]] = outcome
        except KeyboardInterrupt:
            pass
    return outcomes


@pytest.mark.parametrize("epochs", [1, 4, 8])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_stopped_stack_goes_on(
    experiment: Callable[..., Experiment], case: tuple[str, ...], epochs: int
) -> None:
    """Stopped early, late, and after some of its runs have ended: all that is recorded is equal."""
    shared = ("data.num_points=40", "data.batch_size=16")
    lengths = (9, 13, 17) * 2
    each = [
        experiment(*shared, f"trainer.max_epochs={length}", f"seed={seed}", *case)
        for seed, length in enumerate(lengths)
    ]
    stores, second = [Store() for _ in each], Plan()
    engines = plan_stacks(each).chosen_engines()
    whole = train(plan_stacks(each), [Store() for _ in each])
    trained = 0

    def stop(more: int) -> None:
        nonlocal trained
        trained += more
        if trained >= epochs * len(each):
            raise KeyboardInterrupt

    outcomes = train(plan_stacks(each), stores, stop)
    assert len(outcomes) < len(each)
    assert any(store.last for store in stores)  # all but those that ended in the very last block
    for index in range(len(each)):
        if index not in outcomes:
            second.add(index, each[index], engines.get(index), stores[index].load())
    outcomes |= train(second, stores)
    for index, outcome in whole.items():
        again = outcomes[index]
        assert (again.history, again.status, again.message) == (
            outcome.history,
            outcome.status,
            outcome.message,
        )
        assert all(map(torch.equal, again.parameters.values(), outcome.parameters.values()))
        for name in ("metrics", "probe_log"):  # nan is not equal to itself
            assert repr(getattr(again, name)) == repr(getattr(outcome, name))
        assert again.engine == outcome.engine


def test_a_single_run_of_the_c_program_goes_on(experiment: Callable[..., Experiment]) -> None:
    """Stopped by Ctrl-C, it is interrupted with what it has; it then goes on to the bits of the whole."""
    each, store = experiment("data.num_points=40", "trainer.max_epochs=30"), Store()

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    assert run(each, stop, store).status == "interrupted"
    saved = store.load()
    assert saved is not None
    assert 0 < saved["losses_2E"].shape[1] < 30
    seen: list[int] = []
    again, whole = run(each, lambda row: seen.append(row.epoch), store), run(each)
    assert again.history == whole.history
    assert seen[0] == saved["losses_2E"].shape[1] + 1
    assert all(map(torch.equal, again.parameters.values(), whole.parameters.values()))


def test_a_checkpoint_of_another_engine_is_not_gone_on_with(experiment: Callable[..., Experiment]) -> None:
    """The run is trained from its first epoch, and has the bits of its own engine."""
    words, store = ("data.num_points=40", "trainer.max_epochs=12"), Store()

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    run(experiment(*words, "engine=eager"), stop, store)
    native = experiment(*words)
    assert run(native, checkpoints=store).history == run(native).history
    assert run(experiment(*words, "engine=plain"), checkpoints=store).history[0].epoch == 1


def test_a_full_disk_costs_a_checkpoint_and_no_run(
    experiment: Callable[..., Experiment], caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be saved is logged."""

    class Full(Store):
        def save(self, _: dict[str, Any]) -> None:
            msg = "no room"
            raise RecordError(msg)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    plan = Plan()
    plan.add(0, experiment("data.num_points=40"))
    assert train(plan, [Full()], stop) == {}
    assert "no checkpoint: no room" in caplog.text
