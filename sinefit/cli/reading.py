"""From what was typed to the table that a command works on."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
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
        from sinefit.results.folders import newest_sweep  # noqa: PLC0415

    if not paths:
        paths = [newest_sweep()]
        shown = os.path.relpath(paths[0])
        print(f"the newest sweep: {shown}", file=sys.stderr)  # noqa: T201 - beside the answer
    return choose_rows(collect(paths), where)


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
