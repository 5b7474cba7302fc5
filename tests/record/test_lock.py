"""Locks: one process at a time, the dead ones' taken over, by one of those that want it."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from sinefit.errors import RecordError
from sinefit.record.lock import LOCK_NAME, Owner, find_birth, locked, read_owner

if TYPE_CHECKING:
    from multiprocessing.pool import Pool
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

HERE = socket.gethostname()


def leave_lock(folder: Path, **changes: object) -> Owner:
    """The lock of this process with other facts."""
    mine = {
        "host": HERE,
        "pid": os.getpid(),
        "born": find_birth(os.getpid()),
        "since": "2026-11-26T10:00:00+00:00",
    }
    owner = Owner(**mine | changes)  # type: ignore[arg-type]
    (folder / LOCK_NAME).write_text(json.dumps(asdict(owner)))
    return owner


def dead_process() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_a_folder_is_locked_while_the_block_runs(tmp_path: Path) -> None:
    """The lock names this process, and is gone afterwards, also after Ctrl-C."""

    def block() -> None:
        with locked(tmp_path):
            owner = read_owner(tmp_path)
            assert owner is not None
            assert (owner.host, owner.pid) == (HERE, os.getpid())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        block()
    assert list(tmp_path.iterdir()) == []


def test_a_living_owner_is_named(tmp_path: Path) -> None:
    """The message says who, since when, and what to type; the lock stays."""
    leave_lock(tmp_path, pid=os.getppid(), born=find_birth(os.getppid()))
    with (
        pytest.raises(RecordError, match=f"by process {os.getppid()} on {HERE}.*kill {os.getppid()}"),
        locked(tmp_path),
    ):
        pass
    assert (tmp_path / LOCK_NAME).exists()


def test_an_owner_on_another_machine_may_live(tmp_path: Path) -> None:
    """Nobody here can tell: the message says which file to remove."""
    leave_lock(tmp_path, host="elsewhere")
    with pytest.raises(RecordError, match=f"on elsewhere.*type rm .*{LOCK_NAME}"), locked(tmp_path):
        pass


@pytest.mark.parametrize("reused", [False, True])
def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path, *, reused: bool) -> None:
    """Also where another process has its number now."""
    leave_lock(tmp_path, **({"born": "long ago"} if reused else {"pid": dead_process()}))
    with locked(tmp_path):
        owner = read_owner(tmp_path)
        assert owner is not None
        assert owner.since != "2026-11-26T10:00:00+00:00"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"host": 1}'])
def test_a_lock_that_says_nothing(tmp_path: Path, content: str) -> None:
    """It is being written, unless it is old: then its owner died meanwhile."""
    path = tmp_path / LOCK_NAME
    path.write_text(content)
    with (
        pytest.raises(RecordError, match="is being claimed by another process; try again in 10 s"),
        locked(tmp_path),
    ):
        pass
    os.utime(path, (time.time() - 60,) * 2)
    with locked(tmp_path):
        assert read_owner(tmp_path) is not None


def test_a_lock_that_another_has_taken_stays(tmp_path: Path) -> None:
    """At the end of the block, only this process's own lock goes."""
    with locked(tmp_path):
        other = leave_lock(tmp_path, host="elsewhere")
    assert read_owner(tmp_path) == other


def try_to_lock(folder: Path, barrier: Barrier) -> bool:
    """Whether this process gets the lock, of several that try at once."""
    barrier.wait()
    try:
        with locked(folder):
            barrier.wait()
            return True
    except RecordError:
        barrier.wait()
        return False


@pytest.mark.parametrize("stale", [False, True])
def test_of_several_at_once_one_gets_the_lock(tmp_path: Path, *, stale: bool) -> None:
    """Whether there is none yet, or one of a dead process."""
    if stale:
        leave_lock(tmp_path, pid=dead_process())
    context = multiprocessing.get_context("fork")
    with context.Manager() as manager:
        barrier = manager.Barrier(6)
        pool: Pool
        # Else a worker has the command's own handler, if a test before this one installed it, and goes on.
        with context.Pool(6, signal.signal, (signal.SIGTERM, signal.SIG_DFL)) as pool:
            got = pool.starmap(try_to_lock, [(tmp_path, barrier)] * 6, chunksize=1)
    assert sorted(got) == [False] * 5 + [True]
