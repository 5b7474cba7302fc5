"""Ctrl-C and SIGTERM: both stop the run that is under way, and the exit code tells which it was."""

from __future__ import annotations

import gc
import importlib
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM, handled wherever Ctrl-C is."""


class Interrupts:
    """Remembers the signal that stopped the program."""

    def __init__(self) -> None:
        self.signal = signal.SIGINT

    def install(self) -> None:
        """Let SIGTERM stop the program as Ctrl-C does."""
        self.signal = signal.SIGINT
        signal.signal(signal.SIGTERM, self._terminate)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM wait until the block is done, so that what it writes is whole."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals reach the main thread alone
            return
        waiting: list[int] = []

        def remember(number: int, frame: FrameType | None) -> None:
            del frame
            waiting.append(number)

        before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if waiting:
            signal.raise_signal(waiting[0])

    def exit_code(self) -> int:
        """128 plus the signal's number: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + self.signal

    def _terminate(self, number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG002 - the signature is Python's
        self.signal = signal.SIGTERM
        raise Terminated


INTERRUPTS = Interrupts()


def start() -> NoReturn:
    """The command ``sinefit``, which a signal ends at any time without a traceback, imports included."""
    INTERRUPTS.install()
    code: str | int | None = 0
    try:
        with loading_modules():
            main = importlib.import_module("sinefit.run").main
        main()
    except KeyboardInterrupt:
        code = INTERRUPTS.exit_code()
    sys.exit(code)


@contextmanager
def loading_modules() -> Iterator[None]:
    """While modules are imported: signals wait, and nothing is collected, then or at later collections.

    A signal in the middle of torch's import would be swallowed, or abort the process in C++. The collector's
    rest saves 1.0 of 12 s of processor time in a sweep of 1,008 jobs; benchmark.py sweep.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with INTERRUPTS.held():
            yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
