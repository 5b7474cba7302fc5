"""One process at a time writes into a folder: a file there names its owner, and is made exclusively.

Exclusive creation holds on folders that several machines share, where locks of the system do not. Whether an
owner still lives can be told on its own machine only. Independent of runs and sweeps.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shlex
import socket
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import RecordError
from sinefit.interrupts import INTERRUPTS
from sinefit.record.files import read_regular, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_NAME = ".sinefit.lock"
LARGEST_LOCK = 10_000
BEING_MADE_SECONDS = 10.0
"""A lock without content is being written; one that is older was left by a process that died meanwhile."""


@dataclass(frozen=True)
class Owner:
    """The process that a lock names.

    Attributes:
        host: its machine.
        pid: its number there.
        born: when it was started, by that machine's clock; tells it from a later process of this number.
        since: when it claimed the folder, for messages.
    """

    host: str
    pid: int
    born: str
    since: str

    def lives(self) -> bool:
        """Whether it may still run; of another machine's processes nobody knows."""
        return self.host != socket.gethostname() or find_birth(self.pid) == self.born


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process that writes into a folder, while the block runs.

    Raises:
        RecordError: if another process writes into it, or nobody can.
    """
    path, mine = folder / LOCK_NAME, _name_this_process()
    with INTERRUPTS.held():
        if not _is_made(path, mine):
            _take_over(path, mine)
    try:
        yield
    finally:
        with INTERRUPTS.held():
            if read_owner(folder) == mine:
                path.unlink(missing_ok=True)


def read_owner(folder: Path) -> Owner | None:
    """The process that a folder's lock names; None without one, and for one that says nothing."""
    try:
        raw = json.loads(read_regular(folder / LOCK_NAME, LARGEST_LOCK))
        return Owner(str(raw["host"]), int(raw["pid"]), str(raw["born"]), str(raw["since"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def find_birth(pid: int) -> str | None:
    """When the process with this number was started, as a text to compare; None if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "unknown" if not Path("/proc/self").exists() and _exists(pid) else None
    fields = stat.rpartition(")")[2].split()  # behind the program's name, which may hold anything
    return None if fields[0] in {"Z", "X"} else f"{boot} {fields[19]}"  # dead, though nobody has asked yet


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _name_this_process() -> Owner:
    pid, now = os.getpid(), datetime.now().astimezone()
    return Owner(socket.gethostname(), pid, find_birth(pid) or "unknown", now.isoformat(timespec="seconds"))


def _is_made(path: Path, mine: Owner) -> bool:
    """Make the lock; False if there is one."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123 - no path
            _write_or_remove(path, file.fileno(), _format(mine))
    except FileExistsError:
        return False
    except OSError as error:
        msg = f"{path.parent} cannot be written: {error.strerror or error}"
        raise RecordError(msg) from error
    return True


def _write_or_remove(path: Path, descriptor: int, content: bytes) -> None:
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _take_over(path: Path, mine: Owner) -> None:
    """Replace the lock of a process that is dead.

    Only processes of that process's machine do, one at a time by a lock of the system on the old file; who
    comes second finds the new one in its place.

    Raises:
        RecordError: if it may still live.
    """
    _refuse_if_alive(path)
    try:
        with path.open("rb") as old:
            fcntl.flock(old, fcntl.LOCK_EX)
            _refuse_if_alive(path)
            write_atomically(path, _format(mine))
    except FileNotFoundError:  # its owner ended at this moment
        if not _is_made(path, mine):
            _refuse_if_alive(path)


def _refuse_if_alive(path: Path) -> None:
    owner = read_owner(path.parent)
    if owner is None and _is_older(path, BEING_MADE_SECONDS):
        return
    if owner is None:
        msg = f"{path.parent} is being claimed by another process; try again in {BEING_MADE_SECONDS:.0f} s"
        raise RecordError(msg)
    if owner.lives():
        remove = f"rm {shlex.quote(str(path))}"
        end = f"kill {owner.pid}" if owner.host == socket.gethostname() else f"{remove}, if it has ended"
        msg = (
            f"{path.parent} is in use since {owner.since} by process {owner.pid} on {owner.host}, and only"
            f" one process may write into it; wait for its end, or type {end}"
        )
        raise RecordError(msg)


def _is_older(path: Path, seconds: float) -> bool:
    try:
        return time.time() - path.stat().st_mtime > seconds
    except FileNotFoundError:
        return False


def _format(owner: Owner) -> bytes:
    return (json.dumps(asdict(owner)) + "\n").encode()
