"""Runs batches of jobs, in one call of a batched task or singly; independent of what they compute."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.utils import configure_log, filter_overrides, setup_globals
from hydra.errors import CompactHydraException
from hydra.experimental.callback import Callback
from hydra_plugins.sinefit_fused._job import Job
from hydra_plugins.sinefit_fused._logs import JobLogs
from hydra_plugins.sinefit_fused._singly import make_return, run_singly

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from hydra_plugins.sinefit_fused._loader import SweepLoader
    from omegaconf import DictConfig

    BatchedTask = Callable[..., Sequence[Any]]

log = logging.getLogger(__name__)


class Batches:
    """Runs the batches of one sweep.

    Args:
        context: Hydra's context; its config loader is a `SweepLoader`.
        task_function: the app's task function, with or without a batched task in its attribute `batched`.
        config: the config of the sweep.
        options: what the batched task gets besides the jobs.
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
        self._owners: dict[str, int] = {}  # output folder to the number of its job

    def launch(self, batch: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
        """Run a batch of jobs; what became of them comes back, in order.

        Args:
            batch: the overrides of each job.
            first: the number of the first job.

        Raises:
            CompactHydraException: two jobs that run together would write into the same folder.
        """
        setup_globals()
        self._restore_log()
        Path(str(self._config.hydra.sweep.dir)).mkdir(parents=True, exist_ok=True)
        self._loader.begin(self._config)
        if not self._has_read_ahead and self._may_go_on():
            self._has_read_ahead = True
            self._loader.read_ahead()
        batched: BatchedTask | None = getattr(self._task_function, "batched", None)
        if self._options["dry_run"]:
            return self._rehearse(batch, first, batched)
        if batched is None:
            return self._run_singly(batch, first)
        return self._run_together(batch, first, batched)

    def _may_go_on(self) -> bool:
        """Whether another batch may follow, whose jobs choose config files that this one's did not."""
        sweeper = self._config.hydra.sweeper
        # These two know all jobs before the start, unless `search` has a sampler that learns from results.
        knows_all = str(sweeper.get("_target_")).endswith((".BasicSweeper", ".SearchSweeper"))
        learns = str(sweeper.get("sampler")) not in {"None", "sobol", "uniform"}
        return not knows_all or learns or sweeper.max_batch_size is not None

    def _restore_log(self) -> None:
        self._configure_log(self._config.hydra.hydra_logging, self._config.hydra.verbose)

    def _configure_log(self, logging_node: DictConfig, verbose: Any) -> None:  # noqa: ANN401 - Hydra's
        has_whitelist = hasattr(self._context, "execution_whitelist")  # from Hydra 1.4 on
        options = {"execution_whitelist": self._context.execution_whitelist} if has_whitelist else {}  # type: ignore[attr-defined]
        configure_log(logging_node, verbose, **options)

    def _run_singly(self, batch: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
        """Run jobs one after the other, each as Hydra's `run_job` would."""
        log.info("Launching %s jobs locally", len(batch))
        logs = JobLogs(self._configure_log, self._restore_log)
        returns = []
        for num, overrides in enumerate(batch, first):
            log.info("\t#%s : %s", num, " ".join(filter_overrides(overrides)))
            job = Job(num, self._loader.split(self._config, overrides), self._loader, logs.of)
            _make_folder(job.output_dir)
            _make_files(job)
            returns.append(run_singly(job, self._task_function, self._tell))
            self._restore_log()
        return returns

    def _tell(self, event: str, job: Job, **told: Any) -> None:  # noqa: ANN401 - what Hydra hands to callbacks
        """Tell Hydra's callbacks of a job that is active."""
        if self._is_heard(event):
            getattr(self._context.callbacks, event)(config=job.hydra_config, **told)

    def _run_together(
        self, batch: Sequence[Sequence[str]], first: int, batched: BatchedTask
    ) -> list[JobReturn]:
        log.info("Launching %s jobs together", len(batch))
        logs = JobLogs(self._configure_log, self._restore_log)
        jobs = self._make_jobs(batch, first, logs)
        prepare: Callable[..., Collection[int]] | None = getattr(self._task_function, "prepare", None)
        done = () if prepare is None else prepare(jobs)
        for job in jobs:
            self._begin(job, logs, writes=job.num not in done)
        results = self._call(batched, jobs)
        returns = [make_return(job, job.config, result) for job, result in zip(jobs, results, strict=True)]
        if self._is_heard("on_job_end"):
            for job, each in zip(jobs, returns, strict=True):
                with job.active(with_env=False):
                    self._tell("on_job_end", job, job_return=each)
        self._restore_log()
        return returns

    def _make_jobs(self, batch: Sequence[Sequence[str]], first: int, logs: JobLogs | None) -> list[Job]:
        log_into = None if logs is None else logs.of
        jobs = [
            Job(num, self._loader.split(self._config, overrides), self._loader, log_into)
            for num, overrides in enumerate(batch, first)
        ]
        require_own_folders(jobs, self._owners)
        return jobs

    def _begin(self, job: Job, logs: JobLogs, *, writes: bool) -> None:
        """Make the job's folder, and its files if they are wanted, and tell the callbacks."""
        _make_folder(job.output_dir)
        logs.begin(job)
        if writes:
            _make_files(job)
        if self._is_heard("on_job_start"):
            with job.active():
                self._tell("on_job_start", job, task_function=self._task_function)

    def _is_heard(self, event: str) -> bool:
        """Whether a callback has a method of its own for `event`.

        Asking saves 5 of 13 ms a job where only Hydra can set job logging up; else nothing.
        """
        callbacks = getattr(self._context.callbacks, "callbacks", None)
        if callbacks is None:
            return True
        default = getattr(Callback, event)
        return any(getattr(type(each), event, None) is not default for each in callbacks)

    def _call(self, batched: BatchedTask, jobs: Sequence[Job]) -> list[Any]:
        """The results of the batched task; if it raises, all its jobs have failed."""
        try:
            results = list(batched(jobs, **self._options))
            if len(results) != len(jobs):
                msg = f"the batched task must return one item a job, got {len(results)} for {len(jobs)} jobs"
                raise ValueError(msg)  # noqa: TRY301 - it fails the jobs as whatever the batched task raises does
        except Exception as error:  # noqa: BLE001 - Hydra, too, keeps what a task raises for the sweeper
            return [error] * len(jobs)
        return results

    def _rehearse(
        self, batch: Sequence[Sequence[str]], first: int, batched: BatchedTask | None
    ) -> list[JobReturn]:
        """Let the batched task say what it would do, or say it for a task function without one."""
        if batched is None:
            jobs = [
                Job(num, self._loader.split(self._config, overrides), self._loader, None)
                for num, overrides in enumerate(batch, first)
            ]
            for job in jobs:
                log.info("\t#%s : %s (dry run)", job.num, " ".join(job.overrides))
            return [make_return(job, job.config, None) for job in jobs]
        jobs = self._make_jobs(batch, first, None)
        results = self._call(batched, jobs)
        return [make_return(job, job.config, result) for job, result in zip(jobs, results, strict=True)]


def _make_files(job: Job) -> None:
    """Write a job's `.hydra` files, if they are wanted."""
    folder = job.location.hydra_dir
    if folder is None:
        return
    _make_folder(folder)
    for name, text in job.files.items():
        with open(os.path.join(folder, name), "wb", buffering=0) as file:  # noqa: PTH118, PTH123
            file.write(text.encode())


def _make_folder(path: str) -> None:
    try:
        os.mkdir(path)  # noqa: PTH102 - a Path costs more than the folder
    except OSError:  # it exists, or the one that it goes into does not
        os.makedirs(path, exist_ok=True)  # noqa: PTH103


def require_own_folders(jobs: Sequence[Job], owners: dict[str, int]) -> None:
    """Refuse jobs that would write into the same folder.

    Args:
        jobs: some of a sweep's.
        owners: folders of earlier ones to their numbers; these are added.

    Raises:
        CompactHydraException: naming two such jobs, and what to type.
    """
    for job in jobs:
        owner = owners.setdefault(job.output_dir, job.num)
        if owner != job.num:
            msg = (
                f"jobs {owner} and {job.num} would both write into {job.output_dir}: hydra.sweep.subdir="
                f"{job.template.hydra['sweep']['subdir']} does not separate them; give it something that "
                "differs between jobs, such as ${hydra.job.num}"
            )
            raise CompactHydraException(msg)
