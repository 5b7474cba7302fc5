"""What a run and a sweep are known by in a tracker, and what tells that their records have changed since."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from sinefit.record.files import LARGEST_TEXT, read_regular
from sinefit.record.folder import HYDRA_NAME, SWEEP_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT = 1
"""Of what is sent; another number sends everything anew."""
LENGTH = 32


def identify_sweep(folder: str) -> str:
    """The identity of a sweep: what it was started with, its working directory and its folder among it.

    So it stays the same wherever the folder is moved, and when the sweep is resumed.

    Args:
        folder: the sweep's, absolute.
    """
    return _identify(folder, SWEEP_NAMES)


def identify_job(sweep: str, job: str) -> str:
    """The identity of a job of a sweep; one that is trained again keeps it.

    Args:
        sweep: the identity of its sweep.
        job: its folder within the sweep's.
    """
    return _hash(sweep, job)


def identify_single(folder: str) -> str:
    """The identity of a single run: as of a sweep, what it was started with.

    Args:
        folder: the run's, absolute.
    """
    return _identify(folder, (HYDRA_NAME,))


def digest_content(files: Mapping[str, str], *others: object) -> str:
    """A text that changes with what there is to send.

    Args:
        files: that are sent, by their names; their sizes count.
        others: whatever else decides what is sent.
    """
    sizes = {name: os.path.getsize(path) for name, path in files.items()}
    return _hash(CONTENT, sizes, *others)


def _identify(folder: str, names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return _hash(read_regular(f"{folder}{os.sep}{name}", LARGEST_TEXT))
        except OSError:
            continue
    return _hash(folder)


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()[:LENGTH]
