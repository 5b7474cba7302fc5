"""What a record says of where its run was trained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sinefit


def test_the_commit_is_that_of_the_checkout_wherever_a_run_is_started(tmp_path: Path) -> None:
    """In a folder of no repository, a run of a checkout still knows the commit of its code."""
    checkout = Path(sinefit.__file__).resolve().parents[1]
    if not (checkout / ".git").exists():
        pytest.skip("sinefit is installed, not checked out")
    head = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    )
    code = "import json, sinefit.record.environment as e; print(json.dumps(e.describe_environment()))"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    environment = json.loads(told.stdout)
    assert environment["git_commit"] == head.stdout.strip()
    assert isinstance(environment["git_dirty"], bool)
