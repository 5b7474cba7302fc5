"""What of a sweep as a whole is sent: the parent of its runs in trackers, in no tracker's terms."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import RecordError, plural
from sinefit.record.folder import SWEEP_NAMES, TABLE_NAMES, RunFolder
from sinefit.record.hydra_files import read_sweep
from sinefit.record.job_list import read_jobs
from sinefit.record.lock import read_owner
from sinefit.results.folders import find_sweep_runs
from sinefit.results.rows import UNFINISHED
from sinefit.status import GOOD, Status
from sinefit.trackers.ending import State
from sinefit.trackers.identity import digest_content, identify_sweep
from sinefit.trackers.naming import find_files, name_folder, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sinefit.record.result import Result


@dataclass(frozen=True)
class SentSweep:
    """A sweep as trackers get it.

    Attributes:
        identity: what it is known by; see `identity.py`.
        digest: changes with whatever there is to send.
        folder: its own, absolute.
        name: of its folder.
        state: of the whole: running, killed before its end, or finished, whatever became of single jobs.
        note: what was typed, and how its jobs ended.
        metrics: how many jobs there are and how many ended how; the best value of the objective.
        tags: facts of it as text.
        files: by the names that they get.
        started: when its first job was.
        ended: when its last one was.
    """

    identity: str
    digest: str
    folder: str
    name: str
    state: State
    note: str
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    files: Mapping[str, str]
    started: datetime
    ended: datetime


def read_sent_sweep(folder: str) -> SentSweep:
    """A sweep as trackers get it, from the records of all of its jobs.

    Args:
        folder: the sweep's, absolute.
    """
    runs = find_sweep_runs(folder)
    results = list(filter(None, map(_read_result, runs)))
    times = [
        (parse_time(result.started, folder), timedelta(seconds=result.train_seconds)) for result in results
    ]
    started = min((start for start, _ in times), default=datetime.fromtimestamp(0).astimezone())
    counts = Counter(result.status for result in results)
    num_jobs = max(len(runs), len(read_jobs(folder)))
    counts[UNFINISHED] = num_jobs - len(results)
    metrics = {"num_jobs": num_jobs, **{f"num_{status}": count for status, count in counts.items() if count}}
    typed = _read_typed(folder)
    ended = ", ".join(f"{count:,} {status}" for status, count in counts.items() if count)
    tags = {"folder": folder} | ({} if typed is None else {"command": typed})
    files = find_files(folder, (*SWEEP_NAMES[1:], *TABLE_NAMES[:1]))
    best = _find_best(results)
    return SentSweep(
        identity=identify_sweep(folder),
        digest=digest_content(files, metrics, best),
        folder=folder,
        name=name_folder(folder),
        state=_tell_state(folder, counts),
        note="\n\n".join(filter(None, [typed and f"`{typed}`", f"{plural(num_jobs, 'job')}: {ended}"])),
        metrics={**metrics, **best},
        tags=tags,
        files=files,
        started=started,
        ended=max((start + took for start, took in times), default=started),
    )


def _read_result(run: str) -> Result | None:
    try:
        return RunFolder(run).read_result()
    except RecordError:
        return None


def _read_typed(folder: str) -> str | None:
    """The command that started a sweep; None where that is not known."""
    with suppress(RecordError):
        invocation = read_sweep(folder)[1]
        return shlex.join(["sinefit", "-m", *invocation.flags, *invocation.overrides])
    return None


def _find_best(results: Sequence[Result]) -> dict[str, float]:
    """The best value of the objective among runs that ended well, as ``best_rmse``."""
    objectives = [result.objective for result in results if result.status in GOOD]
    names = {(objective["name"], objective["direction"]) for objective in objectives}
    if len(names) != 1:
        return {}
    ((name, direction),) = names
    choose = min if direction == "minimize" else max
    return {f"best_{name}": choose(float(objective["value"]) for objective in objectives)}


def _tell_state(folder: str, counts: Mapping[str, int]) -> State:
    if not (counts[UNFINISHED] or counts[Status.INTERRUPTED]):
        return State.FINISHED
    owner = read_owner(Path(folder))
    return State.RUNNING if owner is not None and owner.pid != os.getpid() and owner.lives() else State.KILLED
