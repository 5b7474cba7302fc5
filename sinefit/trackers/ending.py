"""How a run ended in the words of trackers, which know fewer than sinefit."""

from __future__ import annotations

from enum import StrEnum

from sinefit.status import Status


class State(StrEnum):
    """What trackers tell apart; MLflow's words."""

    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


STATES = {
    Status.COMPLETED: State.FINISHED,
    Status.CONVERGED: State.FINISHED,
    Status.STOPPED: State.FINISHED,
    Status.PRUNED: State.KILLED,
    Status.INTERRUPTED: State.KILLED,
    Status.DIVERGED: State.FAILED,
    Status.FAILED: State.FAILED,
}
"""Of each status; its own word is a tag."""
