"""What is looked at before anything of a sweep's jobs is written: that no result is lost or mixed up."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sinefit.errors import RecordError, SinefitError
from sinefit.jobs.job import job_from_launcher
from sinefit.jobs.reuse import find_own_result
from sinefit.record.folder import RunFolder
from sinefit.record.job_list import ListedJob, list_jobs, read_jobs
from sinefit.settings.content import name_what_decides

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sinefit.jobs.job import Job, LaunchedJob
    from sinefit.jobs.sweep import Sweep
    from sinefit.settings.command import Command

MOST_SHOWN = 5


def prepare_jobs(launched: Sequence[LaunchedJob], sweep: Sweep) -> set[int]:
    """Refuse jobs that do not fit what is on disk, before anything of them is written.

    Args:
        launched: jobs of a sweep that begins or is resumed.
        sweep: begins with them.

    Returns:
        The numbers of jobs that are done, whose files stay as they are.

    Raises:
        SinefitError: if a job's folder holds another run, or its settings or its folder are not what they
            were when the sweep was started.
    """
    listed = read_jobs(sweep.folder)
    faults, done = [], set()
    for each in launched:
        try:
            if not sweep.is_resumed:
                _require_no_result(each)
            elif _check(job_from_launcher(each), each.num, listed.get(each.num), sweep.folder):
                done.add(each.num)
        except RecordError as error:
            faults.append(str(error))
    if faults:
        others = len(faults) - MOST_SHOWN
        shown = [*faults[:MOST_SHOWN], *([f"and {others} more"] if others > 0 else [])]
        raise SinefitError("\n".join([*shown, "nothing is run; start the sweep in another folder"]))
    sweep.has_begun = True
    return done


def prepare_sweep(command: Command, sweep: Sweep, *, lists: bool) -> list[Job]:
    """Look at all jobs of a sweep before anything begins.

    Of a sweeper that invents its jobs on the way there is nothing to look at.

    Args:
        command: that starts or resumes it.
        sweep: is told where its jobs go.
        lists: whether to list them; the launcher `fused` does so when it knows their engines.

    Returns:
        The jobs.

    Raises:
        SinefitError: as `prepare_jobs` says.
        HydraException: if a job cannot be composed, or would write into another's folder.
    """
    config = command.config
    assert config is not None  # noqa: S101 - a sweep has one
    assert command.loader is not None  # noqa: S101
    jobs: dict[int, Job] = {}
    if command.jobs is not None and command.jobs.are_known:
        from hydra_plugins.sinefit_fused.rehearsal import list_jobs as rehearse  # noqa: PLC0415 - heavy

        launched = rehearse(command.loader, config, command.jobs)
        prepare_jobs(launched, sweep)
        jobs = {each.num: job_from_launcher(each) for each in launched}
        if lists:
            list_new_jobs(sweep.folder, jobs, {})
        sweep.expect([job.folder for job in jobs.values()])
    sweep.has_begun = True
    return [*jobs.values()]


def list_new_jobs(sweep: Path, jobs: Mapping[int, Job], engines: Mapping[int, str]) -> None:
    """Add those jobs to a sweep's list that are not in it.

    Args:
        sweep: its folder.
        jobs: by number.
        engines: of those that ``engine=auto`` trains by what their company decides.
    """
    listed = read_jobs(sweep)
    new = [
        ListedJob(num, name_folder_within(sweep, job.folder.path), job.config_hash, engines.get(num))
        for num, job in jobs.items()
        if num not in listed
    ]
    if new:
        list_jobs(sweep, new)


def name_folder_within(sweep: Path, folder: Path) -> str:
    """A job's folder as the sweep's list has it.

    Args:
        sweep: the sweep's folder, absolute.
        folder: the job's, absolute.
    """
    return os.path.relpath(folder, sweep)


def _check(job: Job, num: int, then: ListedJob | None, sweep: Path) -> bool:
    """Whether a job is done.

    Raises:
        RecordError: if it cannot be trained where it would be.
    """
    now = name_folder_within(sweep, job.folder.path)
    if then is not None and then.folder != now:
        msg = f"job {num} was started in {then.folder} and would now go to {now}"
        raise RecordError(msg)
    if then is not None and then.config_hash != job.config_hash:
        msg = f"job {num} has other {name_what_decides(job.settings)} than when {sweep} was started"
        raise RecordError(msg)
    return find_own_result(job) is not None


def _require_no_result(job: LaunchedJob) -> None:
    """Refuse a job of a new sweep whose folder holds a run."""
    if os.path.lexists(RunFolder(job.output_dir).result):
        where = "hydra.sweep.subdir says where jobs go"
        msg = f"job {job.num} would overwrite the run in {job.output_dir}; {where}"
        raise RecordError(msg)
