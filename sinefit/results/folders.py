"""Which run folders paths and globs mean, each with the sweep it is a job of; reads no file."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.record.folder import OVERRIDES_NAME, RESULT_NAME, SWEEP_NAMES
from sinefit.record.job_list import read_jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    Paths: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

SWEEPS = Path("outputs") / "sweeps"


def find_runs(paths: Paths) -> dict[str | None, tuple[str, ...]]:
    """The run folders that paths, globs or any mix of them mean, by their sweep folders; each run once.

    A path is a run folder, a sweep folder, or any folder above them. A name that exists is taken
    literally, also if it holds brackets; otherwise ``*``, ``?``, ``[...]`` and ``**`` are a glob.
    All paths that are found are absolute, jobs in their order; single runs stand under None.

    Raises:
        SinefitError: if a path does not exist or holds no run; names all such paths.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    found: dict[str | None, dict[str, None]] = {}
    owners: dict[str, str | None] = {}
    faults = []
    for path in [os.fspath(path) for path in given]:
        folders = _expand(path)
        runs = [pair for folder in folders for pair in _walk(folder, _find_sweep(folder))]
        for sweep, run in runs:
            if owners.setdefault(run, sweep) == sweep:  # jobs that lie outside are met twice
                found.setdefault(sweep, {})[run] = None
        if not folders:
            faults.append(f"{path!r} {_describe_absence(path)}")
        elif not runs:
            faults.append(f"{path!r} holds no run: no folder in it has a {RESULT_NAME} or {OVERRIDES_NAME}")
    if faults or not given:
        hint = (
            "type run folders, sweep folders or quoted globs; sinefit writes outputs/runs and outputs/sweeps"
        )
        raise SinefitError("\n".join([*(faults or ["no path is given"]), hint]))
    return {sweep: _in_order(runs) for sweep, runs in found.items()}


def find_sweep_runs(sweep: str) -> tuple[str, ...]:
    """All runs of one sweep folder, which is an absolute path; there may be none yet."""
    return _in_order(run for _, run in _walk(sweep, sweep))


def newest_sweep(root: str | os.PathLike[str] = SWEEPS) -> str:
    """The sweep folder below `root` that was started last.

    Raises:
        SinefitError: if there is none.
    """
    started = [(_when_started(path), path) for path in _walk_sweeps(str(root))]
    if not started:
        msg = f"there is no sweep below {os.fspath(root)}; name a folder, or start one: sinefit -m seed=0,1,2"
        raise SinefitError(msg)
    return max(started)[1]


def _walk(folder: str, sweep: str | None) -> Iterator[tuple[str | None, str]]:
    """The run folders in a folder, each with its sweep; all in a sweep's folder are of this sweep.

    A folder that may not be read counts as a run, of which its row says so.
    """
    waiting = [(sweep, folder)]  # no recursion: thousands of folders may lie in each other
    while waiting:
        sweep, folder = waiting.pop()
        if _is_run(folder) or (children := _subfolders(folder)) is None:
            yield sweep, folder
            continue
        ordered = _in_order(children)
        if sweep is None and (_has_sweep_file(folder) or any(map(_is_numbered_run, ordered))):
            sweep = folder
        outside = _find_outside(folder) if sweep == folder else ()
        waiting += [(sweep, run) for run in reversed([*ordered, *outside])]


def _find_outside(sweep: str) -> Iterator[str]:
    """The runs of a sweep that lie outside its folder, as its list of jobs says."""
    for job in read_jobs(sweep).values():
        folder = os.path.normpath(os.path.join(sweep, job.folder))
        if not folder.startswith(f"{sweep}{os.sep}") and _is_run(folder):
            yield folder


def _walk_sweeps(folder: str) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        if _has_sweep_file(folder):
            yield folder
        else:
            waiting += _subfolders(folder) or []


def _find_sweep(folder: str) -> str | None:
    """The nearest folder with a `multirun.yaml`, this one or above; that of a numbered run, its parent."""
    above = [folder, *map(str, Path(folder).parents)]
    return next(filter(_has_sweep_file, above), above[1] if _is_numbered_run(folder) else None)


def _expand(path: str) -> list[str]:
    """Absolute folders that a path or glob means."""
    if os.path.isdir(path):
        return [os.path.abspath(path)]
    if os.path.basename(path) == RESULT_NAME and os.path.isfile(path):
        return [os.path.dirname(os.path.abspath(path))]
    if os.path.lexists(path) or not glob.has_magic(path):
        return []
    base, last = os.path.split(path.rstrip(os.sep))
    if last == "**":  # everything below: what exploring a folder does anyway
        return _expand(base or os.curdir)
    return list(
        _in_order(os.path.abspath(hit) for hit in glob.glob(path, recursive=True) if os.path.isdir(hit))
    )


def _describe_absence(path: str) -> str:
    if os.path.lexists(path):
        return "is no folder"
    return "matches no folder" if glob.has_magic(path) else "does not exist"


def _is_run(folder: str) -> bool:
    return any(os.path.exists(f"{folder}{os.sep}{name}") for name in (RESULT_NAME, OVERRIDES_NAME))


def _is_numbered_run(folder: str) -> bool:
    return os.path.basename(folder).isdigit() and _is_run(folder)


def _has_sweep_file(folder: str) -> bool:
    return any(os.path.exists(f"{folder}{os.sep}{name}") for name in SWEEP_NAMES)


def _when_started(sweep: str) -> int:
    """When a sweep was started or resumed, whichever was later; not every sweeper writes both files."""
    paths = [f"{sweep}{os.sep}{name}" for name in SWEEP_NAMES]
    return max(os.stat(path).st_mtime_ns for path in paths if os.path.exists(path))


def _subfolders(folder: str) -> list[str] | None:
    """Folders in a folder, without hidden ones and links; None where that must not be known."""
    try:
        with os.scandir(folder) as entries:
            return [
                entry.path
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            ]
    except PermissionError:
        return None
    except OSError:
        return []


def _in_order(paths: Iterable[str]) -> tuple[str, ...]:
    """Paths sorted so that numbers in names follow their values: 2 before 10."""
    order = {
        path: [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path)]
        for path in paths
    }
    return tuple(sorted(order, key=order.__getitem__))
