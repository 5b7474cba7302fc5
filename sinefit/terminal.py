"""Standard output and error, which may be closed, full or know ASCII alone: no training is lost to them."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class PatientStream:
    """A stream whose faults cost what is printed, and nothing else.

    Args:
        stream: what is written to.

    Attributes:
        error: why not all could be written; None if it was.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.error: OSError | None = None
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write a text, if that can be done."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Write what waits to be written, if that can be done."""
        try:
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        return getattr(self._stream, name)

    def _give_up(self, error: OSError) -> None:
        """Let the rest go nowhere, that of the program's end too."""
        self.error = self.error or error
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


@contextmanager
def patient_output() -> Iterator[PatientStream]:
    """Let nothing that is printed fail while the block runs; what became of standard output."""
    before = sys.stdout, sys.stderr
    if not os.environ.get("COLUMNS", "1").strip("0"):
        del os.environ["COLUMNS"]  # a terminal of no columns, on which nothing would be seen
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before the program began: its number must not become a file's
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for good
    output = PatientStream(sys.stdout)
    sys.stdout, sys.stderr = output, PatientStream(sys.stderr)
    try:
        yield output
    finally:
        output.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def explain_output(error: OSError | None) -> str | None:
    """What is said of standard output that could not be written; nothing if nobody wanted to read on.

    Args:
        error: as `PatientStream` has it.
    """
    if error is None or error.errno == errno.EPIPE:
        return None
    return f"what was printed is not complete: {error.strerror}; what was to be saved is saved"
