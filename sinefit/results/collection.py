"""Run folders, sweep folders and globs as one table; a sweep's table as files in its folder.

Tables are always built from the records: to read them as stored would save 0.4 of 1.4 s of processor time
for 10,000 runs.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from sinefit.errors import RecordError
from sinefit.record.files import write_atomically
from sinefit.record.folder import TABLE_NAMES
from sinefit.record.space import Space, read_space
from sinefit.results.folders import find_runs, find_sweep_runs
from sinefit.results.frame import Origin, build_frame
from sinefit.results.rows import SECOND, read_rows
from sinefit.results.statistics.front import add_front

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from sinefit.results.folders import Paths

log = logging.getLogger(__name__)


def collect(paths: Paths) -> pd.DataFrame:
    """One table of runs, one row a run, from run folders, sweep folders, globs, or any mix of them.

    Columns: sweep, job, status; the settings that were typed for any run, with their types, those of the
    other runs as their configs have them; the metrics; epochs, steps, train_seconds, num_parameters,
    config_hash, seed, objective, error, taken_from (the run that `skip_done` copied), folder.
    Where there is a second objective, the column front says whether a run's settings are on the front.
    A run without `result.json` has the status ``unfinished``, one whose `result.json` cannot be read
    ``broken``, with the reason in `error`. Runs with different overrides are joined, the missing cells
    empty. ``table.attrs`` says which columns are ``settings`` and which ``metrics``.

    Nothing that is read is executed, and nothing is written.

    Args:
        paths: a path, a glob (also with ``**``), or several.

    Raises:
        SinefitError: if a path does not exist or holds no run.
    """
    return _read(find_runs(paths))


def collect_sweep(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """The table of one sweep folder; without rows if no job has a folder yet."""
    sweep = os.path.abspath(folder)
    return _read({sweep: find_sweep_runs(sweep)})


def write_sweep_table(folder: Path, table: pd.DataFrame) -> bool:
    """Write a sweep's table into its folder as `results.csv` and `results.parquet`, which keeps the types.

    The sweep has its name alone there and each run its folder within the sweep: true wherever it is moved.

    Args:
        folder: the sweep's.
        table: from `collect_sweep`.

    Returns:
        Whether it could be written; why not is logged.
    """
    moved = table.assign(sweep=folder.name, folder=table["job"].astype(str))
    contents = (moved.to_csv(index=False, lineterminator="\n").encode(), moved.to_parquet(index=False))
    try:
        for name, content in zip(TABLE_NAMES, contents, strict=True):
            write_atomically(folder / name, content)
    except RecordError as error:
        log.warning("the table is not written: %s", error)
        return False
    return True


def _read(found: Mapping[str | None, tuple[str, ...]]) -> pd.DataFrame:
    runs = [(sweep, folder) for sweep, folders in found.items() for folder in folders]
    origins = [
        Origin(sweep and _shown(sweep), os.path.relpath(folder, sweep) if sweep else None, _shown(folder))
        for sweep, folder in runs
    ]
    spaces = {sweep: Space() if sweep is None else read_space(sweep) for sweep in found}
    rows = read_rows([folder for _, folder in runs], [spaces[sweep].conditional for sweep, _ in runs])
    log_scaled = frozenset().union(*(space.log_scaled for space in spaces.values()))
    return add_front(build_frame(rows, origins, log_scaled), [row.others.get(SECOND) for row in rows])


def _shown(path: str) -> str:
    """A path as one would type it here: relative below the working directory, else absolute."""
    return path.removeprefix(os.getcwd() + os.sep)
