"""Reads each config file once, so that a file edited in mid-sweep does not change the sweep; knows no jobs.

Hydra's loader copies its repository for each composition and lets the copy read the files. A frozen
repository answers such copies from one memory, and gives each configs that share nothing with the memory.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from hydra._internal.config_repository import ConfigRepository, IConfigRepository
from hydra.core.object_type import ObjectType
from hydra_plugins.sinefit_fused._replica import Replica

if TYPE_CHECKING:
    from collections.abc import Callable

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.config_search_path import ConfigSearchPath
    from hydra.plugins.config_source import ConfigResult, ConfigSource

Memory = dict[tuple[str, ...], Any]


class FrozenRepository(IConfigRepository):
    """A repository that remembers what it was asked.

    Args:
        origin: The repository that reads the files.
        memories: What is remembered, for each search path; the copies of a repository share it.
    """

    def __init__(
        self, origin: IConfigRepository, memories: dict[str, tuple[IConfigRepository, Memory]]
    ) -> None:
        self._origin = origin
        self._memories = memories
        self._memory: Memory = memories.setdefault("", (origin, {}))[1]

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenRepository:
        """Return a repository with the same memory: Hydra makes a copy for each composition."""
        made = copy.copy(self)
        memo[id(self)] = made
        return made

    def initialize_sources(self, config_search_path: ConfigSearchPath) -> None:
        """Search elsewhere from now on."""
        where = repr([(part.provider, part.path) for part in config_search_path.get_path()])
        if where not in self._memories:
            self._memories[where] = (ConfigRepository(config_search_path), {})
        self._origin, self._memory = self._memories[where]

    def load_config(self, config_path: str) -> ConfigResult | None:
        """Return a config as it was when it was first asked for."""
        kept: Replica[ConfigResult | None] = self._remember(
            ("config", config_path),
            lambda: Replica(self._origin.load_config(config_path)),
        )
        return kept.fresh()

    def group_exists(self, config_path: str) -> bool:
        """Return whether there is such a group."""
        return bool(self._remember(("group", config_path), lambda: self._origin.group_exists(config_path)))

    def config_exists(self, config_path: str) -> bool:
        """Return whether there is such a config."""
        return bool(
            self._remember(("is config", config_path), lambda: self._origin.config_exists(config_path))
        )

    def get_group_options(
        self,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,
    ) -> list[str]:
        """Return the names of a group's configs, or of the groups in it."""
        found: list[str] = self._remember(
            ("options", group_name, str(results_filter)),
            lambda: self._origin.get_group_options(group_name, results_filter),
        )
        return list(found)

    def get_sources(self) -> list[ConfigSource]:
        """Return the places that are searched."""
        return self._origin.get_sources()

    def get_schema_source(self) -> ConfigSource:
        """Return the source of the structured configs."""
        return self._origin.get_schema_source()

    def _remember(self, key: tuple[str, ...], ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - what was asked
        if key not in self._memory:
            self._memory[key] = ask()
        return self._memory[key]


def frozen(loader: ConfigLoader) -> ConfigLoader:
    """Return a copy of Hydra's loader that reads each file once; itself, if it is of another make."""
    repository = getattr(loader, "repository", None)
    if not isinstance(repository, IConfigRepository):
        return loader
    made = copy.copy(loader)
    made.repository = FrozenRepository(repository, {})  # type: ignore[attr-defined]  # Hydra's own loader has it
    return made


def read_ahead(loader: ConfigLoader, group: str = "") -> None:
    """Read every file of the app's groups, because later batches may choose what earlier ones did not."""
    repository = getattr(loader, "repository", None)
    if not isinstance(repository, FrozenRepository):
        return
    for name in repository.get_group_options(group, ObjectType.CONFIG):
        path = f"{group}/{name}" if group else name
        try:
            repository.load_config(path)
        except Exception:  # noqa: BLE001, S112 - a broken file matters to the job that chooses it, and only then
            continue
    for name in repository.get_group_options(group, ObjectType.GROUP):
        if group or name != "hydra":
            read_ahead(loader, f"{group}/{name}" if group else name)
