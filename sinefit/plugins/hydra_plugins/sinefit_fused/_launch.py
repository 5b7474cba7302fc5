"""Runs batches of jobs, together where the task has a twin and one by one where not; knows no numerics."""

from __future__ import annotations

import copy
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.utils import (
    JobReturn,
    JobRuntime,
    JobStatus,
    configure_log,
    filter_overrides,
    run_job,
    setup_globals,
)
from hydra.experimental.callback import Callback
from hydra_plugins.sinefit_fused._deferred import DeferredConfig
from hydra_plugins.sinefit_fused._job import Job
from hydra_plugins.sinefit_fused._logs import JobLogs
from omegaconf import open_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hydra.types import HydraContext, TaskFunction
    from hydra_plugins.sinefit_fused._loader import SweepLoader
    from omegaconf import DictConfig

    Twin = Callable[..., Sequence[Any]]

log = logging.getLogger(__name__)


class Batches:
    """Runs the batches of one sweep.

    Args:
        context: Hydra's context; its config loader is a `SweepLoader`.
        task_function: The app's task function, with or without a twin in its attribute `batched`.
        config: The config of the sweep.
        options: What the twin gets besides the jobs.
    """

    def __init__(
        self,
        context: HydraContext,
        task_function: TaskFunction,
        config: DictConfig,
        options: Mapping[str, Any],
    ) -> None:
        self._context = context
        self._loader: SweepLoader = context.config_loader  # type: ignore[assignment]  # the launcher has put it there
        self._task_function = task_function
        self._config = config
        self._options = options
        self._has_read_ahead = False

    def launch(self, batch: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
        """Run a batch of jobs and return what became of them, in order.

        Args:
            batch: The overrides of each job.
            first: The number of the first job.
        """
        setup_globals()
        self._configure_log()
        Path(str(self._config.hydra.sweep.dir)).mkdir(parents=True, exist_ok=True)
        self._loader.begin(self._config)
        if self._may_go_on() and not self._has_read_ahead:
            self._has_read_ahead = True
            self._loader.read_ahead()
        twin = getattr(self._task_function, "batched", None)
        if self._options["dry_run"]:
            return self._rehearse(batch, first, twin)
        if twin is None:
            return [self._run_alone(overrides, num) for num, overrides in enumerate(batch, first)]
        return self._run_together(batch, first, twin)

    def _may_go_on(self) -> bool:
        """Return whether another batch may follow, whose jobs choose config files that this one's did not."""
        sweeper = self._config.hydra.sweeper
        return (
            not str(sweeper.get("_target_")).endswith(".BasicSweeper") or sweeper.max_batch_size is not None
        )

    def _configure_log(self) -> None:
        configure_log(self._config.hydra.hydra_logging, self._config.hydra.verbose)

    def _run_alone(self, overrides: Sequence[str], num: int) -> JobReturn:
        log.info("\t#%s : %s", num, " ".join(filter_overrides(overrides)))
        config = self._loader.load_sweep_config(self._config, list(overrides))
        with open_dict(config):
            config.hydra.job.id = str(num)
            config.hydra.job.num = num
        result = run_job(
            hydra_context=self._context,
            task_function=self._task_function,
            config=config,
            job_dir_key="hydra.sweep.dir",
            job_subdir_key="hydra.sweep.subdir",
        )
        self._configure_log()
        return result

    def _run_together(self, batch: Sequence[Sequence[str]], first: int, twin: Twin) -> list[JobReturn]:
        log.info("Launching %s jobs together", len(batch))
        logs = JobLogs(self._configure_log)
        jobs = []
        for num, overrides in enumerate(batch, first):
            jobs.append(Job(num, self._loader.compose(self._config, overrides), logs))
            self._begin(jobs[-1], logs)
        results = self._called(twin, jobs)
        returns = [_job_return(job, result) for job, result in zip(jobs, results, strict=True)]
        if self._somebody_listens("on_job_end"):
            for job, each in zip(jobs, returns, strict=True):
                with job.active(with_env=False):
                    self._context.callbacks.on_job_end(config=job.hydra_config, job_return=each)
        self._configure_log()
        return returns

    def _begin(self, job: Job, logs: JobLogs) -> None:
        """Make the job's folder and files, and tell the callbacks."""
        os.makedirs(job.output_dir, exist_ok=True)  # noqa: PTH103 - a Path costs more than the folder
        logs.begin(job)
        folder = job.place.hydra_dir
        if folder is not None:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            for name, text in job.files.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123
                    file.write(text)
        if self._somebody_listens("on_job_start"):
            with job.active():
                self._context.callbacks.on_job_start(
                    config=job.hydra_config, task_function=self._task_function
                )

    def _somebody_listens(self, event: str) -> bool:
        """Return whether a callback has a method of its own for `event`; else no config is built for it."""
        callbacks = getattr(self._context.callbacks, "callbacks", None)
        if callbacks is None:
            return True
        nobody = getattr(Callback, event)
        return any(getattr(type(each), event, None) is not nobody for each in callbacks)

    def _called(self, twin: Twin, jobs: Sequence[Job]) -> list[Any]:
        """Return the twin's results; a twin that raises has failed all its jobs."""
        try:
            results = list(twin(jobs, **self._options))
            if len(results) != len(jobs):
                msg = f"the batched twin must return one item a job, got {len(results)} for {len(jobs)} jobs"
                raise ValueError(msg)  # noqa: TRY301 - it fails the jobs as whatever the twin raises does
        except Exception as error:  # noqa: BLE001 - Hydra, too, keeps what a task raises for the sweeper
            return [error] * len(jobs)
        return results

    def _rehearse(self, batch: Sequence[Sequence[str]], first: int, twin: Twin | None) -> list[JobReturn]:
        """Let the twin say what it would do, or say it for a task function without one."""
        jobs = [
            Job(num, self._loader.compose(self._config, each), None) for num, each in enumerate(batch, first)
        ]
        if twin is not None:
            results = self._called(twin, jobs)
        else:
            for job in jobs:
                log.info("\t#%s : %s (dry run)", job.num, " ".join(job.overrides))
            results = [None] * len(jobs)
        return [_job_return(job, result) for job, result in zip(jobs, results, strict=True)]


def _job_return(job: Job, result: object) -> JobReturn:
    """Return a job's result as Hydra's `run_job` does, with configs that are built when looked at."""
    return JobReturn(
        overrides=job.overrides,
        cfg=job.config,
        hydra_cfg=DeferredConfig(lambda: copy.deepcopy(job.hydra_node())),
        working_dir=job.place.given if job.place.chdir else os.getcwd(),  # noqa: PTH109
        task_name=JobRuntime.instance().get("name"),
        status=JobStatus.FAILED if isinstance(result, Exception) else JobStatus.COMPLETED,
        _return_value=result,
    )
