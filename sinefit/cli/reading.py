"""From what was typed to the table that a command works on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.interrupts import loading_modules

if TYPE_CHECKING:
    import pandas as pd


def split_names(names: str | None) -> list[str]:
    """Names between commas, each once."""
    return list(dict.fromkeys(name.strip() for name in (names or "").split(",") if name.strip()))


def collect_paths(paths: list[str] | None) -> pd.DataFrame:
    """The table of the paths; of the newest sweep if there are none."""
    with loading_modules():
        from sinefit.results import collect, newest_sweep  # noqa: PLC0415 - help answers without pandas

    if not paths:
        paths = [newest_sweep()]
    return collect(paths)


def choose_rows(rows: pd.DataFrame, where: str | None) -> pd.DataFrame:
    """The rows that fulfil a condition; all of them without one.

    Raises:
        SinefitError: if there is none.
    """
    from sinefit.results import select_rows  # noqa: PLC0415 - help answers without pandas

    if where is None:
        return rows
    chosen = select_rows(rows, where)
    if chosen.empty:
        msg = f"none of the {len(rows)} runs fulfils {where!r}"
        raise SinefitError(msg)
    return chosen
