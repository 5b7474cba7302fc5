"""A sweep's table in its folder, `results.csv` and `results.parquet`, and whether it is still true."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from sinefit.errors import RecordError
from sinefit.record.files import write_atomically
from sinefit.record.folder import OVERRIDES_NAME, RESULT_NAME, TABLE_NAMES
from sinefit.results.frame import METRICS, SETTINGS

if TYPE_CHECKING:
    import pandas as pd

    from sinefit.results.folders import RunGroup

log = logging.getLogger(__name__)

_FINGERPRINT = b"sinefit.fingerprint"
_ROLES = b"sinefit.roles"
_FORMAT = 1
"""Raised when tables mean something else than before, so that older stored ones are read no more."""


def fingerprint_runs(group: RunGroup) -> str:
    """What changes when a run of the sweep does: names, sizes and times of the records.

    Run folders are written once, by renaming finished files; so times and sizes tell changes.
    """
    digest = hashlib.sha256(f"{_FORMAT} {version('sinefit')}\n".encode())
    start = len(group.sweep or "")
    for folder in group.folders:
        found = _stat(f"{folder}{os.sep}{RESULT_NAME}") or _stat(f"{folder}{os.sep}{OVERRIDES_NAME}")
        digest.update(os.fsencode(f"{folder[start:]}\0{found}\n"))
    return digest.hexdigest()


def read_stored(sweep: str, fingerprint: str) -> pd.DataFrame | None:
    """The stored table of a sweep; None if there is none, or if the sweep has changed since."""
    csv_path, parquet_path = (os.path.join(sweep, name) for name in TABLE_NAMES)
    if not os.path.exists(csv_path):
        return None
    try:
        metadata = pq.read_schema(parquet_path).metadata or {}
        if metadata.get(_FINGERPRINT) != fingerprint.encode():
            return None
        frame: pd.DataFrame = pq.read_table(parquet_path, partitioning=None).to_pandas()
        frame.attrs = json.loads(metadata[_ROLES])
    except (OSError, pa.ArrowException, ValueError, KeyError):
        return None
    return frame


def write_stored(sweep: str, frame: pd.DataFrame, fingerprint: str) -> None:
    """Store a sweep's table; a folder that cannot be written is logged, and no error."""
    roles = {key: frame.attrs[key] for key in (SETTINGS, METRICS)}
    table = pa.Table.from_pandas(frame, preserve_index=False)
    extra = {_FINGERPRINT: fingerprint.encode(), _ROLES: json.dumps(roles).encode()}
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **extra}), buffer)
    contents = (frame.to_csv(index=False, lineterminator="\n").encode(), buffer.getvalue())
    try:
        for name, content in zip(TABLE_NAMES, contents, strict=True):
            write_atomically(Path(sweep) / name, content)
    except RecordError as error:
        log.warning("the table is not stored: %s", error)


def _stat(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
