"""One life of a run, single or in a batch: found done, experiment built, trained, recorded, drawn, told.

The one place that knows the order of these effects, and the one place where signals wait for a record.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sinefit.core.metrics import find_metric
from sinefit.errors import ForeignRecordError, PictureError, RecordError
from sinefit.interrupts import INTERRUPTS, loading_modules
from sinefit.jobs.recording import record, record_failure
from sinefit.jobs.reuse import find_done
from sinefit.jobs.rungs import ToTheEnd, describe_verdict
from sinefit.record.files import write_atomically
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused import Plan
    from sinefit.core.outcome import Outcome
    from sinefit.jobs.job import Job
    from sinefit.jobs.progress import Reporter
    from sinefit.jobs.rungs import Course
    from sinefit.record.result import Result

log = logging.getLogger("sinefit")


class SweepStopped(BaseException):
    """Ends a sweep at its first failure; no `Exception`, so that Hydra does not take it for the job's."""


class Lives:
    """Jobs on their way from settings to records.

    Args:
        jobs: the runs.
        reporter: is told of epochs and results.
        course: says how far they are trained; to their ends if None.

    Attributes:
        results: of each job that has ended, by its index, failed ones included.
        errors: what a job raised, by its index.
    """

    def __init__(self, jobs: Sequence[Job], reporter: Reporter, course: Course | None = None) -> None:
        self.jobs = jobs
        self.reporter = reporter
        self.course: Course = ToTheEnd() if course is None else course
        self.results: dict[int, Result] = {}
        self.errors: dict[int, BaseException] = {}
        self._experiments: dict[int, Experiment] = {}

    def live_one(self) -> None:
        """Train the only job by itself.

        Raises:
            KeyboardInterrupt: if it was interrupted; it is recorded with what it had.
            SweepStopped: if it failed in a sweep with ``on_error=stop``.
        """
        with self._attempt(0):
            self._begin(0)
        if 0 in self._experiments:
            self._train_by_itself(0)

    def plan(self, plan: Plan, engines: Mapping[int, str]) -> None:
        """Build each job's experiment, unless its result is there already, and add it to a plan.

        Args:
            plan: gets the experiments.
            engines: of jobs of a resumed sweep, by their indices: what was chosen for them at its start.
        """
        for index, job in enumerate(self.jobs):
            with self._attempt(index):
                experiment = self._begin(index)
                if experiment is not None:
                    plan.add(
                        index, experiment, engines.get(index), self._load(job), job.settings["objective"]
                    )

    def _load(self, job: Job) -> dict[str, Any] | None:
        """How far a job was trained before; None from the start."""
        held = self.course.held(job)
        if held is not None and held.state is not None:
            return held.state
        return job.folder.load() if held is not None or job.settings["resume"] else None

    def live_together(self, plan: Plan, workers: int | None) -> None:
        """Train the planned jobs: stacks, then what cannot be stacked; each is recorded as it ends.

        Args:
            plan: holds the jobs.
            workers: how many threads the C program computes in; None for one a processor.

        Raises:
            KeyboardInterrupt: after what was done so far has been recorded.
            SweepStopped: after the first failure of a sweep with ``on_error=stop``.
        """
        from sinefit.core.fused import train_stack  # noqa: PLC0415 - loads torch

        for indices in plan.stacks():
            members = plan.pop_members(indices)
            epochs = sum(member.epochs_left for member in members)
            on_epoch = self.reporter.follow_stack(len(members), epochs)
            stores = [self.jobs[index].folder for index in indices]
            trained = train_stack(members, workers=workers, on_epoch=on_epoch, stores=stores)
            for position, outcome in trained:
                self._end(indices[position], outcome, len(members))
        for index in plan.unstackable:
            self._train_by_itself(index)

    def _begin(self, index: int) -> Experiment | None:
        """Find a job done, or build its experiment; None if it is done."""
        import torch  # noqa: PLC0415 - starting up does without

        from sinefit.core.data import Table  # noqa: PLC0415 - loads torch
        from sinefit.core.evaluation import check_objective  # noqa: PLC0415
        from sinefit.core.experiment import draw_samples  # noqa: PLC0415
        from sinefit.settings.build import build_experiment  # noqa: PLC0415

        job = self.jobs[index]
        goes_on = self.course.held(job) is not None
        done = find_done(job, self.reporter.say)
        if done is not None:
            job.folder.remove_checkpoint()  # a kill may have come between the result and that
            self._tell(index, done)
            return None
        if not (goes_on or job.settings["resume"]):
            job.folder.remove_checkpoint()
        experiment = replace(build_experiment(job.settings), until=self.course.until(job))
        is_table = isinstance(experiment.data, Table)
        if is_table or find_metric(job.settings["objective"]).needs:  # else all have it
            samples = draw_samples(experiment)
            check_objective(job.settings["objective"], samples)
            self.reporter.say(() if samples.table is None else samples.table.notes)
        self._experiments[index] = experiment
        torch.set_num_threads(job.settings["num_threads"])
        if not goes_on:
            log.info("seed %d, %s, overrides %s", experiment.seed, experiment.dtype, list(job.overrides))
        return experiment

    def _train_by_itself(self, index: int) -> None:
        from sinefit.core.evaluation import check_objective  # noqa: PLC0415 - loads torch
        from sinefit.core.experiment import draw_samples  # noqa: PLC0415
        from sinefit.core.run import run  # noqa: PLC0415

        experiment = self._experiments[index]
        with self._attempt(index), self.reporter.following_run(experiment.trainer.max_epochs) as on_epoch:
            if not self.jobs[index].is_single:  # of a single run that was checked before it started
                check_objective(self.jobs[index].settings["objective"], draw_samples(experiment))
            outcome = run(experiment, on_epoch, self.jobs[index].folder)
        if index not in self.errors:
            self._end(index, outcome, 1)

    def _end(self, index: int, outcome: Outcome | Exception | SystemExit, runs_together: int) -> None:
        """Record what became of a job, draw its picture, and tell of it; one that waits at a rung is kept.

        Raises:
            KeyboardInterrupt: if it was interrupted.
        """
        job, experiment = self.jobs[index], self._experiments.pop(index)
        with self._attempt(index):
            if isinstance(outcome, BaseException):
                raise outcome
            with INTERRUPTS.held():
                if outcome.status is Status.PRUNED:
                    verdict = self.course.verdict(job)
                    if not verdict:
                        self.course.hold(job, outcome, runs_together)
                        return
                    outcome = replace(outcome, message=describe_verdict(verdict), pruned=verdict)
                result = record(job, outcome, runs_together)
                _draw_if_wanted(job, experiment, outcome)
                self._tell(index, result)
            if outcome.status is Status.INTERRUPTED:
                raise KeyboardInterrupt

    @contextmanager
    def _attempt(self, index: int) -> Iterator[None]:
        """Make log and globals the job's; what it raises is recorded as its failure and told.

        Raises:
            SweepStopped: after a failure, with ``on_error=stop``.
        """
        job = self.jobs[index]
        with job.active():
            try:
                yield
            except ForeignRecordError as error:
                self.errors[index] = error
            except (Exception, SystemExit) as error:
                self.errors[index] = error
                with INTERRUPTS.held():
                    self._tell(index, record_failure(job, error))
                self._experiments.pop(index, None)
                if job.settings.get("on_error") == "stop" and not job.is_single:
                    raise SweepStopped from error

    def _tell(self, index: int, result: Result) -> None:
        self.results[index] = result
        self.reporter.report(self.jobs[index], result)


def _draw_if_wanted(job: Job, experiment: Experiment, outcome: Outcome) -> None:
    """Draw `fit.png` where the setting asks for it; whatever goes wrong there never changes the result."""
    if job.settings["picture"] is not True and not (job.settings["picture"] == "auto" and job.is_single):
        return
    if outcome.prediction is None and "file" not in outcome.data:
        log.info("no picture: the function has more than one input or output")
        return
    from sinefit.jobs.picture import draw_fit  # noqa: PLC0415 - loads matplotlib

    try:
        write_atomically(job.folder.picture, draw_fit(experiment, outcome))
    except (PictureError, RecordError) as error:
        log.warning("no picture: %s", error)


def load_torch() -> None:
    """Load what training needs, undisturbed by signals."""
    with loading_modules():
        import sinefit.core.fused  # noqa: PLC0415
        import sinefit.core.run  # noqa: F401, PLC0415
