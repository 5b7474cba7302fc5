"""How far a run of a stack is: all that it needs to go on later as if it had not been stopped.

Shapes: P parameters of a run, E epochs so far.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from sinefit.core.stopping import Waiting
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

    from sinefit.core.plain import CheckpointStore

log = logging.getLogger("sinefit")

EVERY_SECONDS = 60.0
"""Of training between two checkpoints of a stack: what a kill costs."""
SAVING_SHARE = 50
"""And at least so many times what saving takes."""


class RunState(NamedTuple):
    """What the engines hold of a run.

    Attributes:
        vectors: the parameters p, the rule's m and v, and the kept parameters, each (P,).
        waiting: what decides when it stops.
    """

    vectors: tuple[Tensor, ...]
    waiting: Waiting


@dataclass(frozen=True)
class Progress:
    """A run between two epochs.

    Attributes:
        engine: what computed its steps, and must go on to.
        state: what the engine holds of it.
        losses_2E: the mean training loss and the loss on the held-out points of each epoch.
        looks: the steps and the rows of its probe's log; None without a probe.
        seconds: of training.
    """

    engine: str
    state: RunState
    losses_2E: Tensor
    looks: tuple[list[int], list[tuple[float, ...]]] | None
    seconds: float

    @property
    def epoch(self) -> int:
        """Epochs so far, E."""
        return self.losses_2E.shape[1]

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values, for a file."""
        return {name: getattr(self, name) for name in _NAMES} | {
            "state": (self.state.vectors, tuple(self.state.waiting))
        }


_NAMES = [field.name for field in fields(Progress)]


def read_progress(saved: dict[str, Any] | None) -> Progress | None:
    """The progress that a checkpoint holds; None if it holds none, as one of the plain engine's."""
    if saved is None or set(saved) != set(_NAMES):
        return None
    vectors, waiting = saved["state"]
    return Progress(**saved | {"state": RunState(vectors, Waiting(*waiting))})


class Checkpoints:
    """Saves the runs of a stack every minute, and when they are given up.

    Args:
        stores: where each run's checkpoint is kept.
    """

    def __init__(self, stores: Sequence[CheckpointStore]) -> None:
        self._stores = stores
        self._due = time.monotonic() + EVERY_SECONDS

    def is_due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() >= self._due

    def save(self, runs: Iterable[tuple[int, Progress]]) -> None:
        """Save runs; what goes wrong is logged, and costs no run.

        Args:
            runs: each one's index, and how far it is.
        """
        started = time.monotonic()
        try:
            for row, progress in runs:
                self._stores[row].save(progress.state_dict())
        except SinefitError as error:
            log.warning("no checkpoint: %s", error)
        took = time.monotonic() - started
        self._due = time.monotonic() + max(EVERY_SECONDS, SAVING_SHARE * took)
