"""One run folder as the cells of a table's row; a record that cannot be read is a row that says so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sinefit.errors import RecordError
from sinefit.record.folder import RESULT_NAME, RunFolder
from sinefit.record.hydra_files import read_overrides
from sinefit.results.overrides import parse_override

if TYPE_CHECKING:
    from sinefit.results.overrides import Cell

    Cells = dict[str, Cell]

UNFINISHED = "unfinished"
"""The status of a run without `result.json`: it is running, or it was killed."""
BROKEN = "broken"
"""The status of a run whose `result.json` cannot be read."""
RECORDED = (
    *("epochs", "steps", "train_seconds", "num_parameters", "config_hash", "seed"),
    *("error", "taken_from", "git_commit", "git_dirty", "code_hash"),
)
"""Fields of a record that are columns under the same names."""


def read_row(folder: str) -> tuple[Cells, Cells, Cells]:
    """A run's settings by override key, its metrics, and its other cells: status, error, `RECORDED`."""
    try:
        result = RunFolder(folder).read_result()
        metrics: Cells = {name: float(value) for name, value in result.metrics.items()}
        others: Cells = {name: getattr(result, name) for name in RECORDED}
        others |= {"status": result.status, "train_seconds": float(result.train_seconds)}
        overrides = result.overrides
    except (RecordError, OverflowError) as error:
        metrics, others = {}, {"status": UNFINISHED}
        if not isinstance(error.__cause__, FileNotFoundError) or os.path.lexists(
            f"{folder}{os.sep}{RESULT_NAME}"
        ):
            others = {"status": BROKEN, "error": _describe(error, folder)}
        overrides = read_typed_overrides(folder)
    return dict(map(parse_override, overrides)), metrics, others


def read_typed_overrides(folder: str) -> list[str]:
    """The overrides as typed, from what Hydra wrote before the run started; none if it cannot be read."""
    try:
        return read_overrides(folder)
    except RecordError:
        return []


def _describe(error: Exception, folder: str) -> str:
    """The reason without the folder, which stands in the row."""
    reason = str(error).replace(f"{folder}{os.sep}", "")
    return (
        reason if isinstance(error, RecordError) else f"{RESULT_NAME} holds a number without bounds: {reason}"
    )
