"""What a run was trained with: versions, commit, platform; independent of the run."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

PACKAGES = {"torch": "torch", "hydra": "hydra-core", "sinefit": "sinefit"}


def describe_environment() -> dict[str, Any]:
    """Versions of python, torch, hydra and sinefit, of the working directory's repository, and the platform.

    The repository's commit, and whether its files differ from it, are None outside git. For a sinefit that
    runs from a checkout, there is its commit as well.
    """
    try:
        commit, is_dirty = _read_commit(os.getcwd())  # noqa: PTH109 - a text is what the cache keeps
    except FileNotFoundError:  # it was deleted
        commit, is_dirty = None, None
    return {**_describe_installation(), "git_commit": commit, "git_dirty": is_dirty}


@functools.cache
def _describe_installation() -> dict[str, Any]:
    checkout = Path(__file__).resolve().parents[2]
    commit, is_dirty = _read_commit(str(checkout)) if (checkout / ".git").exists() else (None, None)
    return {
        "python": platform.python_version(),
        **{name: _version(package) for name, package in PACKAGES.items()},
        "sinefit_commit": f"{commit}-dirty" if is_dirty else commit,
        "platform": platform.platform(),
        "processor": platform.machine(),
    }


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


@functools.cache
def _read_commit(folder: str) -> tuple[str | None, bool | None]:
    """The commit of a folder's repository, and whether tracked files differ from it; None outside git."""
    options = ("-C", folder, "-c", "core.fsmonitor=false")  # which would run a program of the repository's
    command = ["git", *options, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None, None
    commit, _, dirty = answer.stdout.strip().partition("-")
    return commit, bool(dirty)
