"""What an exported file says of the run that it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinefit.core.checks import is_number
from sinefit.core.data.scaling import Scaled
from sinefit.predictors.export.agreement import REACH
from sinefit.predictors.export.description import Description

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinefit.predictors.run import LoadedRun
    from sinefit.predictors.trained_table import TrainedTable


def describe_run(run: LoadedRun) -> Description:
    """The columns of a run's model, and where its inputs lay in training.

    Args:
        run: on a table, or on a function, whose inputs lay between ``data.lower`` and ``data.upper``.
    """
    if run.table is not None and isinstance(run.model, Scaled):
        centers, spreads = run.model.input_shift.tolist(), run.model.input_factor.tolist()
        return Description(run.inputs, run.targets, tuple(centers), tuple(spreads), tuple(_notes(run.table)))
    lower, upper = (run.config.data.get(end) for end in ("lower", "upper"))
    if not is_number(lower) or not is_number(upper):
        lower, upper = -REACH, REACH
    center, spread = (lower + upper) / 2, (upper - lower) / (2 * REACH)
    count = len(run.inputs)
    return Description(run.inputs, run.targets, (center,) * count, (spread,) * count)


def _notes(table: TrainedTable) -> Iterator[str]:
    """What must be known to fill the columns by hand."""
    for column in table.encoder.inputs:
        name = repr(column.name)
        if column.kind == "category":
            yield f"{column.encoded_names[0]!r} and its like are 1 in rows where {name} is this level, else 0"
        if column.kind == "boolean":
            yield f"{name} is 1 where it is true, 0 where it is false"
        if column.fill is not None:
            yield f"where {name} was missing, training took {column.fill!r}"
