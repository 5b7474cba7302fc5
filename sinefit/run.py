"""The entry: a composed config is instantiated, trained and recorded.

``sinefit ARGS`` and ``python -m sinefit.run ARGS`` are the same. Starting up, helping and completing
load no torch; a run does.
"""

from __future__ import annotations

import inspect
import logging
import math
import os
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import hydra
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from sinefit import __version__
from sinefit.errors import ForeignRecordError, SinefitError
from sinefit.interrupts import INTERRUPTS, loading_modules
from sinefit.jobs.job import (
    Job,
    compare_with_rerun,
    draw_picture,
    find_done,
    first_engine,
    record,
    record_failure,
)
from sinefit.jobs.sweep import SWEEP, SweepStopped
from sinefit.settings.compose import config_folder
from sinefit.settings.help import print_help
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from omegaconf import DictConfig

    from sinefit.jobs.batch import LaunchedJob

log = logging.getLogger("sinefit")


def task(config: DictConfig) -> float:
    """Train and record one run; what Hydra calls for a run, and for each job of a sweep.

    Returns:
        The objective: the metric that the setting ``objective`` names; infinite if the run diverged, or
        failed as a job of a sweep.

    Raises:
        Exception: what a single run raised; a job of a sweep records it, and the sweep goes on.
        SweepStopped: after the failed job of a sweep with ``on_error=stop``.
        KeyboardInterrupt: after an interrupted run was recorded with what it had.
    """
    job = Job.from_hydra(config)
    try:
        return train_and_record(job)
    except ForeignRecordError:
        raise
    except (Exception, SystemExit) as error:
        record_failure(job, error)
        if job.alone:
            raise
        if config.on_error == "stop":
            raise SweepStopped from error
        return math.inf


def batched(
    jobs: Sequence[LaunchedJob],
    **options: Any,  # noqa: ANN401 - checked by `Options`
) -> Sequence[float | Exception]:
    """The task for many jobs at once; what the launcher `fused` calls, if it finds it at the task.

    Args:
        jobs: the batch.
        options: the launcher's own settings.
    """
    from sinefit.jobs.batch import Options, run_batch  # noqa: PLC0415 - only sweeps need it

    settings = Options(**options)
    if settings.dry_run:
        SWEEP.forget()
    return run_batch(jobs, settings)


task.batched = batched  # type: ignore[attr-defined]


def train_and_record(job: Job) -> float:
    """Do what `task` promises, for a run that does not fail."""
    with loading_modules():
        import torch  # noqa: PLC0415 - starting up does without

        from sinefit.core.run import run  # noqa: PLC0415 - loads torch
        from sinefit.jobs.progress import RunProgress, print_summary  # noqa: PLC0415 - a run alone needs it
        from sinefit.settings.build import build_experiment  # noqa: PLC0415 - loads torch

    done = find_done(job)
    if done is not None:
        return float(done.objective["value"])
    if not job.settings["resume"]:
        job.folder.checkpoint.unlink(missing_ok=True)
    experiment = build_experiment(job.settings)
    torch.set_num_threads(job.settings["num_threads"])
    log.info("seed %d, %s, overrides %s", experiment.seed, experiment.dtype, list(job.overrides))
    if job.settings["rerun"] is not None:
        experiment = replace(experiment, engine=first_engine(job))
    if job.alone:
        with RunProgress(experiment.trainer.max_epochs) as progress:
            outcome = run(experiment, progress, job.folder)
    else:
        outcome = run(experiment, checkpoints=job.folder)
    with INTERRUPTS.held():
        result = record(job, outcome)
        draw_picture(job, experiment, outcome)
        if job.alone:
            print_summary(result, job.folder)
            compare_with_rerun(job, result)
    if outcome.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return float(result.objective["value"])


def hydra_app(conf: Path) -> Callable[[], None]:
    """`task` as a Hydra app, for Hydra 1.3 and for 1.4, which no longer knows `version_base`."""
    options: dict[str, Any] = {"config_path": str(conf), "config_name": "config"}
    if "version_base" in inspect.signature(hydra.main).parameters:
        options["version_base"] = "1.3"
    app: Callable[[], None] = hydra.main(**options)(task)
    return app


def main() -> None:
    """The console command ``sinefit``; mistakes end it with one message, not with a traceback."""
    arguments = sys.argv[1:]
    if {"--help", "-h"} & set(arguments):
        print_help(config_folder())
        return
    if "--version" in arguments:
        print(f"sinefit {__version__} (Hydra {hydra.__version__})")  # noqa: T201 - the answer itself
        return
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR", "0") == "1"
    # Hydra then hands every exception on to us instead of printing it its own way.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    # What can follow `sinefit gradients` is completed as it is without that word.
    os.environ["COMP_LINE"] = re.sub(r"^(\S+ )gradients ", r"\1", os.environ.get("COMP_LINE", ""))
    INTERRUPTS.install()
    try:
        code = start(arguments)
    except (SinefitError, HydraException, OmegaConfBaseException, ValueError, OSError) as error:
        from sinefit.settings.explain import can_explain  # noqa: PLC0415 - only when something is wrong
        from sinefit.settings.mistakes import tell_all  # noqa: PLC0415

        is_ours = isinstance(error, SinefitError | HydraException | OmegaConfBaseException)
        if wants_traceback or not (is_ours or can_explain(error)):
            raise
        print(f"sinefit: {tell_all(error, arguments, config_folder())}", file=sys.stderr)  # noqa: T201 - the message itself
        code = 1
    if code:
        sys.exit(code)


def start(arguments: list[str]) -> int:
    """Do what was typed: show gradients, or let Hydra run, and end a sweep with its table; the exit code."""
    if arguments[:1] == ["gradients"]:
        from sinefit.lessons.show import show_gradients  # noqa: PLC0415 - only this command needs it

        show_gradients(arguments[1:], config_folder())
        return 0
    from sinefit.jobs.replay import again  # noqa: PLC0415 - keeps imports in one direction

    with again(arguments, config_folder()) as (rewritten, conf):
        sys.argv[1:] = rewritten
        SWEEP.forget()
        code = 0
        try:
            hydra_app(conf)()
        except SweepStopped:
            code = 1
        except KeyboardInterrupt:
            code = INTERRUPTS.exit_code()
        finally:
            has_failures = SWEEP.finish()
    return code or int(has_failures)


if __name__ == "__main__":
    # The module that others import, so that a job pickled for another process names it.
    from sinefit.run import main as imported_main

    imported_main()
