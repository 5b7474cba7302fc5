"""Says what `hydra.sweeper` may hold when `hydra/sweeper=search`; independent of how jobs are found.

Everything may be null, so that what was set can be told from what was not; `_options` checks it.
"""

from dataclasses import dataclass
from typing import Any

from hydra.core.config_store import ConfigStore


@dataclass
class SearchSweeperConf:
    """The options of the sweeper, each of them overridable as `hydra.sweeper.<name>=...`."""

    _target_: str = "hydra_plugins.sinefit_search.search_sweeper.SearchSweeper"
    max_batch_size: Any = None  # launch no more jobs than these at once
    params: Any = None  # settings to values, as they would be typed
    tree: Any = None  # settings to values or, for some values, settings of their own
    where: Any = None  # run only the combinations for which this is true
    levels: Any = None  # a grid of so many values of each interval
    num_draws: Any = None  # draw so often from all intervals and ranges
    sampler: Any = None  # how to draw: sobol (null), uniform; tpe, gp, cmaes, nsga2 learn from results
    seed: Any = None  # decides the draws; null for 0
    confirm: Any = None  # true: start more than 100,000 jobs
    batch_size: Any = None  # how many trials a sampler that learns asks for at once
    direction: Any = None  # minimize (null), maximize, or a list of two
    repeats_by: Any = None  # what counts of a trial's repeats: median (null), mean, worst


ConfigStore.instance().store(group="hydra/sweeper", name="search", node=SearchSweeperConf, provider="sinefit")
