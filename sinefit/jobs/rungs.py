"""Where the runs of a sweep are left to be ranked: who goes on, and who ends as pruned; trains nothing.

A run is trained to its next rung, and left there; when all that it competes with are there, or have ended
before, the rung decides (`sinefit.jobs.race`), and the decision is written. What becomes of a run follows
from that file alone: so any process can go on with it, and a resumed sweep goes on as it would have.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sinefit.record.rungs import Bracket, read_decisions

if TYPE_CHECKING:
    from pathlib import Path

    from sinefit.core.outcome import Outcome
    from sinefit.jobs.job import Job
    from sinefit.record.result import Result
    from sinefit.record.rungs import Decision


GOING_ON = "going_on"
"""The value of ``resume`` for jobs that go on behind a rung, within the sweep that started them."""


class Held(NamedTuple):
    """A run that was left at a rung.

    Attributes:
        job: its settings and its folder.
        state: of its checkpoint; None where that lies in its folder.
    """

    job: Job
    state: dict[str, Any] | None


class Course(Protocol):
    """How far a run is to be trained, and what becomes of it there."""

    def until(self, job: Job) -> int | None:
        """The epoch after which a run is to be left; None if it is trained to its end."""

    def held(self, job: Job) -> Held | None:
        """What was kept of a run that goes on within its sweep; None of one that begins."""

    def verdict(self, job: Job) -> dict[str, int]:
        """Why a run that was left ends there: epoch, rank, of how many; empty if that is not decided."""

    def hold(self, job: Job, outcome: Outcome, runs_together: int) -> None:
        """Keep a run that was left, for its rung to decide.

        Args:
            job: its settings and its folder.
            outcome: what it is worth, and how it goes on.
            runs_together: how many runs its stack held.
        """


class ToTheEnd:
    """The course of a single run; one that repeats a pruned run is left where that was.

    Args:
        repeated: the record of the run that is repeated; None if none is.
    """

    def __init__(self, repeated: Result | None = None) -> None:
        self._pruned = {} if repeated is None else repeated.pruned

    def until(self, job: Job) -> int | None:
        """The epoch at which the repeated run was pruned."""
        del job
        return self._pruned.get("epoch")

    def held(self, job: Job) -> Held | None:
        """Nothing."""
        del job
        return None

    def verdict(self, job: Job) -> dict[str, int]:
        """That of the repeated run."""
        del job
        return self._pruned

    def hold(self, job: Job, outcome: Outcome, runs_together: int) -> None:
        """Never called: what is left has its verdict."""
        raise NotImplementedError


def bracket_of(job: Job) -> Bracket | None:
    """Whom a job competes with; None of a job without rungs, and of one whose settings will be refused."""
    trainer = job.settings.get("trainer")
    halving = trainer.get("halving") if isinstance(trainer, dict) else None
    if not isinstance(halving, dict) or not halving.get("at") or not halving.get("keep"):
        return None
    try:
        keep, at = float(halving["keep"]), tuple(map(int, halving["at"]))
    except (TypeError, ValueError):
        return None
    return Bracket(keep, at, str(job.settings.get("objective")))


class Rungs:
    """What the rungs of a sweep have decided, as its folder holds it.

    Args:
        sweep: its folder.
    """

    def __init__(self, sweep: Path) -> None:
        self.sweep = sweep
        self.decisions = read_decisions(sweep)

    def decided(self, number: int, bracket: Bracket) -> list[Decision]:
        """The decisions that concern a job, in their order.

        Args:
            number: the job's.
            bracket: its own.
        """
        return [each for each in self.decisions if each.concerns(number, bracket)]

    def next_rung(self, number: int, bracket: Bracket) -> int | None:
        """The first epoch of a job's bracket that nothing is decided of; None behind the last.

        Args:
            number: the job's.
            bracket: its own.
        """
        done = {each.epoch for each in self.decided(number, bracket)}
        return next((epoch for epoch in bracket.at if epoch not in done), None)

    def lost(self, number: int, bracket: Bracket) -> Decision | None:
        """The decision by which a job does not go on, if there is one.

        Args:
            number: the job's.
            bracket: its own.
        """
        return next((each for each in self.decided(number, bracket) if number in each.out), None)

    def until(self, job: Job) -> int | None:
        """The epoch after which a run is to be left."""
        bracket = bracket_of(job)
        if bracket is None:
            return None
        lost = self.lost(job.number, bracket)
        return self.next_rung(job.number, bracket) if lost is None else lost.epoch

    def verdict(self, job: Job) -> dict[str, int]:
        """Why a run that was left ends there; empty if that is not decided."""
        bracket = bracket_of(job)
        lost = None if bracket is None else self.lost(job.number, bracket)
        return {} if lost is None else {"epoch": lost.epoch, "rank": lost.out[job.number], "of": lost.of}


class OwnRungs(Rungs):
    """The course of a job that is trained by itself in whatever process; its folder keeps it at a rung."""

    def held(self, job: Job) -> Held | None:
        """What a pass before this one has left in the job's folder."""
        return Held(job, None) if job.settings["resume"] == GOING_ON else None

    def hold(self, job: Job, outcome: Outcome, runs_together: int) -> None:
        """Save a checkpoint, then what the run is ranked by."""
        del runs_together
        assert outcome.progress is not None  # noqa: S101 - it was left
        job.folder.save(outcome.progress)
        job.folder.write_rung(outcome.epochs, value_of(outcome.metrics, job))


def value_of(metrics: dict[str, float], job: Job) -> float:
    """What a run is ranked by; nan, which is as bad as the worst, if it has no such value."""
    return metrics.get(job.settings["objective"], math.nan)


def describe_verdict(pruned: dict[str, int]) -> str:
    """For example ``rank 7 of 12 at epoch 10``."""
    return f"rank {pruned['rank']:,} of {pruned['of']:,} at epoch {pruned['epoch']:,}"
