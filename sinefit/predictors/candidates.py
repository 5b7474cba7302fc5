"""Which runs of a table become an ensemble: all runs of its best settings; knows no networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError, plural
from sinefit.results.cells import name_cells
from sinefit.results.statistics.metric import count_once, swept_keys
from sinefit.results.statistics.summary import summarize
from sinefit.status import GOOD, Status

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd


@dataclass(frozen=True)
class Candidates:
    """The best settings of a table of runs.

    Attributes:
        folders: of each setting's runs, the best setting first.
        num_settings: that there were to choose from.
        notes: what was left out, a sentence each.
    """

    folders: tuple[tuple[str, ...], ...]
    num_settings: int
    notes: tuple[str, ...]


def choose_candidates(table: pd.DataFrame, metric: str, top: int) -> Candidates:
    """The settings with the best median of a metric over their repeats, with all their runs that ended well.

    Args:
        table: from `sinefit.collect`.
        metric: one of its metrics that is not of test rows.
        top: how many settings, at most.

    Raises:
        SinefitError: if there is no such metric, or no setting has a finite median.
    """
    table, notes = count_once(table)
    keys = swept_keys(table)
    summary = summarize(table, keys, metric)
    finite = summary[np.isfinite(summary["median"].to_numpy(dtype=float, na_value=np.nan))]
    if finite.empty:
        msg = f"no settings have a finite median {metric}, so that there is nothing to join"
        raise SinefitError(msg)
    good = table[table["status"].isin(GOOD)]
    pruned = int((table["status"] == Status.PRUNED).sum())
    lost = len(table) - len(good) - pruned
    if pruned:
        notes.append(f"{plural(pruned, 'run')} pruned before the last epoch: left out")
    if lost:
        notes.append(f"{plural(lost, 'run')} that failed, diverged or did not end: left out")
    folders: dict[Hashable, list[str]] = {}
    for cell, folder in zip(name_cells(good, keys), good["folder"].tolist(), strict=True):
        folders.setdefault(cell, []).append(folder)
    chosen = [tuple(folders[cell]) for cell in name_cells(finite.head(top), keys)]
    return Candidates(tuple(chosen), len(summary), tuple(notes))
