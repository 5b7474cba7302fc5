"""Which run folders paths and globs mean, each with the sweep it is a job of; reads no file."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.record.folder import OVERRIDES_NAME, RESULT_NAME, SWEEP_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    Paths: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

SWEEPS = Path("outputs") / "sweeps"


@dataclass(frozen=True)
class RunGroup:
    """Run folders that belong together.

    Attributes:
        sweep: the absolute path of their sweep folder; None for single runs.
        folders: absolute paths of the run folders, in the order of the jobs.
        is_whole: whether these are all runs of the sweep.
    """

    sweep: str | None
    folders: tuple[str, ...]
    is_whole: bool


def find_runs(paths: Paths) -> list[RunGroup]:
    """The run folders that paths, globs or any mix of them mean, grouped by sweep; each run once.

    A path is a run folder, a sweep folder, or any folder above them. A name that exists is taken
    literally, also if it holds brackets; otherwise ``*``, ``?``, ``[...]`` and ``**`` are a glob.

    Raises:
        SinefitError: if a path does not exist or holds no run; names all such paths.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    search, faults = _Search(), []
    for path in [os.fspath(path) for path in given]:
        folders = _expand(path)
        if not folders:
            faults.append(f"{path!r} {_describe_absence(path)}")
        elif not search.explore_all(folders):
            faults.append(f"{path!r} holds no run: no folder in it has a {RESULT_NAME} or {OVERRIDES_NAME}")
    if faults or not given:
        hint = (
            "type run folders, sweep folders or quoted globs; sinefit writes outputs/runs and outputs/sweeps"
        )
        raise SinefitError("\n".join([*(faults or ["no path is given"]), hint]))
    return search.groups()


def find_sweep_runs(sweep: str) -> RunGroup:
    """All runs of one sweep folder; there may be none yet."""
    folders = sorted(_walk_runs(sweep), key=lambda folder: _natural(os.path.relpath(folder, sweep)))
    return RunGroup(sweep, tuple(folders), is_whole=True)


def newest_sweep(root: str | os.PathLike[str] = SWEEPS) -> str:
    """The sweep folder below `root` that was started last.

    Raises:
        SinefitError: if there is none.
    """
    started = [(os.stat(path).st_mtime_ns, path) for path in _walk_files(os.fspath(root), SWEEP_NAME)]
    if not started:
        msg = f"there is no sweep below {os.fspath(root)}; name a folder, or start one: sinefit -m seed=0,1,2"
        raise SinefitError(msg)
    return os.path.dirname(max(started)[1])


@dataclass
class _Search:
    """What was found so far: run folders by sweep, and what need not be looked at again."""

    found: dict[str | None, dict[str, None]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    seen: dict[str, bool] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)

    def explore_all(self, folders: Iterable[str]) -> bool:
        """Add the runs in all these folders; whether there are any."""
        return sum(map(self.explore, folders)) > 0

    def explore(self, folder: str) -> bool:
        """Add the runs in a folder; whether there are any."""
        if folder not in self.seen:
            self.seen[folder] = self._explore(folder)
        return self.seen[folder]

    def _explore(self, folder: str) -> bool:
        if _is_run(folder):
            self.found.setdefault(self._sweep_of(folder), {})[folder] = None
            return True
        children = sorted(_subfolders(folder), key=_natural)
        is_sweep = os.path.exists(os.path.join(folder, SWEEP_NAME)) or any(
            os.path.basename(child).isdigit() and _is_run(child) for child in children
        )
        if not is_sweep:
            return self.explore_all(children)
        runs = find_sweep_runs(folder).folders
        if runs:
            self.found.setdefault(folder, {}).update(dict.fromkeys(runs))
            self.whole.add(folder)
        return bool(runs)

    def _sweep_of(self, folder: str) -> str | None:
        """The nearest folder above with a `multirun.yaml`; that of a numbered folder, its parent."""
        parent = os.path.dirname(folder)
        if parent not in self.parents:
            above = [parent, *map(str, Path(parent).parents)]
            sweeps = (path for path in above if os.path.exists(os.path.join(path, SWEEP_NAME)))
            self.parents[parent] = next(sweeps, None)
        return self.parents[parent] or (parent if os.path.basename(folder).isdigit() else None)

    def groups(self) -> list[RunGroup]:
        """The runs by sweep, jobs in their order."""
        return [
            RunGroup(sweep, tuple(sorted(folders, key=_natural)), sweep in self.whole)
            for sweep, folders in self.found.items()
        ]


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
    hits = glob.glob(path, recursive=True)
    return sorted((os.path.abspath(hit) for hit in hits if os.path.isdir(hit)), key=_natural)


def _describe_absence(path: str) -> str:
    if os.path.lexists(path):
        return "is no folder"
    return "matches no folder" if glob.has_magic(path) else "does not exist"


def _is_run(folder: str) -> bool:
    return os.path.exists(f"{folder}{os.sep}{RESULT_NAME}") or os.path.exists(
        f"{folder}{os.sep}{OVERRIDES_NAME}"
    )


def _subfolders(folder: str) -> Iterator[str]:
    """Folders in a folder that can be read; hidden ones and links are left out."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False):
                    yield entry.path
    except OSError:
        return


def _walk_runs(folder: str) -> Iterator[str]:
    for child in _subfolders(folder):
        if _is_run(child):
            yield child
        else:
            yield from _walk_runs(child)


def _walk_files(folder: str, name: str) -> Iterator[str]:
    """Paths of the files `name` below a folder; below such a file's folder there are no others."""
    path = os.path.join(folder, name)
    if os.path.exists(path):
        yield path
        return
    for child in _subfolders(folder):
        yield from _walk_files(child, name)


def _natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts numbers in names by their value: 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]
