"""A job as composed: a few values and the way to its configs; must not know folders, logs or callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from hydra_plugins.sinefit_fused._yaml_text import list_text
from omegaconf import DictConfig, OmegaConf

if TYPE_CHECKING:
    from hydra_plugins.sinefit_fused._overrides import Split
    from hydra_plugins.sinefit_fused._template import Template


class TemplateSource(Protocol):
    """What a composed job asks for its configs."""

    def template(self, split: Split) -> Template:
        """What the jobs of one shape have in common."""

    def sweep_dir(self) -> tuple[str, str]:
        """`hydra.sweep.dir` of the sweep itself, as written and as resolved."""


class Composed:
    """A composed job, light enough to keep ten thousand of.

    Args:
        loader: Has the templates.
        master: The config of the sweep, whose resolved times and the like the job takes over, as Hydra does.
        split: The job's overrides.
        fitted: The split values as the config holds them.
    """

    __slots__ = ("_loader", "cache", "fitted", "master", "split")

    def __init__(
        self, loader: TemplateSource, master: DictConfig, split: Split, fitted: tuple[Any, ...]
    ) -> None:
        self._loader = loader
        self.master = master
        self.split = split
        self.fitted = fitted
        self.cache: dict[str, Any] | None = None  # what resolvers answered for this job alone

    @property
    def template(self) -> Template:
        """What the jobs of this shape have in common."""
        return self._loader.template(self.split)

    def full_config(self) -> DictConfig:
        """Return a new config with the hydra node, as Hydra's loader returns it."""
        return self._with_cache(self.template.full_config(self.split))

    def task_config(self) -> DictConfig:
        """Return a new config without the hydra node."""
        return self._with_cache(self.template.task_config(self.split))

    def plain(self) -> dict[str, Any] | None:
        """Return the values of `task_config`, resolved; None if only OmegaConf can resolve them."""
        return self.template.plain(self.fitted)

    def value(self, path: str) -> object:
        """Return the unresolved value at a dotted path; raises NotSimpleError if there is none."""
        if path == "hydra.job.override_dirname":
            return self.template.override_dirname(self.split)
        return self.template.value(path, self.fitted)

    def sweep_dir(self) -> tuple[str, str]:
        """Return `hydra.sweep.dir` of the sweep itself, as written and as resolved."""
        return self._loader.sweep_dir()

    @property
    def overrides(self) -> list[str]:
        """The app's own overrides."""
        return self.template.task_lines(self.split)

    def hydra_files(self, num: int, output_dir: str) -> dict[str, str]:
        """Return the texts of the job's `.hydra` files, by name."""
        template = self.template
        return {
            "config.yaml": template.config_yaml(self.split, self.fitted),
            "hydra.yaml": template.hydra_yaml(self.split, num, output_dir),
            "overrides.yaml": list_text(template.task_lines(self.split)),
        }

    def _with_cache(self, config: DictConfig) -> DictConfig:
        OmegaConf.set_cache(config, OmegaConf.get_cache(self.master) if self.cache is None else self.cache)
        return config
