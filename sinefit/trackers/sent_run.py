"""What of a run is sent, read from its record once: the same for every tracker, in no tracker's terms."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sinefit.record.folder import CONFIG_NAME, DATA_NAME, HISTORY_NAME, MODEL_NAME, RESULT_NAME
from sinefit.record.neutral import NOT_HASHED
from sinefit.results.best import reproducing_command
from sinefit.results.saved import read_all_saved
from sinefit.status import Status
from sinefit.trackers.curves import read_curves
from sinefit.trackers.ending import STATES
from sinefit.trackers.identity import digest_content, identify_job, identify_single
from sinefit.trackers.naming import find_files, name_folder, parse_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sinefit.record.result import Result
    from sinefit.results.overrides import Cell
    from sinefit.trackers.curves import Curve
    from sinefit.trackers.ending import State
    from sinefit.trackers.sent_sweep import SentSweep

PICTURE = "fit.png"
FILES = (RESULT_NAME, CONFIG_NAME, HISTORY_NAME, DATA_NAME, MODEL_NAME, PICTURE)
"""What `sinefit.load_run` needs, so that a run that is downloaded can be loaded; and the picture."""


@dataclass(frozen=True)
class SentRun:
    """A run as trackers get it.

    Attributes:
        identity: what it is known by; see `identity.py`.
        digest: changes with whatever there is to send.
        name: of its sweep and of its folder there, ``first/3``.
        job: its folder's within the sweep; None for a single run.
        state: how it ended, for trackers.
        note: a sentence on that, such as the error of a failed run; empty where there is nothing to say.
        parameters: the composed settings by dotted paths, and what was chosen in each group.
        metrics: by name, as recorded.
        curves: of its history and of a probe.
        tags: facts of it as text.
        files: by the names that they get.
        started: when.
        ended: when its training ended.
        epochs: that it was trained.
    """

    identity: str
    digest: str
    name: str
    job: str | None
    state: State
    note: str
    parameters: Mapping[str, Cell]
    metrics: Mapping[str, float]
    curves: tuple[Curve, ...]
    tags: Mapping[str, str]
    files: Mapping[str, str]
    started: datetime
    ended: datetime
    epochs: int


def identify_run(folder: str, sweep: SentSweep | None) -> str:
    """What a run is known by.

    Args:
        folder: the run's, absolute.
        sweep: that it is a job of; None for a single run.
    """
    if sweep is None:
        return identify_single(folder)
    return identify_job(sweep.identity, os.path.relpath(folder, sweep.folder))


def digest_run(folder: str, result: Result, history: int | str) -> str:
    """What changes with whatever there is to send of a run.

    Args:
        folder: the run's.
        result: its record.
        history: how many points of its curves are sent.
    """
    return digest_content(find_files(folder, FILES), result, history)


def read_sent_run(folder: str, sweep: SentSweep | None, result: Result, history: int | str) -> SentRun:
    """A run as trackers get it.

    Args:
        folder: the run's, absolute.
        sweep: that it is a job of; None for a single run.
        result: its record.
        history: at most so many points of each curve, or ``all``.

    Raises:
        RecordError: if another file of its record cannot be read.
    """
    started = parse_time(result.started, folder)
    job = None if sweep is None else os.path.relpath(folder, sweep.folder)
    files = find_files(folder, FILES)
    return SentRun(
        identity=identify_run(folder, sweep),
        digest=digest_content(files, result, history),
        name=name_folder(folder) if sweep is None else f"{sweep.name}/{job}",
        job=job,
        state=STATES[Status(result.status)],
        note=result.error or result.message,
        parameters=_read_parameters(folder, result),
        metrics=result.metrics,
        curves=read_curves(folder, history),
        tags=_describe(folder, job, result),
        files=files,
        started=started,
        ended=started + timedelta(seconds=result.train_seconds),
        epochs=result.epochs,
    )


def _read_parameters(folder: str, result: Result) -> dict[str, Cell]:
    """The choice of each group and every setting that decides numbers, references followed."""
    settings = {
        key: value for key, value in read_all_saved(folder).items() if key.partition(".")[0] not in NOT_HASHED
    }
    chosen = {group: name for group, name in result.choices.items() if group not in NOT_HASHED}
    return {**chosen, **settings}


def _describe(folder: str, job: str | None, result: Result) -> dict[str, str]:
    """Facts of a run that are no numbers; without those that are not known."""
    facts = {
        "status": result.status,
        "error": result.error,
        "job": job,
        "objective": result.objective["name"],
        "folder": folder,
        "command": reproducing_command(folder, result),
        "config_hash": result.config_hash,
        "code_hash": result.code_hash,
        "git_commit": result.git_commit,
        "git_dirty": result.git_dirty,
        "taken_from": result.taken_from,
        "engine": result.engine.get("name"),
        "version": result.environment.get("sinefit"),
        "started": result.started,
        "train_seconds": result.train_seconds,
        "num_parameters": result.num_parameters,
        "epochs": result.epochs,
        "steps": result.steps,
    }
    words = {True: "true", False: "false"}
    return {
        name: words[value] if isinstance(value, bool) else str(value)
        for name, value in facts.items()
        if value is not None
    }
