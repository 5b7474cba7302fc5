"""Settings that exist only with some values of another: which one decides that, as the runs show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sinefit.results.cells import name_column
from sinefit.results.statistics.levels import has_many_values

if TYPE_CHECKING:
    from collections.abc import Mapping


def find_decider(name: str, settings: Mapping[str, pd.Series[Any]]) -> str | None:
    """The setting of few values each of which says whether another one exists; None if there is none.

    Settings that are missing together, or one where the other is not, do not decide over each other.

    >>> optimizers, momenta = pd.Series(["sgd", "sgd", "adam"]), pd.Series([0.0, 0.9, None])
    >>> find_decider("momentum", {"optimizer": optimizers, "momentum": momenta})
    'optimizer'

    Args:
        name: of the setting that some runs do not have.
        settings: all of them, a value a run.
    """
    missing = settings[name].isna().to_numpy()
    for other, column in settings.items():
        apart = missing ^ column.isna().to_numpy()
        is_mirrored = bool(column.isna().any()) and apart.min() == apart.max()
        if other == name or is_mirrored or has_many_values(column):
            continue
        shares = pd.Series(missing).groupby(name_column(column)).mean()
        if missing.any() and shares.isin((0.0, 1.0)).all():
            return other
    return None
