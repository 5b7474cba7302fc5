"""The list of a sweep's jobs, in its folder: written before they are trained, read when it is resumed.

A line a job, a JSON object; only ever appended to, so that a kill costs the last line alone. Sole owner of
the file's name and format.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import RecordError
from sinefit.record.files import LARGEST_TABLE, read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable

LIST_NAME = ".jobs.jsonl"


@dataclass(frozen=True)
class ListedJob:
    """What a sweep knows of a job before it is trained.

    Attributes:
        job: its number.
        folder: relative to the sweep's, also where it lies outside, as in ``../up/0``.
        config_hash: SHA-256 of what decides its numbers.
        engine: the one that ``engine=auto`` took for it by the size of its stack; None where nothing but
            the job's own settings decides.
    """

    job: int
    folder: str
    config_hash: str
    engine: str | None = None


def list_jobs(sweep: Path, jobs: Iterable[ListedJob]) -> None:
    """Add jobs to the list of a sweep.

    Args:
        sweep: its folder.
        jobs: the new ones.

    Raises:
        RecordError: if the list cannot be written.
    """
    path = sweep / LIST_NAME
    content = "".join(json.dumps(vars(job)) + "\n" for job in jobs).encode()
    try:
        with path.open("ab", buffering=0) as file:
            # Begun on a line of its own: a killed process may have left half of one.
            file.write(b"\n" * _is_cut_off(path) + content)
            os.fsync(file.fileno())
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise RecordError(msg) from error


def read_jobs(sweep: str | os.PathLike[str]) -> dict[int, ListedJob]:
    """The listed jobs by number; what cannot be read is left out, of a job that is listed twice the first."""
    try:
        lines = read_regular(Path(sweep, LIST_NAME), LARGEST_TABLE).splitlines()
    except OSError:
        return {}
    jobs: dict[int, ListedJob] = {}
    for job in filter(None, map(_parse, lines)):
        jobs.setdefault(job.job, job)
    return jobs


def _parse(line: bytes) -> ListedJob | None:
    try:
        raw = json.loads(line)
        engine = raw["engine"]
        return ListedJob(int(raw["job"]), str(raw["folder"]), str(raw["config_hash"]), engine and str(engine))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _is_cut_off(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
