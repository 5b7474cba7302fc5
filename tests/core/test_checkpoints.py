"""Runs that go on from a checkpoint: equal, bit for bit, to runs that nobody stopped."""

from __future__ import annotations

import io
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from sinefit.core.plain import run_plain
from sinefit.run import config_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome

    Make = Callable[..., Experiment]

SHORT = ("data=noisy_sine", "data.num_points=40", "trainer.max_epochs=6", "trainer.checkpoint_every=2")


def names(group: str) -> list[str]:
    """All choices of a config group."""
    return sorted(path.stem for path in Path(config_folder(), group).glob("*.yaml"))


class Store:
    """Keeps every checkpoint, as bytes: nothing in it is shared with the run that goes on."""

    def __init__(self, last: bytes | None = None) -> None:
        self.saved: list[bytes] = []
        self.last = last

    def load(self) -> dict[str, Any] | None:
        """The one that was given."""
        if self.last is None:
            return None
        state: dict[str, Any] = torch.load(io.BytesIO(self.last), weights_only=True)
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Keep another one."""
        buffer = io.BytesIO()
        torch.save(state, buffer)
        self.saved.append(buffer.getvalue())


def assert_same(first: Outcome, second: Outcome) -> None:
    """Equal in all but the time taken."""
    assert (first.status, first.message, first.steps) == (second.status, second.message, second.steps)
    assert first.history == second.history
    assert repr(first.metrics) == repr(second.metrics)  # nan is equal to nan
    assert all(map(torch.equal, first.parameters.values(), second.parameters.values()))


WAYS = [
    *((f"optimizer={name}", "scheduler=cosine") for name in names("optimizer")),
    *(("optimizer=adam", f"scheduler={name}") for name in names("scheduler") if name != "cosine"),
]
ENDINGS = {
    "completed": ("trainer.max_epochs=5",),
    "converged": ("trainer.target_loss=100",),
    "stopped": ("trainer.patience=2", "trainer.min_improvement=100"),
    "diverged": ("optimizer=sgd", "optimizer.lr=1e18", "data.batch_size=40", "dtype=float64"),
}


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_every_optimizer_and_schedule_goes_on(experiment: Make, way: tuple[str, ...]) -> None:
    """From any checkpoint, the end is that of the run that was not stopped."""
    full = ("data.batch_size=40",) if "bfgs" in way[0] else ("data.batch_size=16",)
    each = experiment(*SHORT, *full, *way)
    store = Store()
    whole = run_plain(each, checkpoints=store)
    assert_same(run_plain(each), whole)
    assert len(store.saved) == 2
    for saved in store.saved:
        assert_same(run_plain(each, checkpoints=Store(saved)), whole)


@pytest.mark.parametrize("status", ENDINGS)
def test_every_ending_is_reached_again(experiment: Make, status: str) -> None:
    """Also by a run that was killed after its last epoch, before its record was written."""
    each = experiment(*SHORT, "trainer.checkpoint_every=1", *ENDINGS[status])
    store = Store()
    whole = run_plain(each, checkpoints=store)
    assert whole.status == status
    for saved in chain([None], store.saved):
        assert_same(run_plain(each, checkpoints=Store(saved)), whole)
