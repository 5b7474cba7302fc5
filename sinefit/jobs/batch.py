"""The jobs of a sweep as one batch: what the launcher `fused` calls instead of the task, job by job.

Prepares every job, trains what can be trained, and records each as soon as it is done; a failure stays
with its job. Knows nothing of how the launcher composes configs.
"""

from __future__ import annotations

import importlib
import logging
import math
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from sinefit.core.checks import Checks
from sinefit.errors import ForeignRecordError
from sinefit.interrupts import loading_modules
from sinefit.jobs.job import Job, draw_picture, find_done, record, record_failure
from sinefit.jobs.sweep import SWEEP, SweepStopped
from sinefit.record.folder import RunFolder, as_typed
from sinefit.settings.plain import plain_settings
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from omegaconf import DictConfig

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused import Member, Plan
    from sinefit.core.outcome import Outcome

log = logging.getLogger("sinefit")

WINDOW = 2048
"""Jobs that are prepared at once: memory does not grow with the sweep."""


class LaunchedJob(Protocol):
    """What the launcher gives: a job whose configs are built when they are looked at."""

    num: int

    @property
    def config(self) -> DictConfig:
        """The task's config."""

    def plain_config(self) -> dict[str, Any] | None:
        """The values of `config`, resolved; None if that takes the config itself."""

    @property
    def output_dir(self) -> str:
        """The job's folder."""

    @property
    def overrides(self) -> list[str]:
        """As typed."""

    @property
    def choices(self) -> dict[str, str | None]:
        """Config group to choice."""

    def active(self) -> AbstractContextManager[Any]:
        """Let log, working directory and Hydra's globals be the job's."""


@dataclass(frozen=True)
class Options:
    """The launcher's own settings, checked.

    Attributes:
        dry_run: say what would be trained together, and train nothing.
        workers: how many threads the C program computes in; None for one a processor.
    """

    dry_run: bool = False
    workers: int | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        checks.require(
            isinstance(self.dry_run, bool), "hydra.launcher.dry_run", self.dry_run, "true or false"
        )
        if self.workers is not None:
            checks.whole("hydra.launcher.workers", self.workers, at_least=1, example=2)
        checks.raise_if_any()


@dataclass
class Entry:
    """A job in the batch; what it returns is filled in when it is done.

    Attributes:
        launched: as the launcher gave it.
        started: when it was prepared.
        experiment: what to train; None if nothing is.
        value: the job's return value, or what is to be raised for it.
    """

    launched: LaunchedJob
    started: datetime
    experiment: Experiment | None = None
    value: float | Exception = math.inf

    @cached_property
    def job(self) -> Job:
        """The job with its settings; a window of entries holds them, the sweep does not."""
        settings = self.launched.plain_config()
        return Job(
            settings=plain_settings(self.launched.config) if settings is None else settings,
            folder=RunFolder(self.launched.output_dir, durable=False),
            overrides=tuple(as_typed(self.launched.overrides)),
            choices={group: choice for group, choice in self.launched.choices.items() if choice},
            alone=False,
            started=self.started,
        )

    @contextmanager
    def active(self) -> Iterator[Job]:
        """The job, while log and globals are its own; what it raises is recorded as its failure.

        Raises:
            SweepStopped: after a failure, with ``on_error=stop``.
        """
        with self.launched.active():
            job = self.job
            try:
                yield job
            except ForeignRecordError as error:
                self.value = error
            except (Exception, SystemExit) as error:
                record_failure(job, error)
                if job.settings["on_error"] == "stop":
                    raise SweepStopped from error


def run_batch(jobs: Sequence[LaunchedJob], options: Options) -> list[float | Exception]:
    """Train and record a batch of jobs, in stacks where they can be trained together.

    Returns:
        What each job returns, as `sinefit.run.task` would: its objective, infinite if it diverged or failed.

    Raises:
        SweepStopped: after the first failure of a sweep with ``on_error=stop``.
        KeyboardInterrupt: after what was done so far has been recorded.
    """
    with loading_modules():
        importlib.import_module("sinefit.core.fused")  # loads torch
        from sinefit.jobs.announce import tell_plan  # noqa: PLC0415 - loads rich

    values: list[float | Exception] = []
    for at in range(0, len(jobs), WINDOW):
        window = [Entry(job, datetime.now().astimezone()) for job in jobs[at : at + WINDOW]]
        plan = make_plan(window)
        numbers = [entry.launched.num for entry in window]
        tell_plan(plan, numbers, workers=options.workers, estimates=options.dry_run)
        if not options.dry_run:
            train_window(plan, window, options)
        values += [entry.value for entry in window]
    return values


def train_window(plan: Plan, entries: Sequence[Entry], options: Options) -> None:
    """Train and record what was planned: the stacks, then what runs alone."""
    for places in plan.stacks():
        train_together([entries[place] for place in places], plan.pop_members(places), options)
    for place in plan.unstackable:
        train_alone(entries[place])


def make_plan(entries: Sequence[Entry]) -> Plan:
    """Build each entry's experiment, unless its result is there already, and find its stack."""
    import torch  # noqa: PLC0415 - starting up does without

    from sinefit.core.fused import Plan  # noqa: PLC0415 - loads torch
    from sinefit.settings.build import build_experiment  # noqa: PLC0415 - loads torch

    plan = Plan()
    for place, entry in enumerate(entries):
        with entry.active() as job:
            done = find_done(job)
            if done is not None:
                entry.value = float(done.objective["value"])
                continue
            experiment = build_experiment(job.settings)
            torch.set_num_threads(job.settings["num_threads"])
            log.info(
                "seed %d, %s, overrides %s", job.settings["seed"], job.settings["dtype"], list(job.overrides)
            )
            plan.add(place, experiment)
            entry.experiment = experiment
    return plan


def train_together(entries: Sequence[Entry], members: Sequence[Member], options: Options) -> None:
    """Train entries as one stack, and record each when it ends."""
    from sinefit.core.fused import train_stack  # noqa: PLC0415 - loads torch

    tell_epoch = EpochsTold(sum(member.experiment.trainer.max_epochs for member in members))
    try:
        for index, outcome in train_stack(members, workers=options.workers, on_epoch=tell_epoch):
            with entries[index].active() as job:
                if isinstance(outcome, BaseException):
                    raise outcome
                finish(entries[index], job, outcome, len(entries))
    finally:
        SWEEP.stage = ""


class EpochsTold:
    """Tells the sweep's progress how far a stack is.

    Args:
        epochs: of all runs together.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.trained = 0
        self.started = time.monotonic()

    def __call__(self, runs: int) -> None:
        """So many runs have trained an epoch."""
        from sinefit.jobs.announce import name_seconds  # noqa: PLC0415 - loads rich

        self.trained += runs
        left = (time.monotonic() - self.started) * (self.epochs - self.trained) / self.trained
        SWEEP.stage = f"{self.trained / self.epochs:.0%} of the epochs trained, {name_seconds(left)} left"


def train_alone(entry: Entry) -> None:
    """Run one entry by the textbook loop."""
    import torch  # noqa: PLC0415 - starting up does without

    from sinefit.core.run import run  # noqa: PLC0415 - loads torch

    with entry.active() as job:
        assert entry.experiment is not None  # noqa: S101 - only prepared entries are trained
        torch.set_num_threads(job.settings["num_threads"])
        finish(entry, job, run(entry.experiment, checkpoints=job.folder))


def finish(entry: Entry, job: Job, outcome: Outcome, runs_together: int = 1) -> None:
    """Record what became of an entry.

    Raises:
        KeyboardInterrupt: if it was interrupted.
    """
    assert entry.experiment is not None  # noqa: S101 - it was trained
    result = record(job, outcome, runs_together)
    draw_picture(job, entry.experiment, outcome)
    entry.value, entry.experiment = float(result.objective["value"]), None
    if outcome.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
