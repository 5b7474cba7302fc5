"""One job of a sweep, as the batched task sees it; must not know what the batched task does with it."""

from __future__ import annotations

import copy
import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import env_override
from hydra_plugins.sinefit_fused._deferred import DeferredConfig
from hydra_plugins.sinefit_fused._location import find_location, read_location
from hydra_plugins.sinefit_fused._references import NotSimpleError
from hydra_plugins.sinefit_fused._yaml_text import list_text
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from hydra_plugins.sinefit_fused._loader import SweepLoader
    from hydra_plugins.sinefit_fused._overrides import Overrides
    from hydra_plugins.sinefit_fused._template import Template


class Job:
    """A job: its number, its configs, its folder.

    The batched task may rely on `num`, `id`, `output_dir`, `overrides`, `choices`, `config`,
    `plain_config()`, `hydra_config` and `active()`; the rest is the launcher's. Configs are built when they
    are looked at and are not kept, so that a list of ten thousand jobs stays small.

    Args:
        num: the job's number in the sweep.
        overrides: the job's overrides, split.
        loader: has the templates.
        log_into: a context in which the root logger is a job's; None where nothing is to be written.
    """

    __slots__ = ("_answers", "_loader", "_log_into", "_overrides", "location", "num")

    def __init__(
        self,
        num: int,
        overrides: Overrides,
        loader: SweepLoader,
        log_into: Callable[[Job], AbstractContextManager[None]] | None,
    ) -> None:
        self.num = num
        self._overrides = overrides
        self._loader = loader
        self._log_into = log_into
        self._answers: dict[str, Any] | None = None  # of resolvers, where they are this job's alone
        try:
            self.location = find_location(self.template.hydra, loader.sweep_dir, self.value)
        except NotSimpleError:
            config = self.numbered_config()
            self.location = read_location(config)
            answers = OmegaConf.get_cache(config)
            if answers != OmegaConf.get_cache(loader.master):
                self._answers = copy.deepcopy(answers)

    def __repr__(self) -> str:
        return f"Job(num={self.num}, overrides={self.overrides}, output_dir={self.output_dir!r})"

    @property
    def id(self) -> str:
        """The job's number as text, which is what Hydra calls its id."""
        return str(self.num)

    @property
    def output_dir(self) -> str:
        """The absolute path of the job's folder."""
        return self.location.output_dir

    @property
    def overrides(self) -> list[str]:
        """The app's own overrides, as `.hydra/overrides.yaml` lists them."""
        return self.template.task_lines(self._overrides)

    @property
    def choices(self) -> dict[str, str | None]:
        """The choice of each config group, as `hydra.runtime.choices` has it."""
        return dict(self.template.hydra["runtime"]["choices"])

    @property
    def config(self) -> DictConfig:
        """The config that the task function would get, without the hydra node; a new one at each call."""
        return DeferredConfig(lambda: self._with_answers(self.template.task_config(self._overrides)))

    def plain_config(self) -> dict[str, Any] | None:
        """The values of `config`, references resolved, a hundred times faster than by building it.

        None if the config holds what only OmegaConf can resolve.
        """
        return self.template.plain_values(self._overrides.values)

    @property
    def hydra_config(self) -> DictConfig:
        """The whole config, with the hydra node, as callbacks get it; a new one at each call."""
        return DeferredConfig(self._whole_config)

    @contextmanager
    def active(self, *, with_env: bool = True) -> Iterator[Job]:
        """Make the process look as it does while Hydra runs this job, and undo it at the end.

        `HydraConfig` is the job's; the root logger writes into the job's log; with `hydra.job.chdir` the
        working directory is the job's folder; the variables of `hydra.job.env_set` are set
        (but not `with_env=False`, as when Hydra tells callbacks that a job has ended).
        """
        holder = HydraConfig.instance()
        before = holder.cfg
        holder.cfg = DeferredConfig(self.hydra_node)  # type: ignore[assignment]
        try:
            with ExitStack() as stack:
                if self._log_into is not None:
                    if self.location.chdir:
                        stack.callback(os.chdir, os.getcwd())  # noqa: PTH109
                        os.chdir(self.output_dir)
                    stack.enter_context(self._log_into(self))
                if with_env and self.location.env_set:
                    stack.enter_context(env_override(dict(self.location.env_set)))
                yield self
        finally:
            holder.cfg = before

    # The rest is the launcher's.

    @property
    def template(self) -> Template:
        """What the jobs of this shape have in common."""
        return self._loader.template(self._overrides)

    @property
    def files(self) -> dict[str, str]:
        """The texts of the job's `.hydra` files, by name."""
        template, overrides = self.template, self._overrides
        return {
            "config.yaml": template.config_yaml(overrides),
            "hydra.yaml": template.hydra_yaml(overrides, self.num, self.output_dir),
            "overrides.yaml": list_text(self.overrides),
        }

    def value(self, path: str) -> object:
        """The unresolved value at a dotted path; raises NotSimpleError if there is none."""
        if path in ("hydra.job.num", "hydra.job.id"):
            return self.num
        if path == "hydra.job.override_dirname":
            return self.template.override_dirname(self._overrides)
        return self.template.value(path, self._overrides.values)

    def numbered_config(self) -> DictConfig:
        """The whole config with the job's number, as the basic launcher sets it, but without its folder."""
        config = self._with_answers(self.template.full_config(self._overrides))
        with open_dict(config):
            config.hydra.job.id = self.id
            config.hydra.job.num = self.num
        return config

    def hydra_node(self) -> DictConfig:
        """What `HydraConfig` holds while the job runs: the hydra node, inside the whole config."""
        holder = HydraConfig.instance()
        before = holder.cfg
        try:
            holder.set_config(self.hydra_config)
            return holder.cfg  # type: ignore[return-value]  # Hydra's annotation is narrower than the truth
        finally:
            holder.cfg = before

    def _with_answers(self, config: DictConfig) -> DictConfig:
        known = OmegaConf.get_cache(self._loader.master) if self._answers is None else self._answers
        OmegaConf.set_cache(config, known)
        return config

    def _whole_config(self) -> DictConfig:
        config = self.numbered_config()
        with read_write(config.hydra):
            config.hydra.runtime.output_dir = self.output_dir
        OmegaConf.set_readonly(config.hydra, value=True)
        return config
