"""One process at a time sends to a place: a lock of the system, which a process that dies leaves open.

It holds for the processes of one account on one machine.
"""

from __future__ import annotations

import fcntl
import hashlib
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.record.known import known_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedWriter


@contextmanager
def exclusive(place: str) -> Iterator[None]:
    """Be the only process that sends to a place, while the block runs.

    Args:
        place: as a tracker names it.

    Raises:
        SinefitError: if another process sends there.
    """
    name = f"sending-{hashlib.sha256(place.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.lock"
    with _open(name) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"another process sends to {place} just now; wait for its end, and type it again"
            raise SinefitError(msg) from error
        yield


def _open(name: str) -> BufferedWriter:
    """The file of a lock: in the account's own folder, or among temporary files if that cannot be written."""
    known = known_path()
    if known is not None:
        try:
            known.parent.mkdir(parents=True, exist_ok=True)
            return (known.parent / name).open("ab")
        except OSError:
            pass
    return Path(tempfile.gettempdir(), name).open("ab")
