"""A run's objectives as its sweeper optimizes them: which there are, and which way is better for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hydra_plugins.sinefit_search._options import LEARNING

from sinefit.core.metrics import find_metric
from sinefit.errors import SinefitError
from sinefit.settings.sweeping import is_searching
from sinefit.status import WORST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omegaconf import DictConfig

    from sinefit.record.result import Result

Objectives = float | tuple[float, ...]
"""What a job returns to its sweeper: one number, or a pair where there is a second objective."""


def read_directions(sweeper: Any) -> list[str]:  # noqa: ANN401 - a node of Hydra's
    """Which objectives a sweeper holds for better, each as ``minimize`` or ``maximize``.

    Args:
        sweeper: the node ``hydra.sweeper``, perhaps with a ``direction``, as this project's and Optuna's have
            it, or with a list of them.
    """
    given = sweeper.get("direction") or "minimize"
    several = [given] if isinstance(given, str) or not hasattr(given, "__iter__") else list(given)
    return [str(each).rpartition(".")[2].lower() for each in several]


def objectives_for_sweeper(result: Result, directions: Sequence[str]) -> Objectives:
    """A run's objective, or both, such that what its sweeper holds for better is better.

    A run without one of them has neither: a model that diverged is not good for being small.

    Args:
        result: of the run.
        directions: the sweeper's, see `read_directions`; it minimizes an objective for which there is none.
    """
    first, second = result.objective, result.objective.get("second")
    found = [first] if second is None else [first, second]
    wanted = [*directions, "minimize", "minimize"][: len(found)]
    values = [float(each["value"]) for each in found]
    if not all(map(math.isfinite, values)):
        values = [WORST[each["direction"]] for each in found]
    turned = [
        value if direction == each["direction"] else -value
        for value, direction, each in zip(values, wanted, found, strict=True)
    ]
    return turned[0] if second is None else tuple(turned)


def words_for_sweeper(config: DictConfig) -> list[str]:
    """What is added to the words of a sweep, so that a sampler that learns knows which way is better.

    Args:
        config: of the sweep, with the hydra node.

    Raises:
        SinefitError: if the sweeper does not know as many objectives as there are.
    """
    sweeper, second = config.hydra.sweeper, config.get("second_objective")
    if second is not None and str(sweeper._target_).endswith("BasicSweeper"):
        msg = (
            f"second_objective={second}: the basic sweeper knows no objectives; type hydra/sweeper=search,"
            " which makes the same jobs"
        )
        raise SinefitError(msg)
    if not is_searching(config) or sweeper.get("sampler") not in LEARNING:
        return []
    names = [config.objective, *([] if second is None else [second])]
    if sweeper.get("direction") is None:
        directions = [find_metric(str(name)).direction for name in names]
        return [] if directions == ["minimize"] else [f"hydra.sweeper.direction=[{','.join(directions)}]"]
    given = read_directions(sweeper)
    if len(given) != len(names):
        listed = "second_objective is null" if second is None else f"second_objective is {second}"
        msg = (
            f"hydra.sweeper.direction names {len(given)} and {listed}: leave hydra.sweeper.direction out, or"
            " type as many directions as there are objectives"
        )
        raise SinefitError(msg)
    return []
