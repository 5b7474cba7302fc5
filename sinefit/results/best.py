"""The best run of a table, and the command that trains it again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError
from sinefit.record.folder import RunFolder
from sinefit.results.cells import is_number
from sinefit.results.frame import require_columns
from sinefit.results.statistics.metric import USABLE, sign_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def best_rows(table: pd.DataFrame, metric: str, by: Sequence[str] = ()) -> pd.DataFrame:
    """The best row, or with `by` the best row for each value of these columns, the best of them first.

    Lower is better, except for r2. Rows whose metric is empty or infinite are left out; runs that diverged or
    were cut short rank below all others, whatever their last metric; of equal ones the first is the best.

    Raises:
        SinefitError: if a column does not exist, the metric is no number, or no row has one.
    """
    require_columns(table, [metric, *by])
    if not is_number(table[metric]):
        msg = f"column {metric!r} holds no numbers, so that no run is the best by it"
        raise SinefitError(msg)
    values = table[metric].to_numpy(dtype=float, na_value=np.nan)
    finite: pd.DataFrame = table[np.isfinite(values)]
    if finite.empty:
        msg = f"none of the {len(table)} runs has a finite {metric}"
        raise SinefitError(msg)
    is_last = ~finite["status"].astype(str).isin(USABLE).to_numpy()
    ranked = finite.iloc[np.lexsort([sign_of(metric) * values[np.isfinite(values)], is_last])]
    best: pd.DataFrame = ranked.drop_duplicates(list(by)) if by else ranked.head(1)
    return best


def reproducing_command(folder: str) -> str:
    """The command that trains a run again, quoted for the shell.

    Raises:
        RecordError: if the run's record cannot be read.
    """
    return shlex.join(["sinefit", *RunFolder(folder).read_result().overrides])
