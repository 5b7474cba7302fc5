"""The jobs of a sweep as one batch: what the launcher `fused` calls instead of the task, job by job.

Independent of how the launcher composes configs, and of how jobs are trained.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sinefit.core.checks import Checks
from sinefit.errors import ForeignRecordError, SinefitError
from sinefit.interrupts import INTERRUPTS
from sinefit.jobs.job import job_from_launcher
from sinefit.jobs.life import Lives, SweepStopped, load_torch
from sinefit.jobs.preparing import list_new_jobs
from sinefit.jobs.race import Race
from sinefit.record.job_list import read_jobs
from sinefit.settings.suggestions import suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sinefit.jobs.job import LaunchedJob
    from sinefit.jobs.objectives import Objectives
    from sinefit.jobs.sweep import Sweep
    from sinefit.record.result import Result

WINDOW = 2048
"""Jobs that are prepared at once: memory does not grow with the sweep."""


@dataclass(frozen=True)
class Options:
    """The launcher's own settings, checked.

    Attributes:
        dry_run: say what would be trained together, and train nothing.
        workers: how many threads the C program computes in; None for one a processor.

    Raises:
        SettingsError: if one of them cannot be used.
    """

    dry_run: bool = False
    workers: int | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        checks.truth("hydra.launcher.dry_run", self.dry_run)
        if self.workers is not None:
            checks.whole("hydra.launcher.workers", self.workers, at_least=1, at_most=1024, example=2)
        checks.raise_if_any()


def read_options(launcher: Mapping[str, Any]) -> Options | None:
    """The settings of the launcher `fused`, checked; None of any other, of which only the worst is checked.

    Args:
        launcher: the node ``hydra.launcher``.

    Raises:
        SinefitError: if one is unknown, or cannot be used.
    """
    target = str(launcher["_target_"])
    if target.endswith("SlurmLauncher") and shutil.which("srun") is None:
        msg = (
            "hydra/launcher=submitit_slurm needs Slurm, whose srun is not found here; type it on the cluster,"
            " or another launcher, such as hydra/launcher=submitit_local"
        )
        raise SinefitError(msg)
    if launcher.get("n_jobs") == 0:
        msg = "hydra.launcher.n_jobs must be a number of processes, or -1 for one a processor, got 0"
        raise SinefitError(msg)
    if not target.endswith("FusedLauncher"):
        return None
    known = [field.name for field in fields(Options)]
    given = {str(key): value for key, value in launcher.items() if key != "_target_"}
    for key, value in given.items():
        if key not in known:
            hint = suggest(key, known, "hydra.launcher.")
            msg = f"hydra.launcher.{key}={value} is no setting of the launcher fused: {hint}"
            raise SinefitError(msg)
    return Options(**given)


def run_batch(
    launched: Sequence[LaunchedJob],
    options: Options,
    sweep: Sweep,
    objective_of: Callable[[Result], Objectives],
) -> list[Objectives | Exception]:
    """Train and record a batch of jobs, in stacks where they can be trained together.

    Args:
        launched: the jobs, as the launcher gives them.
        options: of the launcher.
        sweep: is told of plans, epochs and results.
        objective_of: what a job with this result returns to the sweeper.

    Returns:
        What each job returns; an exception for a job that must not be overwritten.

    Raises:
        SweepStopped: after the first failure of a sweep with ``on_error=stop``.
        KeyboardInterrupt: after what was done so far has been recorded.
    """
    load_torch()
    race = Race(sweep.folder, (launched[0].num, launched[-1].num) if launched else (0, 0))
    values: dict[int, Objectives | Exception] = {}
    left = launched
    try:
        while left:
            for start in range(0, len(left), WINDOW):
                window = left[start : start + WINDOW]
                lives = _train_window(window, options, sweep, race)
                values |= {job.num: _returned(lives, at, objective_of) for at, job in enumerate(window)}
            sweep.say(race.forecast() if options.dry_run else race.describe(race.decide()))
            left = [job for job in left if job.num in race.going]
    except (KeyboardInterrupt, SweepStopped):
        with INTERRUPTS.held():
            race.save()
        raise
    return [values[job.num] for job in launched]


def _train_window(launched: Sequence[LaunchedJob], options: Options, sweep: Sweep, race: Race) -> Lives:
    """Train and record some jobs; those with rungs to their next one, where the race keeps them."""
    from sinefit.core.fused import Plan  # noqa: PLC0415 - loads torch
    from sinefit.jobs.announce import describe_failures, describe_plan  # noqa: PLC0415 - loads torch

    known = {job.num: race.going[job.num].job for job in launched if job.num in race.going}
    lives = Lives([known.get(job.num) or job_from_launcher(job) for job in launched], sweep, race)
    plan = Plan()
    numbers = [job.num for job in launched]
    listed = read_jobs(sweep.folder)
    engines = {at: listed[num].engine for at, num in enumerate(numbers) if num in listed}
    lives.plan(plan, {at: engine for at, engine in engines.items() if engine is not None})
    if not known:  # else it was said before the first rung
        sweep.say(describe_plan(plan, numbers, workers=options.workers, estimates=options.dry_run))
    if options.dry_run:
        sweep.say(describe_failures(lives.errors, numbers))
        for job in lives.jobs:
            race.enter(job)
    else:
        chosen = {numbers[at]: engine for at, engine in plan.chosen_engines().items()}
        list_new_jobs(sweep.folder, dict(zip(numbers, lives.jobs, strict=True)), chosen)
        for job in lives.jobs:
            race.enter(job)
        lives.live_together(plan, options.workers)
        for at, result in lives.results.items():
            race.end(lives.jobs[at], result)
    return lives


def _returned(
    lives: Lives, index: int, objective_of: Callable[[Result], Objectives]
) -> Objectives | Exception:
    """What the launcher is given for a job; of a job that only a dry run saw, infinity."""
    error = lives.errors.get(index)
    if isinstance(error, ForeignRecordError):
        return error
    return objective_of(lives.results[index]) if index in lives.results else math.inf
