"""Says where a job writes and what of the process it changes; must not know how it is run."""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hydra import version
from hydra.core.hydra_config import HydraConfig
from hydra_plugins.sinefit_fused._references import NotSimpleError, depends_on_the_time_alone, resolve
from omegaconf import OmegaConf, open_dict

if TYPE_CHECKING:
    from hydra_plugins.sinefit_fused._composed import Composed
    from omegaconf import DictConfig


@dataclass(frozen=True, slots=True)
class Place:
    """What a job has of the process and the disk.

    Attributes:
        given: The output folder as the config says it, perhaps relative.
        output_dir: The same, absolute.
        hydra_dir: Where the `.hydra` files go; None if they are not wanted.
        chdir: Whether the job runs inside its folder.
        env_set: The environment variables that it sets.
    """

    given: str
    output_dir: str
    hydra_dir: str | None
    chdir: bool
    env_set: tuple[tuple[str, str], ...]


def numbered(composed: Composed, num: int) -> DictConfig:
    """Return a job's full config with its number, as the basic launcher sets it."""
    config = composed.full_config()
    with open_dict(config):
        config.hydra.job.id = str(num)
        config.hydra.job.num = num
    return config


def find_place(composed: Composed, num: int) -> Place:
    """Return a job's place, by simple means where they suffice."""
    hydra = composed.template.contents["hydra"]
    subdir = hydra["output_subdir"]
    if hydra["job"]["env_set"] or type(hydra["job"]["chdir"]) not in (bool, type(None)):
        return _found_by_omegaconf(composed, num)
    try:
        given = os.path.join(_sweep_dir(composed, num), _resolved(composed, num, hydra["sweep"]["subdir"]))  # noqa: PTH118 - Hydra's strings
        inner = None if subdir is None else _resolved(composed, num, subdir)
    except NotSimpleError:
        return _found_by_omegaconf(composed, num)
    return _place(given, inner, chdir=hydra["job"]["chdir"], env_set=())


def _resolved(composed: Composed, num: int, text: object) -> str:
    own = {"hydra.job.num": num, "hydra.job.id": num}
    return resolve(text, lambda path: own[path] if path in own else composed.value(path))


def _sweep_dir(composed: Composed, num: int) -> str:
    text = composed.value("hydra.sweep.dir")
    if isinstance(text, str) and "$" in text and depends_on_the_time_alone(text):
        of_sweep, resolved = composed.sweep_dir()
        if text == of_sweep:
            return resolved  # the sweep's own time, which every job shares
    return _resolved(composed, num, text)


def _found_by_omegaconf(composed: Composed, num: int) -> Place:
    """Return a job's place by resolving its config, and keep for later configs what resolvers answered."""
    config = numbered(composed, num)
    before = HydraConfig.instance().cfg
    try:
        HydraConfig.instance().set_config(config)
        given = str(OmegaConf.select(config, "hydra.sweep.dir"))
        given = os.path.join(given, str(OmegaConf.select(config, "hydra.sweep.subdir")))  # noqa: PTH118
        answers = OmegaConf.get_cache(config)
        if answers != OmegaConf.get_cache(composed.master):
            composed.cache = copy.deepcopy(answers)
        node = copy.deepcopy(HydraConfig.instance().cfg)  # cut off from the app's config, as in Hydra
        env_set = tuple((str(key), str(value)) for key, value in node.hydra.job.env_set.items())  # type: ignore[union-attr]
        return _place(given, config.hydra.output_subdir, chdir=node.hydra.job.chdir, env_set=env_set)  # type: ignore[union-attr]
    finally:
        HydraConfig.instance().cfg = before


def _place(
    given: str, inner: str | None, *, chdir: bool | None, env_set: tuple[tuple[str, str], ...]
) -> Place:
    output_dir = os.path.abspath(given)  # noqa: PTH100 - without resolving links, as Hydra does
    hydra_dir = None if inner is None else os.path.join(output_dir, inner)  # noqa: PTH118
    if chdir is None:
        chdir = hasattr(version, "base_at_least") and not version.base_at_least("1.2")
    return Place(given, output_dir, hydra_dir, chdir, env_set)
