"""One run folder as the cells of a table's row; a record that cannot be read is a row that says so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sinefit.errors import RecordError
from sinefit.record.folder import RESULT_NAME, RunFolder
from sinefit.record.hydra_files import read_overrides
from sinefit.record.neutral import is_of_tracker
from sinefit.results.overrides import parse_override
from sinefit.results.saved import read_saved

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sinefit.results.overrides import Cell

    Cells = dict[str, Cell]

UNFINISHED = "unfinished"
"""The status of a run without `result.json`: it is running, or it was killed."""
BROKEN = "broken"
"""The status of a run whose `result.json` cannot be read."""
SECOND = "second_objective"
"""A field of few records, which is no column: where there is one, the table has the column `front`."""
RECORDED = (
    *("epochs", "steps", "train_seconds", "num_parameters", "config_hash", "seed", "objective"),
    *("error", "taken_from", "git_commit", "git_dirty", "code_hash"),
)
"""Fields of a record that are columns under the same names."""


class Row(NamedTuple):
    """A run.

    Attributes:
        settings: the overrides, by their keys.
        metrics: by name.
        others: status, `RECORDED` and `SECOND`.
        choices: config group to choice; None where there is no record of it.
    """

    settings: Cells
    metrics: Cells
    others: Cells
    choices: dict[str, str] | None = None


def read_rows(folders: Sequence[str], conditional: Sequence[Collection[str]]) -> list[Row]:
    """Runs, each with all settings that were typed for any of them; what was not typed, its config tells.

    So a run is the same row whether its settings were typed or are those by default. But what exists only in
    some branches of its sweep, and not in the run's, is left empty: nobody chose what the config has there.

    Args:
        folders: of the runs.
        conditional: for each of them, the settings that exist only in some branches of its sweep.
    """
    rows = list(map(read_row, folders))
    keys = dict.fromkeys(key for row in rows for key in row.settings)
    for folder, row, absent in zip(folders, rows, conditional, strict=True):
        unclear = [
            key
            for key in keys
            if (_needs_config(row.settings[key]) if key in row.settings else key not in absent)
        ]
        if unclear:
            row.settings.update(read_saved(folder, unclear, row.choices))
    return rows


def read_row(folder: str) -> Row:
    """A run as it was typed and recorded."""
    try:
        result = RunFolder(folder).read_result()
        metrics: Cells = {name: float(value) for name, value in result.metrics.items()}
        others: Cells = {name: getattr(result, name) for name in RECORDED if name != "objective"}
        others |= {"status": result.status, "train_seconds": float(result.train_seconds)}
        others["objective"] = result.objective["name"]
        others[SECOND] = result.objective.get("second", {}).get("name")
        overrides, choices = result.overrides, result.choices
    except (RecordError, OverflowError) as error:
        metrics, others, choices = {}, {"status": UNFINISHED}, None
        if not isinstance(error.__cause__, FileNotFoundError) or os.path.lexists(
            f"{folder}{os.sep}{RESULT_NAME}"
        ):
            others = {"status": BROKEN, "error": _describe(error, folder)}
        overrides = read_typed_overrides(folder)
    settings = dict(map(parse_override, overrides))
    return Row(
        {key: cell for key, cell in settings.items() if not is_of_tracker(key)}, metrics, others, choices
    )


def _needs_config(cell: Cell) -> bool:
    """Whether a cell as typed can be written in other words: a list, a dict, a reference."""
    return isinstance(cell, str) and (cell[:1] in {"[", "{"} or "${" in cell)


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
