"""The jobs of a sweep before it starts, whatever launcher will run them; writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hydra_plugins.sinefit_fused._job import Job
from hydra_plugins.sinefit_fused._launch import require_own_folders
from hydra_plugins.sinefit_fused._loader import SweepLoader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hydra.core.config_loader import ConfigLoader
    from omegaconf import DictConfig


def list_jobs(loader: ConfigLoader, config: DictConfig, batch: Iterable[Sequence[str]]) -> list[Job]:
    """The jobs that a sweeper makes.

    Args:
        loader: Hydra's.
        config: of the sweep, with the hydra node.
        batch: the overrides of each job.

    Raises:
        HydraException: if a job cannot be composed, or would write into another's folder.
    """
    sweep_loader = SweepLoader(loader)
    jobs = [
        Job(num, sweep_loader.split(config, lines), sweep_loader, None) for num, lines in enumerate(batch)
    ]
    require_own_folders(jobs, {})
    return jobs
