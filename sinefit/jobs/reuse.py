"""Earlier results: of the job itself or of an equal run instead of training; of the first beside a rerun."""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import ForeignRecordError, RecordError
from sinefit.record.folder import RunFolder
from sinefit.status import DONE, Status

if TYPE_CHECKING:
    from sinefit.jobs.job import Job
    from sinefit.record.result import Result

log = logging.getLogger("sinefit")


def find_done(job: Job) -> Result | None:
    """A result that makes training unnecessary: the job's own, in a resumed sweep, or an equal run's.

    Raises:
        ForeignRecordError: if the folder holds the result of another config; it is not overwritten.
    """
    own = find_own_result(job)
    if own is not None:
        return own
    if job.settings["skip_done"] and not job.is_single:
        return _take_over(job)
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
        msg = f"{job.folder.path} holds a run of other settings; it is not overwritten"
        raise ForeignRecordError(msg)
    keeps_failures = job.settings["resume"] == "unfinished"
    is_done = result.status in DONE or (keeps_failures and result.status == Status.FAILED)
    return result if is_done else None


def _take_over(job: Job) -> Result | None:
    """Copy the record of a finished run with the job's hash, if there is one under ``outputs/``."""
    source = find_finished_runs(str(Path.cwd() / "outputs")).get(job.config_hash)
    if source is None or source == job.folder.path:
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
def find_finished_runs(root: str) -> dict[str, Path]:
    """Config hash to run folder, for all finished runs below `root` as they are at the first call.

    Runs whose weights or history somebody has deleted do not count.
    """
    found = {}
    for path in sorted(Path(root).rglob("result.json")):
        run = RunFolder(path.parent)
        try:
            result = run.read_result()
        except RecordError:
            continue
        if result.status in DONE and run.model.exists() and run.history.exists():
            found[result.config_hash] = path.parent
    return found


def compare_with_first(result: Result, first: Result) -> str:
    """A sentence on whether a repeated run gave the metrics of the first, bit for bit.

    Args:
        result: of the repeated run.
        first: of the run that it repeats.
    """
    if first.status == Status.FAILED:
        return f"that run failed ({first.error}), so that there are no metrics to compare"
    different = [
        f"{name} {first.metrics.get(name)} then, {value} now"
        for name, value in result.metrics.items()
        if _finite(value) != _finite(first.metrics.get(name))
    ]
    engines = first.engine.get("name"), result.engine["name"]
    if engines[0] != engines[1]:
        different.insert(0, f"engine {engines[0]} then, {engines[1]} now")
    return f"it differs: {'; '.join(different)}" if different else "the metrics are equal bit for bit"


def _finite(value: float | None) -> float | None:
    """A metric as a record holds it: None for nan and infinity."""
    return value if value is not None and math.isfinite(value) else None
