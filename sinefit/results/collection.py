"""Run folders, sweep folders and globs as one table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sinefit.results.folders import RunGroup, find_runs, find_sweep_runs
from sinefit.results.frame import build_frame, join_frames, make_column
from sinefit.results.rows import read_row
from sinefit.results.store import fingerprint_runs, read_stored, write_stored

if TYPE_CHECKING:
    import pandas as pd

    from sinefit.results.folders import Paths


def collect(paths: Paths) -> pd.DataFrame:
    """One table of runs, one row a run, from run folders, sweep folders, globs, or any mix of them.

    Columns: sweep, job, status; the overrides under the names typed on the command line, with their
    types; the metrics; epochs, steps, train_seconds, n_parameters, config_hash, seed, error,
    taken_from (the run that `skip_done` copied), folder.
    A run without `result.json` has the status ``unfinished``, one whose `result.json` cannot be read
    ``broken``, with the reason in `error`. Runs with different overrides are joined, the missing cells
    empty. ``table.attrs`` says which columns are ``settings`` and which ``metrics``.

    The table of a whole sweep is stored in the sweep's folder (`results.csv`, `results.parquet`) and
    read from there as long as no job changes. Nothing that is read is executed.

    Args:
        paths: a path, a glob (also with ``**``), or several.

    Raises:
        SinefitError: if a path does not exist or holds no run.
    """
    return join_frames([_collect_group(group) for group in find_runs(paths)])


def collect_sweep(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """The table of one sweep folder, stored there; without rows if no job has a folder yet."""
    return _collect_group(find_sweep_runs(os.path.abspath(folder)))


def _collect_group(group: RunGroup) -> pd.DataFrame:
    frame = None
    fingerprint = fingerprint_runs(group) if group.is_whole else ""
    if group.is_whole and group.sweep is not None:
        frame = read_stored(group.sweep, fingerprint)
    if frame is None:
        frame = _read_group(group)
        if group.is_whole and group.sweep is not None:
            write_stored(group.sweep, frame, fingerprint)
    attrs = frame.attrs
    frame["sweep"] = make_column([_shown(group.sweep)] * len(frame))
    frame["folder"] = make_column([_shown(folder) for folder in group.folders])
    frame.attrs = attrs
    return frame


def _read_group(group: RunGroup) -> pd.DataFrame:
    """The table with the sweep's name alone and folders relative to it: true wherever the sweep is moved."""
    start = None if group.sweep is None else len(group.sweep) + 1
    jobs = [None if start is None else folder[start:] for folder in group.folders]
    frame = build_frame([read_row(folder) for folder in group.folders], jobs)
    attrs = frame.attrs
    frame["sweep"] = make_column([os.path.basename(group.sweep or "") or None] * len(frame))
    frame["folder"] = make_column(jobs)
    frame.attrs = attrs
    return frame


def _shown(path: str | None) -> str | None:
    """A path as one would type it here: relative below the working directory, else absolute."""
    here = os.getcwd() + os.sep
    return path[len(here) :] if path is not None and path.startswith(here) else path
