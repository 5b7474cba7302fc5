"""The jobs of a batch between their rungs: who waits there, how a rung ranks them; trains nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sinefit.core.halving import Competitor, count_kept, rank_settings
from sinefit.core.metrics import find_metric
from sinefit.jobs.rungs import Held, Rungs, bracket_of, value_of
from sinefit.record.rungs import Decision, write_decisions
from sinefit.settings.content import with_content
from sinefit.settings.plain import hash_setting
from sinefit.status import ENDED, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sinefit.core.outcome import Outcome
    from sinefit.jobs.job import Job
    from sinefit.record.result import Result
    from sinefit.record.rungs import Bracket


class Race(Rungs):
    """The jobs of a batch between its rungs.

    Args:
        sweep: the sweep's folder.
        numbers: of the first and the last job.
        batch_size: how many jobs compete with each other, from the first on; None: all.

    Attributes:
        going: the jobs that were left at the rung before and go on from there, be it to be pruned, by number.
    """

    def __init__(self, sweep: Path, numbers: tuple[int, int], batch_size: int | None = None) -> None:
        super().__init__(sweep)
        self.going: dict[int, Held] = {}
        self._numbers = numbers
        self._batch_size = batch_size or numbers[1] - numbers[0] + 1
        self._waiting: dict[int, Held] = {}
        self._entrants: dict[tuple[tuple[int, int], Bracket], dict[int, str]] = {}
        self._values: dict[int, float] = {}

    def enter(self, job: Job) -> None:
        """Let a job compete, if it has rungs."""
        bracket = bracket_of(job)
        if bracket is None:
            return
        entrants = self._entrants.setdefault((self._batch_of(job.number), bracket), {})
        if job.number not in entrants:
            entrants[job.number] = hash_setting(with_content(job.settings))

    def _batch_of(self, number: int) -> tuple[int, int]:
        """The numbers of the first and the last job of a job's batch."""
        first, last = self._numbers
        begin = number - (number - first) % self._batch_size
        return begin, min(begin + self._batch_size - 1, last)

    def held(self, job: Job) -> Held | None:
        """What was kept of a run at the rung before."""
        return self.going.get(job.number)

    def hold(self, job: Job, outcome: Outcome, runs_together: int) -> None:
        """Keep what a run needs to go on: in memory, or in its folder if it was alone and may be large."""
        assert outcome.progress is not None  # noqa: S101 - it was left
        if runs_together == 1:
            job.folder.save(outcome.progress)
        state = None if runs_together == 1 else outcome.progress
        self.wait(Held(job, state), value_of(outcome.metrics, job))

    def wait(self, held: Held, value: float) -> None:
        """Take note of a run that was left.

        Args:
            held: the run.
            value: of its objective.
        """
        self._waiting[held.job.number] = held
        self._values[held.job.number] = value

    def end(self, job: Job, result: Result) -> None:
        """Take note of a run that has ended: it competes with its final value, if it was trained for that.

        What failed has none, and what was taken over from elsewhere was trained beyond the rung.
        """
        if result.status in ENDED and result.taken_from is None:
            is_good = result.status != Status.DIVERGED
            self._values[job.number] = value_of(result.metrics, job) if is_good else math.nan
        else:
            self._values.pop(job.number, None)

    def save(self) -> None:
        """Save what waits in memory into the folders of jobs, of a sweep that is given up."""
        begun = [held for held in self.going.values() if not held.job.folder.checkpoint.exists()]
        for job, state in (*begun, *self._waiting.values()):
            if state is not None and not job.folder.result.exists():
                job.folder.save(state)

    def collect(self, jobs: Iterable[Job]) -> None:
        """Read from the folders of jobs that other processes may have trained how far they are.

        What is neither done nor at its rung is no competitor, as a run that failed.
        """
        for job in jobs:
            if bracket_of(job) is None:
                continue
            self.enter(job)
            if job.folder.result.exists():
                self.end(job, job.folder.read_result())
            elif (rung := job.folder.read_rung()) is not None and rung[0] == self.until(job):
                self.wait(Held(job, None), rung[1])
            else:
                self._values.pop(job.number, None)

    def decide(self) -> list[Decision]:
        """Decide the next rung of each bracket that has runs waiting; the decisions are written.

        Returns:
            The new ones; none if no run waits.
        """
        made = (self._decide(*key) for key in self._entrants)
        new = [each for each in made if each is not None]
        if new:
            self.decisions += new
            write_decisions(self.sweep, self.decisions)
        self.going, self._waiting = self._waiting, {}
        return new

    def _decide(self, batch: tuple[int, int], bracket: Bracket) -> Decision | None:
        epoch = self.next_rung(batch[0], bracket)
        gone = {number for each in self.decided(batch[0], bracket) for number in each.out}
        left = {num: key for num, key in self._entrants[batch, bracket].items() if num not in gone}
        if epoch is None or not left.keys() & self._waiting.keys():
            return None
        runs = [Competitor(num, key, self._values[num]) for num, key in left.items() if num in self._values]
        ranks = rank_settings(runs, find_metric(bracket.objective))
        kept = count_kept(bracket.keep, len(ranks))
        out = {num: ranks[key] for num, key in left.items() if ranks.get(key, 0) > kept}
        return Decision(batch, bracket, epoch, len(ranks), out)

    def describe(self, decisions: Iterable[Decision]) -> Iterator[str]:
        """A line a decision, such as ``rung 10: 4 of 12 go on``.

        Args:
            decisions: new ones.
        """
        for each in decisions:
            yield self._describe_rung(each.jobs, each.bracket, each.epoch, each.of)

    def forecast(self) -> Iterator[str]:
        """The same lines for all rungs of the jobs that have entered, if none of them ends before."""
        for (jobs, bracket), entrants in self._entrants.items():
            left = len(set(entrants.values()))
            for epoch in bracket.at:
                yield self._describe_rung(jobs, bracket, epoch, left)
                left = count_kept(bracket.keep, left)

    def _describe_rung(self, jobs: tuple[int, int], bracket: Bracket, epoch: int, of: int) -> str:
        entrants = self._entrants[jobs, bracket]
        noun = " settings" if len(entrants) > len(set(entrants.values())) else ""
        which = f" of at={list(bracket.at)}".replace(", ", ",") if len(self._entrants) > 1 else ""
        return f"rung {epoch:,}{which}: {count_kept(bracket.keep, of):,} of {of:,}{noun} go on"
