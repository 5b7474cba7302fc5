"""The command as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def start_process(
    *arguments: str, cwd: Path, preexec_fn: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    """Start the command as a process of its own, after `preexec_fn` there.

    Ctrl-C reaches it also where these tests run in the background, which would make it ignore it.
    """

    def begin() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if preexec_fn is not None:
            preexec_fn()

    command = [sys.executable, "-m", "sinefit.run", *arguments]
    return subprocess.Popen(
        command,
        cwd=cwd,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
        preexec_fn=begin,  # noqa: PLW1509 - before any thread is started
    )
