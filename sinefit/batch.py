"""The jobs of a sweep as one batch: what the launcher `fused` calls instead of the task, job by job.

Prepares every job, trains what can be trained, and records each as soon as it is done; a failure stays
with its job. Knows nothing of how the launcher composes configs.
"""

from __future__ import annotations

import logging
import math
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sinefit.errors import ForeignRecordError
from sinefit.job import Job, draw_picture, find_done, record, record_failure
from sinefit.record import RunFolder
from sinefit.status import Status
from sinefit.sweep import SweepStopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from omegaconf import DictConfig

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome

log = logging.getLogger("sinefit")


class LaunchedJob(Protocol):
    """What the launcher gives: a job whose configs are built when they are looked at."""

    num: int

    @property
    def config(self) -> DictConfig:
        """The task's config."""

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

    def job(self) -> Job:
        """The job with its config, which is built anew so that ten thousand entries stay small."""
        return Job(
            config=self.launched.config,
            folder=RunFolder(self.launched.output_dir),
            overrides=tuple(self.launched.overrides),
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
            job = self.job()
            try:
                yield job
            except ForeignRecordError as error:
                self.value = error
            except (Exception, SystemExit) as error:
                record_failure(job, error)
                if job.config.on_error == "stop":
                    raise SweepStopped from error


def run_batch(jobs: Sequence[LaunchedJob]) -> list[float | Exception]:
    """Train and record a batch of jobs.

    Returns:
        What each job returns, as `sinefit.run.task` would: its objective, infinite if it diverged or failed.

    Raises:
        SweepStopped: after the first failure of a sweep with ``on_error=stop``.
        KeyboardInterrupt: after what was done so far has been recorded.
    """
    entries = [Entry(job, datetime.now().astimezone()) for job in jobs]
    for entry in entries:
        prepare(entry)
        if entry.experiment is not None:
            train(entry)
            entry.experiment = None
    return [entry.value for entry in entries]


def prepare(entry: Entry) -> None:
    """Build the entry's experiment, unless its result is there already."""
    import torch  # noqa: PLC0415 - starting up does without

    from sinefit.building import build_experiment  # noqa: PLC0415 - loads torch

    with entry.active() as job:
        done = find_done(job)
        if done is not None:
            entry.value = float(done.objective["value"])
            return
        entry.experiment = build_experiment(job.config)
        torch.set_num_threads(job.config.num_threads)
        log.info("seed %d, %s, overrides %s", job.config.seed, job.config.dtype, list(job.overrides))


def train(entry: Entry) -> None:
    """Run one entry alone, by the textbook loop."""
    from sinefit.core.experiment import run  # noqa: PLC0415 - loads torch

    experiment = entry.experiment
    with entry.active() as job:
        assert experiment is not None  # noqa: S101 - only prepared entries are trained
        finish(entry, job, run(experiment, checkpoints=job.folder))


def finish(entry: Entry, job: Job, outcome: Outcome, runs_together: int = 1) -> None:
    """Record what became of an entry."""
    result = record(job, outcome, runs_together)
    assert entry.experiment is not None  # noqa: S101 - it was trained
    draw_picture(job, entry.experiment, outcome)
    entry.value = float(result.objective["value"])
    if outcome.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
