"""Composes the jobs of a sweep fast, in the place of Hydra's own config loader; must not know what jobs do.

The launcher puts a `SweepLoader` into the context that it shares with the sweeper, so that the sweeper's
check that every job can be composed goes the same fast way as the launch, whatever the sweeper.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hydra.core.config_loader import ConfigLoader
from hydra_plugins.sinefit_fused._deferred import DeferredConfig
from hydra_plugins.sinefit_fused._frozen import frozen, read_ahead
from hydra_plugins.sinefit_fused._overrides import Overrides, Splitter
from hydra_plugins.sinefit_fused._template import Template
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEMPLATES = 128  # kept at once; each takes a fraction of a megabyte, and a forgotten one is composed again


@ConfigLoader.register
class SweepLoader:
    """Hydra's config loader, but that it composes one job of each shape and makes the others from it.

    Args:
        loader: Hydra's own, which does all the rest.

    Attributes:
        sweep_dir: `hydra.sweep.dir` of the sweep itself, as written and as resolved.
    """

    sweep_dir: tuple[str, str]

    def __init__(self, loader: ConfigLoader) -> None:
        self._loader = frozen(loader)
        self._templates: OrderedDict[tuple[Any, ...], Template] = OrderedDict()
        self._groups: dict[str, bool] = {}
        self._splitter = Splitter(self._is_group)
        self._master: DictConfig | None = None
        self._master_lines: list[str] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of a loader
        """Answer with Hydra's loader all that sweeps do not need faster."""
        if name == "_loader":  # not there yet, while a copy is made
            raise AttributeError(name)
        return getattr(self._loader, name)

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """A job's config, built when it is first looked at; what Hydra would raise is raised at once."""
        overrides = self.split(master_config, sweep_overrides)
        return DeferredConfig(lambda: self.full_config(overrides))

    def full_config(self, overrides: Overrides) -> DictConfig:
        """A job's config with the hydra node and with the times and the like that the sweep has resolved."""
        config = self.template(overrides).full_config(overrides)
        OmegaConf.copy_cache(self.master, config)
        return config

    def split(self, master: DictConfig, overrides: Sequence[str]) -> Overrides:
        """Split a job's overrides, and make sure that the job can be composed.

        Args:
            master: the config of the sweep.
            overrides: those of the job, without those of Hydra's configuration that the sweep has.

        Raises:
            HydraException: what Hydra's own loader raises for these overrides.
        """
        if master is not self._master:
            self.begin(master)
        cwd = os.getcwd()  # noqa: PTH109 - Hydra writes this string into the config
        made = self._splitter.split([*self._master_lines, *overrides], cwd)
        template = self.template(made)
        if made.values and not self._is_proven(template):
            made = self._splitter.split(made.lines, cwd)
            template = self.template(made)
        values = template.fit(made.values)
        if values is not None:
            return replace(made, values=values)
        whole = replace(made, shape=made.lines, values=())
        self.template(whole)  # Hydra says what is wrong, or knows a way that is not known here
        return whole

    def begin(self, master: DictConfig) -> None:
        """Take the sweep's own settings from its config; done anew for each batch."""
        if self._master is not None and master.hydra.job.config_name != self._master.hydra.job.config_name:
            self._templates.clear()
            self._groups.clear()
        self._master = master
        written: Any = OmegaConf.to_container(master.hydra.sweep)
        self.sweep_dir = (written["dir"], str(master.hydra.sweep.dir))
        self._master_lines = OmegaConf.to_container(master.hydra.overrides.hydra)  # type: ignore[assignment]

    @property
    def master(self) -> DictConfig:
        """The config of the sweep."""
        if self._master is None:
            msg = "a job was composed before its sweep began"
            raise RuntimeError(msg)
        return self._master

    def template(self, overrides: Overrides) -> Template:
        """What the jobs of one shape have in common, composed by Hydra if it is not known yet."""
        key = (overrides.cwd, overrides.shape)
        found = self._templates.get(key)
        if found is not None and found.environment_is_unchanged():
            self._templates.move_to_end(key)
            return found
        found = self._templates[key] = Template(self._compose_by_hydra(overrides), overrides)
        while len(self._templates) > _TEMPLATES:
            self._templates.popitem(last=False)
        return found

    def read_ahead(self) -> None:
        """Read the files that no job has chosen yet, so that later jobs see them as they are now."""
        read_ahead(self._loader)

    def _compose_by_hydra(self, overrides: Overrides) -> DictConfig:
        typed = list(overrides.lines[len(self._master_lines) :])
        config = self._loader.load_sweep_config(self.master, typed)
        if config.hydra.runtime.cwd != overrides.cwd:  # a forgotten template, composed again elsewhere
            config.hydra.runtime.cwd = overrides.cwd
        return config

    def _is_proven(self, template: Template) -> bool:
        """Whether the template may serve other jobs; if not, the splitter learns which keys are peculiar."""
        if template.is_proven is None:
            peculiar = template.peculiar_keys()
            for key in peculiar:
                self._splitter.keep_in_shape(key)
            template.is_proven = not peculiar
        return template.is_proven

    def _is_group(self, key: str) -> bool:
        if key not in self._groups:
            searchpath = [
                line for line in self._master_lines if line.lstrip("+").startswith("hydra.searchpath")
            ]
            name = self.master.hydra.job.config_name
            self._groups[key] = bool(self._loader.get_group_options(key, None, name, searchpath))
        return self._groups[key]
