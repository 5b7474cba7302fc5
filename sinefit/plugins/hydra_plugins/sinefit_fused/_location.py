"""Says where a job writes and what of the process it changes; must not know how it is run.

Folders of the usual sort are found without building the job's config.
SAVES_LOCATION
"""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra import version
from hydra.core.hydra_config import HydraConfig
from hydra_plugins.sinefit_fused._references import NotSimpleError, depends_on_the_time_alone, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from omegaconf import DictConfig


@dataclass(frozen=True, slots=True)
class Location:
    """What a job has of the process and the disk.

    Attributes:
        given: the output folder as the config says it, perhaps relative.
        output_dir: the same, absolute.
        hydra_dir: where the `.hydra` files go; None if they are not wanted.
        chdir: whether the job runs inside its folder.
        env_set: the environment variables that it sets.
    """

    given: str
    output_dir: str
    hydra_dir: str | None
    chdir: bool
    env_set: tuple[tuple[str, str], ...]


def find_location(
    hydra: Mapping[str, Any], sweep_dir: tuple[str, str], lookup: Callable[[str], object]
) -> Location:
    """Find a job's location without OmegaConf.

    Args:
        hydra: the values of the job's hydra node, unresolved.
        sweep_dir: `hydra.sweep.dir` of the sweep itself, as written and as resolved.
        lookup: gives the job's unresolved value at a dotted path, or raises NotSimpleError.

    Raises:
        NotSimpleError: it takes OmegaConf.
    """
    subdir, chdir = hydra["output_subdir"], hydra["job"]["chdir"]
    if hydra["job"]["env_set"] or type(chdir) not in (bool, type(None)):
        raise NotSimpleError(hydra["job"])
    written, resolved = sweep_dir
    # Every job shares the time of the sweep.
    is_the_sweeps = written == hydra["sweep"]["dir"] and depends_on_the_time_alone(written)
    parent = resolved if is_the_sweeps else resolve(hydra["sweep"]["dir"], lookup)
    given = os.path.join(parent, resolve(hydra["sweep"]["subdir"], lookup))  # noqa: PTH118 - Hydra's strings
    inner = None if subdir is None else resolve(subdir, lookup)
    return _location(given, inner, chdir=chdir, env_set=())


def read_location(config: DictConfig) -> Location:
    """A job's location by its whole config, which has its number."""
    holder = HydraConfig.instance()
    before = holder.cfg
    try:
        holder.set_config(config)
        given = os.path.join(str(config.hydra.sweep.dir), str(config.hydra.sweep.subdir))  # noqa: PTH118
        own: Any = copy.deepcopy(holder.cfg)  # cut off from the app's config, as in Hydra
        job = own.hydra.job
        env_set = tuple((str(key), str(value)) for key, value in job.env_set.items())
        return _location(given, config.hydra.output_subdir, chdir=job.chdir, env_set=env_set)
    finally:
        holder.cfg = before


def _location(
    given: str, inner: str | None, *, chdir: bool | None, env_set: tuple[tuple[str, str], ...]
) -> Location:
    output_dir = os.path.abspath(given)  # noqa: PTH100 - without resolving links, as Hydra does
    hydra_dir = None if inner is None else os.path.join(output_dir, inner)  # noqa: PTH118
    if chdir is None:
        chdir = hasattr(version, "base_at_least") and not version.base_at_least("1.2")
    return Location(given, output_dir, hydra_dir, chdir, env_set)
