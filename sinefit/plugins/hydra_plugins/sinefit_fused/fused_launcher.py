"""The class that Hydra finds for `hydra/launcher=fused`; it must not know how jobs are run: `_launch` does.

Hydra imports this module at every start, of every app: nothing heavy may be imported at its top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hydra_plugins.sinefit_fused.config  # noqa: F401 - by its entry point, Hydra 1.4 imports this module alone
from hydra.plugins.launcher import Launcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hydra.core.utils import JobReturn
    from hydra.types import HydraContext, TaskFunction
    from hydra_plugins.sinefit_fused._launch import Batches
    from omegaconf import DictConfig


class FusedLauncher(Launcher):
    """Runs all jobs of a batch in one call of the batched task, the task function's attribute `batched`.

    It is called as `batched(jobs, **options)` with a sequence of `Job` and returns one item a job: the job's
    return value, or the exception that failed it. Before anything of them is written, the task function's
    attribute `prepare`, if it has one, is called with the jobs: what it raises ends the sweep, and the jobs
    whose numbers it returns are left as they are on disk. A task function without a batched task is run job
    by job, as Hydra's basic launcher would.

    Args:
        options: the fields of `FusedLauncherConf`, handed on to the batched task.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the batched task checks them
        self._options = options
        self._batches: Batches | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Put a caching loader into the context, which the sweeper shares, and keep what `launch` needs."""
        from hydra_plugins.sinefit_fused._launch import Batches  # noqa: PLC0415 - heavy
        from hydra_plugins.sinefit_fused._loader import SweepLoader  # noqa: PLC0415

        if not isinstance(hydra_context.config_loader, SweepLoader):
            hydra_context.config_loader = SweepLoader(hydra_context.config_loader)  # type: ignore[assignment]
        self._batches = Batches(hydra_context, task_function, config, self._options)

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run a batch of jobs, numbered from `initial_job_idx`; one `JobReturn` for each comes back."""
        if self._batches is None:
            msg = "FusedLauncher.launch was called before setup; Hydra calls setup first"
            raise RuntimeError(msg)
        return self._batches.launch(job_overrides, initial_job_idx)
