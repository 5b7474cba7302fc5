"""What a run was trained with: versions, commit, platform; independent of the run."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

PACKAGES = {"torch": "torch", "hydra": "hydra-core", "sinefit": "sinefit"}


@functools.cache
def describe_environment() -> dict[str, Any]:
    """Versions of python, torch, hydra and sinefit, the git commit and whether it was dirty, the platform.

    The commit is that of the checkout that sinefit runs from; for an installed sinefit, that of the
    working directory. It is None outside git.
    """
    commit, dirty = _read_commit()
    versions = {name: _version(package) for name, package in PACKAGES.items()}
    return {
        "python": platform.python_version(),
        **versions,
        "git_commit": commit,
        "git_dirty": dirty,
        "platform": platform.platform(),
        "processor": platform.machine(),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _read_commit() -> tuple[str | None, bool | None]:
    checkout = Path(__file__).resolve().parents[2]
    where = checkout if (checkout / ".git").exists() else Path.cwd()
    command = ["git", "-C", str(where), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None, None
    commit, _, dirty = answer.stdout.strip().partition("-")
    return commit, bool(dirty)
