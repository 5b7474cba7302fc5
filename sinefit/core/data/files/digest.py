"""The content of a file in a few letters; read again only after the file has changed."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path


def hash_file(path: str) -> str | None:
    """The SHA-256 of a file; None if it cannot be read."""
    try:
        return _hash(path, sign_file(path))
    except OSError:
        return None


def sign_file(path: str) -> tuple[str, int, int, int] | None:
    """What changes when a file does: its place, its size, its time and its number; None without a file."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return str(Path(path).absolute()), found.st_size, found.st_mtime_ns, found.st_ino


@lru_cache(maxsize=64)
def _hash(path: str, _: object) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
