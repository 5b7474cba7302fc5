"""From what was typed to the table that a command works on."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sinefit.errors import SinefitError, plural
from sinefit.interrupts import loading_modules

if TYPE_CHECKING:
    import pandas as pd


def read_rows(paths: list[str] | None, where: str | None = None) -> pd.DataFrame:
    """The table of runs.

    Args:
        paths: of their folders; the newest sweep if there are none.
        where: a condition that its rows must fulfil.

    Raises:
        SinefitError: if there is no such run.
    """
    with loading_modules():
        from sinefit.results.collection import collect  # noqa: PLC0415 - help answers without pandas

    return choose_rows(collect(or_newest_sweep(paths)), where)


def or_newest_sweep(paths: list[str] | None) -> list[str]:
    """The paths as typed; if there are none that of the newest sweep, which is said.

    Args:
        paths: of folders of runs.

    Raises:
        SinefitError: if there is no sweep.
    """
    from sinefit.results.folders import newest_sweep  # noqa: PLC0415 - help answers without

    if paths:
        return paths
    shown = os.path.relpath(newest_sweep())
    print(f"the newest sweep: {shown}", file=sys.stderr)  # noqa: T201 - beside the answer
    return [shown]


def choose_metric(rows: pd.DataFrame, metric: str | None) -> str:
    """What is judged: what was typed, else the objective of the runs, which is said if it is not the usual.

    Args:
        rows: from `sinefit.collect`.
        metric: as typed; None if it was not.
    """
    from sinefit.results.statistics.metric import USUAL, objective_of  # noqa: PLC0415 - help answers without pandas

    if metric is not None:
        return metric
    objective = objective_of(rows)
    count = int((rows["objective"] == objective).sum())
    whose = f"{count} of the {plural(len(rows), 'run')}" if count < len(rows) else "these runs"
    if objective == USUAL and count == len(rows[rows["objective"].notna()]):
        return objective
    note = f"judged by {objective}, the objective of {whose} (--metric chooses another)"
    Console(stderr=True).print(Text(note, style="dim"), soft_wrap=True)
    return objective


def choose_rows(rows: pd.DataFrame, where: str | None) -> pd.DataFrame:
    """The rows that fulfil a condition; all of them without one.

    Args:
        rows: from `sinefit.collect`.
        where: the condition, as typed.

    Raises:
        SinefitError: if there is none.
    """
    from sinefit.results.query import select_rows  # noqa: PLC0415 - help answers without pandas

    chosen = rows if where is None else select_rows(rows, where)
    if chosen.empty:
        msg = f"none of the {len(rows)} runs fulfils {where!r}"
        raise SinefitError(msg)
    return chosen
