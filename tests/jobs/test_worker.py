"""Processes that launchers start for jobs: they end with the process that waits for them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from sinefit.jobs.worker import end_with_sweep
from sinefit.record.lock import LOCK_NAME, Owner, find_birth, locked

if TYPE_CHECKING:
    from pathlib import Path

WORKER = """
import sys, time
from pathlib import Path
from sinefit.jobs.worker import end_with_sweep
end_with_sweep(Path(sys.argv[1]))
print("watching", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", ["killed", "taken over"])
def test_a_worker_ends_soon_after_its_sweep(tmp_path: Path, how: str) -> None:
    """When the sweep's process is killed, and when another process has taken the sweep over."""
    sweep = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    owner = Owner(socket.gethostname(), sweep.pid, find_birth(sweep.pid) or "", "then")
    (tmp_path / LOCK_NAME).write_text(json.dumps(asdict(owner)))
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "watching\n"
        if how == "taken over":
            (tmp_path / LOCK_NAME).write_text(json.dumps(asdict(owner) | {"since": "now"}))
        else:
            sweep.kill()
            sweep.wait()
        assert worker.wait(timeout=30) == 1
    sweep.kill()
    sweep.wait()


def test_the_sweeps_own_process_is_not_watched(tmp_path: Path) -> None:
    """Neither it nor the processes of a sweep without a lock end."""
    end_with_sweep(tmp_path)
    with locked(tmp_path):
        end_with_sweep(tmp_path)
