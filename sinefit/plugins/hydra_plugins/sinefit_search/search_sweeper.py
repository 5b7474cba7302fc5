"""The class that Hydra finds for `hydra/sweeper=search`; it must not know how jobs are found: `_sweep` does.

Hydra imports this module at every start, of every app: nothing heavy may be imported at its top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hydra_plugins.sinefit_search.config  # noqa: F401 - by its entry point, Hydra 1.4 imports this module alone
from hydra.core.plugins import Plugins
from hydra.plugins.sweeper import Sweeper

if TYPE_CHECKING:
    from hydra.types import HydraContext, TaskFunction
    from hydra_plugins.sinefit_search._sweep import Sweep
    from omegaconf import DictConfig


class SearchSweeper(Sweeper):
    """Runs the jobs of grids, pairs, branches, random draws and samplers that learn.

    Without tags and settings of its own it makes the jobs that Hydra's basic sweeper makes.

    Args:
        fields: those of `SearchSweeperConf`.
    """

    def __init__(self, **fields: Any) -> None:  # noqa: ANN401 - `read_options` checks them
        self._fields = fields
        self._sweep: Sweep | None = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Make the launcher, and keep what `sweep` needs."""
        from hydra_plugins.sinefit_search._options import read_options  # noqa: PLC0415 - only sweeps need it
        from hydra_plugins.sinefit_search._sweep import Sweep  # noqa: PLC0415

        self.hydra_context = hydra_context
        self.config = config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )
        options = read_options(self._fields)
        self._sweep = Sweep(hydra_context, task_function, config, self.launcher, options)

    def sweep(self, arguments: list[str]) -> Any:  # noqa: ANN401 - Hydra's interface
        """Run the sweep; a list of what each batch returned comes back.

        Args:
            arguments: the overrides of the app's settings, with the values to search.

        Raises:
            HydraException: if they stand for no search, or a job cannot be composed.
        """
        if self._sweep is None:
            msg = "SearchSweeper.sweep was called before setup; Hydra calls setup first"
            raise RuntimeError(msg)
        return self._sweep.run(arguments, self.validate_batch_is_legal)
