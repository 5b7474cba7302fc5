"""What this account has started by itself: a list in its own folder, so that its runs start again unasked."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.record.files import LARGEST_TEXT, read_regular

if TYPE_CHECKING:
    from collections.abc import Iterable


def known_path() -> Path | None:
    """The list; None without a home."""
    try:
        return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state", "sinefit", "known")
    except RuntimeError:
        return None


def is_known(item: str) -> bool:
    """Whether this account has started something with `item` before."""
    path = known_path()
    try:
        return path is not None and _line(item) in read_regular(path, LARGEST_TEXT).splitlines()
    except OSError:
        return False


@functools.lru_cache(maxsize=1024)
def _remember_one(path: Path, item: str) -> None:
    if not is_known(item):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:  # one write: several processes may do so at once
            file.write(_line(item) + b"\n")


def remember(items: Iterable[str]) -> None:
    """Add to the list; no matter if that fails: one is asked again."""
    path = known_path()
    for item in items:
        try:
            if path is not None:
                _remember_one(path, item)
        except OSError:
            return


def _line(item: str) -> bytes:
    return item.encode("unicode_escape", "surrogatepass")
