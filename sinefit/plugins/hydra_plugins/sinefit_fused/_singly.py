"""One job by itself, as Hydra's `run_job` runs it, and what is returned of a job; must not know batches.

`run_job` copies the whole config twice, sets `HydraConfig` twice and writes three configs as YAML: 45 of the
55 ms that it takes a job. Here only what the task or somebody after it looks at is built.
"""

from __future__ import annotations

import copy
import logging
import os
from typing import TYPE_CHECKING, Any, Protocol

from hydra.core.utils import JobReturn, JobRuntime, JobStatus, env_override
from hydra_plugins.sinefit_fused._deferred import DeferredConfig

if TYPE_CHECKING:
    from hydra.types import TaskFunction
    from hydra_plugins.sinefit_fused._job import Job
    from omegaconf import DictConfig


class Tell(Protocol):
    """Tells Hydra's callbacks of something about a job."""

    def __call__(self, event: str, job: Job, **told: Any) -> None:  # noqa: ANN401 - what Hydra hands to callbacks
        """Call the method `event` of each callback."""


def run_singly(job: Job, task_function: TaskFunction, tell: Tell) -> JobReturn:
    """Run a job whose `.hydra` files are written; what it raises is in what comes back.

    Args:
        job: the job.
        task_function: the app's.
        tell: tells Hydra's callbacks.
    """
    config = job.config
    result: object
    with job.active(with_env=False):
        with env_override(dict(job.location.env_set)):
            tell("on_job_start", job, task_function=task_function)
            try:
                result = task_function(config)
            except Exception as error:  # noqa: BLE001 - Hydra, too, keeps what a task raises for the sweeper
                result = error
        made = make_return(job, config, result)
        for handler in logging.getLogger().handlers:
            handler.flush()
        tell("on_job_end", job, job_return=made)
    return made


def make_return(job: Job, config: DictConfig, result: object) -> JobReturn:
    """A job's result as Hydra's `run_job` gives it, with configs that are built when looked at.

    Args:
        job: the job.
        config: that its task had.
        result: what the task returned or raised.
    """
    return JobReturn(
        overrides=job.overrides,
        cfg=config,
        hydra_cfg=DeferredConfig(lambda: copy.deepcopy(job.hydra_node())),
        working_dir=job.location.given if job.location.chdir else os.getcwd(),  # noqa: PTH109
        task_name=JobRuntime.instance().get("name"),
        status=JobStatus.FAILED if isinstance(result, Exception) else JobStatus.COMPLETED,
        _return_value=result,
    )
