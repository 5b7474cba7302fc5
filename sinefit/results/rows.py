"""One run folder as one row of a table; a record that cannot be read is a row that says so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from sinefit.errors import RecordError
from sinefit.record.folder import OVERRIDES_NAME, RESULT_NAME, RunFolder, as_typed
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
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
            return Row(UNFINISHED, read_overrides(folder), {}, {})
        return Row(BROKEN, read_overrides(folder), {}, {"error": _describe(error, folder)})
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


def read_overrides(folder: str) -> dict[str, Cell]:
    """The settings that Hydra wrote before the run started; none if they cannot be read."""
    return _parse(read_typed_overrides(folder))


def read_typed_overrides(folder: str) -> list[str]:
    """The overrides as typed, from what Hydra wrote before the run started; none if it cannot be read."""
    try:
        with open(f"{folder}{os.sep}{OVERRIDES_NAME}", "rb") as file:
            content = yaml.load(file, Loader=_LOADER)  # noqa: S506 - the safe loader, in C if there is one
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return []
    return as_typed(item for item in content if isinstance(item, str)) if isinstance(content, list) else []


def _describe(error: Exception, folder: str) -> str:
    """The reason, without the place: the row has it, and a sweep may be moved."""
    reason = str(error).replace(f"{folder}{os.sep}", "")
    return (
        reason if isinstance(error, RecordError) else f"{RESULT_NAME} holds a number without bounds: {reason}"
    )


def _parse(overrides: Iterable[str]) -> dict[str, Cell]:
    return dict(map(parse_override, overrides))
