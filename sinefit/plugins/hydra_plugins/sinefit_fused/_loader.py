"""Composes the jobs of a sweep fast, in the place of Hydra's own config loader; must not know what jobs do.

The launcher puts a `SweepLoader` into the context that it shares with the sweeper, so that the sweeper's
check that every job can be composed goes the same fast way as the launch, whatever the sweeper.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.object_type import ObjectType
from hydra_plugins.sinefit_fused._composed import Composed
from hydra_plugins.sinefit_fused._deferred import DeferredConfig
from hydra_plugins.sinefit_fused._frozen import frozen, read_ahead
from hydra_plugins.sinefit_fused._overrides import Split, Splitter
from hydra_plugins.sinefit_fused._template import Template
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hydra.core.config_search_path import ConfigSearchPath
    from hydra.plugins.config_source import ConfigSource
    from hydra.types import RunMode

_TEMPLATES = 128  # kept at once; each takes a fraction of a megabyte, and a forgotten one is composed again


class SweepLoader(ConfigLoader):
    """A config loader that lets Hydra compose one job of each shape and makes the others from it.

    Args:
        loader: Hydra's own.
    """

    def __init__(self, loader: ConfigLoader) -> None:
        self._loader = frozen(loader)
        self._templates: OrderedDict[tuple[Any, ...], Template] = OrderedDict()
        self._groups: dict[str, bool] = {}
        self._splitter = Splitter(self._is_group)
        self._master: DictConfig | None = None
        self._master_lines: list[str] = []
        self._sweep_dir: tuple[str, str] | None = None

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """Return a job's config, built when it is first looked at; raise at once what Hydra would raise."""
        return DeferredConfig(self.compose(master_config, sweep_overrides).full_config)

    def compose(self, master: DictConfig, overrides: Sequence[str]) -> Composed:
        """Compose a job.

        Args:
            master: The config of the sweep.
            overrides: The overrides of the job, without those of Hydra's configuration that the sweep has.

        Raises:
            HydraException: What Hydra's own loader raises for these overrides.
        """
        if master is not self._master:
            self.begin(master)
        folder = os.getcwd()  # noqa: PTH109 - Hydra writes this string into the config
        split = self._splitter.split([*self._master_lines, *overrides], folder)
        template = self.template(split)
        if split.values and not self._is_proven(template):
            split = self._splitter.split(split.lines, folder)
            template = self.template(split)
        fitted = template.fit(split.values)
        if fitted is None:  # Hydra says what is wrong, or knows a way that is not known here
            split = split.whole()
            template, fitted = self.template(split), ()
        return Composed(self, master, split, fitted)

    def begin(self, master: DictConfig) -> None:
        """Take the sweep's own settings from its config; done anew for each batch."""
        if self._master is not None and master.hydra.job.config_name != self._master.hydra.job.config_name:
            self._templates.clear()
            self._groups.clear()
        self._master = master
        self._sweep_dir = None
        self._master_lines = OmegaConf.to_container(master.hydra.overrides.hydra)  # type: ignore[assignment]

    def sweep_dir(self) -> tuple[str, str]:
        """Return `hydra.sweep.dir` of the sweep itself, as written and as resolved."""
        if self._sweep_dir is None:
            sweep: Any = self._sweeping().hydra.sweep
            self._sweep_dir = (OmegaConf.to_container(sweep)["dir"], str(sweep.dir))  # type: ignore[index,call-overload]
        return self._sweep_dir

    def template(self, split: Split) -> Template:
        """Return what the jobs of one shape have in common, composed by Hydra if it is not known yet."""
        key = (split.folder, split.shape)
        found = self._templates.get(key)
        if found is not None and found.environment_is_unchanged():
            self._templates.move_to_end(key)
            return found
        found = self._templates[key] = Template(self._composed_by_hydra(split), split)
        while len(self._templates) > _TEMPLATES:
            self._templates.popitem(last=False)
        return found

    def read_ahead(self) -> None:
        """Read the files that no job has chosen yet, so that later jobs see them as they are now."""
        read_ahead(self._loader)

    def _composed_by_hydra(self, split: Split) -> DictConfig:
        given = list(split.lines[len(self._master_lines) :])
        config = self._loader.load_sweep_config(self._sweeping(), given)
        if config.hydra.runtime.cwd != split.folder:  # a forgotten template, composed again elsewhere
            config.hydra.runtime.cwd = split.folder
        return config

    def _sweeping(self) -> DictConfig:
        if self._master is None:
            msg = "a job was composed before its sweep began"
            raise RuntimeError(msg)
        return self._master

    def _is_proven(self, template: Template) -> bool:
        """Return whether the template may serve other jobs; if not, learn which keys are peculiar."""
        if template.is_proven is None:
            peculiar = template.peculiar_keys if template.is_faithful() else template.keys
            for key in peculiar:
                self._splitter.keep_in_shape(key)
            template.is_proven = not peculiar
        return template.is_proven

    def _is_group(self, key: str) -> bool:
        if key not in self._groups:
            searchpath = [
                line for line in self._master_lines if line.lstrip("+").startswith("hydra.searchpath")
            ]
            name = self._sweeping().hydra.job.config_name
            self._groups[key] = bool(self._loader.get_group_options(key, None, name, searchpath))
        return self._groups[key]

    def load_configuration(
        self,
        config_name: str | None,
        overrides: list[str],
        run_mode: RunMode,
        from_shell: bool = True,  # noqa: FBT001, FBT002 - Hydra's interface
        validate_sweep_overrides: bool = True,  # noqa: FBT001, FBT002
    ) -> DictConfig:
        """Compose any config, as Hydra does."""
        return self._loader.load_configuration(
            config_name, overrides, run_mode, from_shell, validate_sweep_overrides
        )

    def get_search_path(self) -> ConfigSearchPath:
        """Return where configs are searched."""
        return self._loader.get_search_path()

    def get_sources(self) -> list[ConfigSource]:
        """Return the sources of configs."""
        return self._loader.get_sources()

    def list_groups(self, parent_name: str) -> list[str]:
        """Return the groups in a group."""
        return self._loader.list_groups(parent_name)

    def get_group_options(
        self,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,
        config_name: str | None = None,
        overrides: list[str] | None = None,
    ) -> list[str]:
        """Return the names of a group's configs."""
        return self._loader.get_group_options(group_name, results_filter, config_name, overrides)

    def compute_defaults_list(self, config_name: str | None, overrides: list[str], run_mode: RunMode) -> Any:  # noqa: ANN401 - Hydra's interface
        """Return the defaults list of a config."""
        return self._loader.compute_defaults_list(config_name, overrides, run_mode)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Answer with Hydra's loader what later versions of the interface may ask."""
        if name == "_loader":  # not there yet, while a copy is made
            raise AttributeError(name)
        return getattr(self._loader, name)
