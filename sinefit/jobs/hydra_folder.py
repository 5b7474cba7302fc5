"""A job's `.hydra`, written by the job itself where a resumed sweep keeps Hydra from writing.

Hydra writes these files before it asks the job anything, in place and not atomically: those of finished jobs
would be written anew, and a kill would leave half of one beside a result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf

from sinefit.record.files import write_atomically
from sinefit.record.folder import CONFIG_NAME, HYDRA_NAME, OVERRIDES_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from hydra.core.hydra_config import HydraConfig
    from omegaconf import DictConfig


def write_hydra_files(folder: Path, config: DictConfig, hydra: HydraConfig) -> None:
    """Write what Hydra would have written.

    Args:
        folder: the job's.
        config: the task's.
        hydra: holds the node of this job.

    Raises:
        RecordError: if a file cannot be written.
    """
    assert hydra.cfg is not None  # noqa: S101 - Hydra runs the job
    own: Any = OmegaConf.to_container(OmegaConf.masked_copy(hydra.cfg, "hydra"), resolve=False)  # type: ignore[arg-type]  # Hydra's annotation is narrower
    own["hydra"]["output_subdir"] = ".hydra"
    contents = {
        CONFIG_NAME: config,
        HYDRA_NAME: OmegaConf.create(own),
        OVERRIDES_NAME: OmegaConf.create(own["hydra"]["overrides"]["task"]),
    }
    for name, content in contents.items():
        write_atomically(folder / name, OmegaConf.to_yaml(content).encode())
