"""A process that a launcher has started for a sweep's jobs: it ends with the process that waits for it."""

from __future__ import annotations

import os
import threading
import time
from functools import cache
from typing import TYPE_CHECKING

from sinefit.record.lock import read_owner

if TYPE_CHECKING:
    from pathlib import Path

    from sinefit.record.lock import Owner

POLL_SECONDS = 0.5


def end_with_sweep(folder: Path) -> None:
    """End this process soon after the sweep's own has died, or another has taken the sweep over.

    Whoever resumes a killed sweep so writes alone into it. Nothing is watched in the sweep's own process.

    Args:
        folder: the sweep's.
    """
    owner = read_owner(folder)
    if owner is not None and owner.pid != os.getpid():
        _watch(folder, owner)


@cache
def _watch(folder: Path, owner: Owner) -> None:
    threading.Thread(target=_end_if_orphaned, args=(folder, owner), daemon=True).start()


def _end_if_orphaned(folder: Path, owner: Owner) -> None:
    while owner.lives() and read_owner(folder) in {owner, None}:
        time.sleep(POLL_SECONDS)
    os._exit(1)  # at once: what it has begun to write belongs to nobody
