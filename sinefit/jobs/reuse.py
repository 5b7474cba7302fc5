"""Earlier results: of the job itself or of an equal run instead of training; of the first beside a rerun."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sinefit.errors import ForeignRecordError, RecordError
from sinefit.jobs.rungs import GOING_ON
from sinefit.record.folder import RunFolder
from sinefit.record.result import hash_files
from sinefit.results.sentences import say
from sinefit.settings.content import name_what_decides
from sinefit.status import DONE, ENDED, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sinefit.jobs.job import Job
    from sinefit.record.result import Result

log = logging.getLogger("sinefit")


def find_done(job: Job, say: Callable[[list[str]], None]) -> Result | None:
    """A result that makes training unnecessary: the job's own, in a resumed sweep, or an equal run's.

    Args:
        job: the run's.
        say: is told where code of one's own has changed since a run that would do otherwise.

    Raises:
        ForeignRecordError: if the folder holds the result of another config; it is not overwritten.
    """
    own = find_own_result(job)
    if own is not None:
        if own.code != job.code:
            say([f"{_describe_change(own, job)}: they are kept; the column code_hash tells them apart"])
        return own
    if job.settings["skip_done"] and not job.is_single:
        return _take_over(job, say)
    return None


def find_own_result(job: Job) -> Result | None:
    """The result that a job of a resumed sweep had before; None if it is to be trained.

    Raises:
        ForeignRecordError: if the folder holds the result of another config, or of another sinefit.
    """
    if not job.settings["resume"] or not job.folder.result.exists():
        return None
    try:
        result = job.folder.read_result()
    except ForeignRecordError:
        raise
    except RecordError as error:
        log.warning("trained again: %s", error)
        return None
    if result.config_hash != job.config_hash:
        other = name_what_decides(job.settings)
        msg = f"{job.folder.path} holds a run of other {other}; it is not overwritten"
        raise ForeignRecordError(msg)
    keeps_failures = job.settings["resume"] in {"unfinished", GOING_ON}
    is_done = result.status in DONE or (keeps_failures and result.status == Status.FAILED)
    return result if is_done else None


def _take_over(job: Job, say: Callable[[list[str]], None]) -> Result | None:
    """Copy the record of a finished run with the job's hash and code, if there is one under ``outputs/``."""
    sources = find_finished_runs(str(Path.cwd() / "outputs")).get(job.config_hash, {})
    source = sources.get(hash_files(job.code))
    if source is None or source == job.folder.path:
        for other in [] if source else sources.values():
            say([f"{_describe_change(RunFolder(other).read_result(), job)}: they are not taken over"])
        return None
    finished = RunFolder(source)
    result = replace(
        finished.read_result(),
        overrides=list(job.overrides),
        choices=job.describe()["choices"],
        taken_from=str(source),
    )
    job.folder.copy(finished, result)
    return result


@cache
def find_finished_runs(root: str) -> dict[str, dict[str | None, Path]]:
    """Config hash and code hash to run folder, for all finished runs below `root` at the first call.

    Pruned runs do not count, nor those whose weights or history somebody has deleted.
    """
    found: dict[str, dict[str | None, Path]] = {}
    for path in sorted(Path(root).rglob("result.json")):
        run = RunFolder(path.parent)
        try:
            result = run.read_result()
        except RecordError:
            continue
        if result.status in ENDED and run.model.exists() and run.history.exists():
            found.setdefault(result.config_hash, {})[result.code_hash] = path.parent
    return found


def tell_differences(folder: RunFolder, first: RunFolder) -> bool:
    """Print whether a repeated run equals the first, in its code and in its metrics, bit for bit.

    Args:
        folder: of the repeated run.
        first: of the run that it repeats.

    Returns:
        Whether it differs.
    """
    now, then = folder.read_result(), first.read_result()
    changed = _list_changed(then.code, now.code)
    if changed:
        _say(f"your code has changed since {first.path} was trained: {changed}")
    table = then.data.get("file", {}), now.data.get("file", {})
    if table[0].get("sha256") != table[1].get("sha256"):
        _say(f"{table[1].get('name')} has changed since {first.path} was trained")
    if then.status == Status.FAILED:
        verdict, differs = f"that run failed ({then.error}), so that there are no metrics to compare", False
    else:
        different = [
            f"{name} {then.metrics.get(name)} then, {value} now"
            for name, value in now.metrics.items()
            if _finite(value) != _finite(then.metrics.get(name))
        ]
        engines = then.engine.get("name"), now.engine["name"]
        if engines[0] != engines[1]:
            different.insert(0, f"engine {engines[0]} then, {engines[1]} now")
        differs = bool(different)
        verdict = f"it differs: {'; '.join(different)}" if differs else "the metrics are equal bit for bit"
    _say(f"rerun of {first.path}: {verdict}")
    return differs or bool(changed)


def _describe_change(result: Result, job: Job) -> str:
    files = _list_changed(result.code, job.code)
    return f"your code has changed ({files}) since finished runs with equal settings were trained"


def _list_changed(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """The names of files that differ, or that only one side has."""
    return ", ".join(sorted({file for file, _ in then.items() ^ now.items()}))


def _say(text: str) -> None:
    say(text, Console())


def _finite(value: float | None) -> float | None:
    """A metric as a record holds it: None for nan and infinity."""
    return value if value is not None and math.isfinite(value) else None
