"""One job of a sweep, as the batched twin sees it; must not know what the twin does with it."""

from __future__ import annotations

import os
import weakref
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import env_override
from hydra_plugins.sinefit_fused._deferred import DeferredConfig
from hydra_plugins.sinefit_fused._places import Place, find_place, numbered
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hydra_plugins.sinefit_fused._composed import Composed
    from hydra_plugins.sinefit_fused._logs import JobLogs


class Job:
    """A job: its number, its configs, its folder.

    Configs are built when they are asked for and live as long as somebody holds them, so that a list of ten
    thousand jobs stays small.

    Args:
        num: The job's number in the sweep.
        composed: The job as composed.
        logs: Gives the job its log file; None where nothing is to be written.
    """

    __slots__ = ("__weakref__", "_composed", "_config", "_hydra_config", "_logs", "num", "place")

    def __init__(self, num: int, composed: Composed, logs: JobLogs | None) -> None:
        self.num = num
        self.place: Place = find_place(composed, num)
        self._composed = composed
        self._logs = logs
        self._config: weakref.ref[DictConfig] | None = None
        self._hydra_config: weakref.ref[DictConfig] | None = None

    def __repr__(self) -> str:
        return f"Job(num={self.num}, overrides={self.overrides}, output_dir={self.output_dir!r})"

    @property
    def id(self) -> str:
        """The job's number as text, which is what Hydra calls its id."""
        return str(self.num)

    @property
    def output_dir(self) -> str:
        """The absolute path of the job's folder."""
        return self.place.output_dir

    @property
    def overrides(self) -> list[str]:
        """The app's own overrides, as `.hydra/overrides.yaml` lists them."""
        return self._composed.overrides

    @property
    def choices(self) -> dict[str, str | None]:
        """The choice of each config group, as `hydra.runtime.choices` has it."""
        return dict(self._composed.template.contents["hydra"]["runtime"]["choices"])

    @property
    def config(self) -> DictConfig:
        """The config that the task function would get: without the hydra node."""
        made = None if self._config is None else self._config()
        if made is None:
            made = DeferredConfig(self._composed.task_config)
            self._config = weakref.ref(made)
        return made

    def plain_config(self) -> dict[str, Any] | None:
        """Return the values of `config`, references resolved, a hundred times faster than by building it.

        None if the config holds what only OmegaConf can resolve.
        """
        return self._composed.plain()

    @property
    def hydra_config(self) -> DictConfig:
        """The whole config, with the hydra node, as callbacks get it."""
        made = None if self._hydra_config is None else self._hydra_config()
        if made is None:
            made = DeferredConfig(self._whole_config)
            self._hydra_config = weakref.ref(made)
        return made

    def _whole_config(self) -> DictConfig:
        made = numbered(self._composed, self.num)
        OmegaConf.set_readonly(made.hydra, value=False)
        made.hydra.runtime.output_dir = self.output_dir
        OmegaConf.set_readonly(made.hydra, value=True)
        return made

    def hydra_node(self) -> DictConfig:
        """Return what `HydraConfig` holds while the job runs: the hydra node, inside the whole config."""
        holder = HydraConfig.instance()
        before = holder.cfg
        try:
            holder.set_config(self.hydra_config)
            return holder.cfg  # type: ignore[return-value]  # Hydra's annotation is narrower than the truth
        finally:
            holder.cfg = before

    @property
    def files(self) -> dict[str, str]:
        """The texts of the job's `.hydra` files, by name."""
        return self._composed.hydra_files(self.num, self.output_dir)

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
                if self._logs is not None:
                    if self.place.chdir:
                        stack.callback(os.chdir, os.getcwd())  # noqa: PTH109
                        os.chdir(self.output_dir)
                    stack.enter_context(self._logs.of(self))
                if with_env and self.place.env_set:
                    stack.enter_context(env_override(dict(self.place.env_set)))
                yield self
        finally:
            holder.cfg = before

    def logging_settings(self) -> tuple[object, object]:
        """Return the unresolved `hydra.job_logging` and `hydra.verbose`."""
        hydra = self._composed.template.contents["hydra"]
        return hydra["job_logging"], hydra["verbose"]

    def value(self, path: str) -> object:
        """Return the unresolved value at a dotted path; raises NotSimpleError if there is none."""
        own = {
            "hydra.runtime.output_dir": self.output_dir,
            "hydra.job.num": self.num,
            "hydra.job.id": self.num,
        }
        return own[path] if path in own else self._composed.value(path)
