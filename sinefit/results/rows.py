"""One run folder as one row of a table; a record that cannot be read is a row that says so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sinefit.errors import RecordError
from sinefit.record.folder import RESULT_NAME, RunFolder
from sinefit.record.hydra_files import read_overrides
from sinefit.results.overrides import parse_override

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sinefit.results.overrides import Cell

UNFINISHED = "unfinished"
"""The status of a run without `result.json`: it is running, or it was killed."""
BROKEN = "broken"
"""The status of a run whose `result.json` cannot be read."""
BOOKKEEPING = (
    "epochs",
    "steps",
    "train_seconds",
    "n_parameters",
    "config_hash",
    "seed",
    "error",
    "taken_from",
    "folder",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One run.

    Attributes:
        status: how it ended; a value of `sinefit.status.Status`, `UNFINISHED` or `BROKEN`.
        settings: override key to value.
        metrics: by name; nan where undefined.
        bookkeeping: the other columns.
    """

    status: str
    settings: dict[str, Cell]
    metrics: dict[str, float]
    bookkeeping: dict[str, Cell]


def read_row(folder: str) -> Row:
    """The row of a run folder."""
    try:
        result = RunFolder(folder).read_result()
        metrics = {name: float(value) for name, value in result.metrics.items()}
        seconds = float(result.train_seconds)
    except (RecordError, OverflowError) as error:
        if not os.path.lexists(f"{folder}{os.sep}{RESULT_NAME}"):
            return Row(UNFINISHED, _parse(read_typed_overrides(folder)), {}, {})
        return Row(BROKEN, _parse(read_typed_overrides(folder)), {}, {"error": _describe(error, folder)})
    bookkeeping: dict[str, Cell] = {
        "epochs": result.epochs,
        "steps": result.steps,
        "train_seconds": seconds,
        "n_parameters": result.num_parameters,
        "config_hash": result.config_hash,
        "seed": result.seed,
        "error": result.error,
        "taken_from": result.taken_from,
    }
    return Row(result.status, _parse(result.overrides), metrics, bookkeeping)


def read_typed_overrides(folder: str) -> list[str]:
    """The overrides as typed, from what Hydra wrote before the run started; none if it cannot be read."""
    try:
        return read_overrides(folder)
    except RecordError:
        return []


def _describe(error: Exception, folder: str) -> str:
    """The reason, without the place: the row has it, and a sweep may be moved."""
    reason = str(error).replace(f"{folder}{os.sep}", "")
    return (
        reason if isinstance(error, RecordError) else f"{RESULT_NAME} holds a number without bounds: {reason}"
    )


def _parse(overrides: Iterable[str]) -> dict[str, Cell]:
    return dict(map(parse_override, overrides))
