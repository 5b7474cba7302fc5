"""The command as a process of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


class ForkServer:
    """Starts the command as a process without the seconds that its imports take; see `fork_server.py`.

    Args:
        server: a process that serves.
    """

    def __init__(self, server: subprocess.Popen[bytes]) -> None:
        self._server = server

    def start(self, *arguments: str, module: str = "sinefit.run", out: Path | None = None) -> int:
        """The id of a process that runs a command; the one before it has ended.

        Args:
            arguments: what is typed behind its name.
            module: what has its `main`.
            out: the file of its standard output; None: that of its errors.
        """
        assert self._server.stdin is not None
        asked = {"module": module, "arguments": arguments, "out": out and str(out)}
        self._server.stdin.write(json.dumps(asked).encode() + b"\n")
        self._server.stdin.flush()
        return int(self._line())

    def ends_within(self, seconds: float) -> bool:
        """Wait for the command's end, but no longer than this; whether it has ended."""
        return bool(select.select([self._server.stdout], [], [], seconds)[0])

    def exit_code(self) -> int:
        """Wait for the command's end."""
        return int(self._line())

    def _line(self) -> bytes:
        assert self._server.stdout is not None
        line = bytearray()
        while not line.endswith(b"\n"):
            byte = os.read(self._server.stdout.fileno(), 1)
            assert byte, "the fork server has died"
            line += byte
        return bytes(line)


@contextmanager
def fork_server(*, cwd: Path, log: Path, **environment: str) -> Iterator[ForkServer]:
    """A `ForkServer` whose commands run in `cwd` and print into the file `log`.

    Args:
        cwd: their working directory.
        log: the file, made anew.
        environment: variables, besides those of this process.
    """
    command = [sys.executable, str(Path(__file__).with_name("fork_server.py"))]
    pipe = subprocess.PIPE
    with (
        log.open("wb") as err,
        subprocess.Popen(
            command, cwd=cwd, stdin=pipe, stdout=pipe, stderr=err, bufsize=0, env=os.environ | environment
        ) as server,
    ):
        yield ForkServer(server)
        server.stdin.close()  # type: ignore[union-attr]  # it is a pipe
