"""What a picture is asked to show of a table, and the parts of a table that all kinds of pictures need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.core.metrics import find_metric
from sinefit.results.cells import is_number, name_value
from sinefit.results.frame import LOG_SCALED
from sinefit.results.plots.chart import Axis
from sinefit.results.statistics.metric import objective_of, read_values, swept_keys, with_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from sinefit.results.statistics.metric import Values

DECADES = 1.5
"""Positive values that span more decades than this are drawn on a logarithmic axis."""
SWEPT_DECADES = 0.9
"""The same for swept numbers, which are often 8, 16, 32, 64."""
EVEN = 0.65
"""Where the mean of logarithms lies at most, by the length of the axis, of numbers that are even along it."""
MOST_TICKS = 8


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        table: from `sinefit.collect`.
        metric: what is shown of each run, and by which runs and groups are ranked; their objective if empty.
        x: the setting along the horizontal axis; None leaves the choice to the kind of picture.
        y: the setting along the vertical axis of a heat map.
        by: the settings whose combinations are told apart; all swept ones if empty.
    """

    table: pd.DataFrame
    metric: str = ""
    x: str | None = None
    y: str | None = None
    by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        table = with_keys(self.table, [key for key in (self.x, self.y, *self.by) if key is not None])
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "metric", self.metric or objective_of(table))

    @cached_property
    def runs(self) -> Values:
        """The metric, run by run; infinitely bad for diverged runs.

        Raises:
            SinefitError: if the metric does not exist or no run has it.
        """
        return read_values(self.table, self.metric)

    @property
    def is_high_best(self) -> bool:
        """Whether high values of the metric are the good ones."""
        return not find_metric(self.metric).ascending

    @cached_property
    def keys(self) -> list[str]:
        """The swept settings, those with most values first."""
        counts = {key: len(order_values(self.table[key])) for key in swept_keys(self.table)}
        return sorted(counts, key=lambda key: -counts[key])

    def axis(self, key: str) -> Axis:
        """The axis of a setting, logarithmic if it was swept on a log scale."""
        return axis_of(self.runs.table[key], is_log=key in self.table.attrs.get(LOG_SCALED, ()))

    def title(self, subject: str) -> str:
        """What is shown, and by which settings."""
        keys = self.by or self.keys
        return f"{subject} by {', '.join(keys)}" if keys else subject


def label_of(name: str) -> str:
    """A column's name, with its unit if it is a metric that has one.

    >>> label_of("derivative_rmse"), label_of("optimizer.lr")
    ('derivative_rmse (units of y/x)', 'optimizer.lr')
    """
    unit = find_metric(name).unit
    return f"{name} (units of {unit})" if unit else name


def is_scale(column: pd.Series[Any]) -> bool:
    """Whether a setting's values are positions on an axis of numbers, which infinite ones are not."""
    return is_number(column) and bool(np.isfinite(column.dropna().to_numpy(dtype=float)).all())


def axis_of(column: pd.Series[Any], *, is_log: bool = False) -> Axis:
    """The axis of a swept setting: its names, or its numbers, all of them as ticks if they are few.

    Args:
        column: a value a run.
        is_log: whether its values were spread on a log scale; if not, they tell themselves.
    """
    label = label_of(str(column.name))
    if not is_scale(column):
        return Axis(label, categories=tuple(order_values(column)))
    numbers = sorted(set(column.dropna().astype(float).tolist()))
    is_few = len(numbers) <= MOST_TICKS
    looks_log = is_wide(numbers, SWEPT_DECADES) if is_few else is_wide(numbers) and _is_even_in_log(numbers)
    is_log = looks_log or (is_log and bool(numbers) and numbers[0] > 0)
    return Axis(label, is_log, ticks=tuple(numbers) if is_few else ())


def _is_even_in_log(numbers: Sequence[float]) -> bool:
    """Whether positive numbers, ascending, do not crowd at the upper end of a logarithmic axis."""
    logs = np.log(numbers)
    return bool((logs.mean() - logs[0]) / (logs[-1] - logs[0]) < EVEN)


def is_wide(numbers: Any, decades: float = DECADES) -> bool:  # noqa: ANN401 - whatever numpy takes
    """Whether numbers need a logarithmic axis.

    Args:
        numbers: any shape; those that are not finite do not count.
        decades: how many powers of ten an axis without logarithms can show.

    >>> is_wide([0.001, 0.01, 1.0]), is_wide([1.0, 2.0]), is_wide([-1.0, 1000.0])
    (True, False, False)
    """
    numbers = np.asarray(numbers, dtype=float)
    finite = numbers[np.isfinite(numbers)]
    return bool(len(finite) and finite.min() > 0 and np.log10(finite.max() / finite.min()) > decades)


def order_values(column: pd.Series[Any]) -> list[str]:
    """The names of a column's values: numbers ascending, others as they come, ``unset`` last."""
    values = column.dropna()
    if is_number(column):
        values = values.sort_values()
    names = list(dict.fromkeys(name_value(value) for value in values.tolist()))
    return names + (["unset"] if column.isna().any() and "unset" not in names else [])
