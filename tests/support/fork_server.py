"""A process that has imported everything and forks for each command, which so starts in milliseconds.

A line of standard input is a command: a JSON object with its ``arguments``, the first perhaps ``die-at=N``,
the ``module`` whose `main` it is, and perhaps the file ``out`` that it prints into. Two lines of standard
output answer it: the child's process id when it starts, its exit code when it has ended. What it prints goes
to standard error otherwise.
"""

from __future__ import annotations

import builtins
import importlib
import io
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd  # noqa: F401 - imported for the children, as all below
import pyarrow.parquet  # noqa: F401
import rich.progress  # noqa: F401
import torch._dynamo  # torch's optimizers import it when the first one is made
from hydra.core.plugins import Plugins

import sinefit.run  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Callable


def run(main: Callable[[], object], arguments: list[str], out: str | None) -> NoReturn:
    """Be the command, in a child.

    Args:
        main: the command's.
        arguments: what is typed behind its name.
        out: the file of its standard output; None: that of its errors.
    """
    os.dup2(2 if out is None else os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if arguments[0].startswith("die-at="):
        die_at(int(arguments.pop(0).partition("=")[2]))
    sys.argv[1:] = arguments
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(code)


def die_at(number: int) -> None:
    """Be killed at the so many-th moment at which a file was made, is or was renamed, or was removed."""
    moments = 0
    open_, replace, unlink = builtins.open, os.replace, os.unlink

    def pass_moment() -> None:
        nonlocal moments
        moments += 1
        if moments == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        stream = open_(file, mode, *args, **options)
        # A lock, opened by its number, that is empty yet costs ten seconds: see tests/record/test_lock.py.
        if set(mode) & set("wxa") and not isinstance(file, int) and file != os.devnull:
            pass_moment()
        return stream

    def replaced(*args: Any, **options: Any) -> None:
        pass_moment()
        replace(*args, **options)
        pass_moment()

    def unlinked(*args: Any, **options: Any) -> None:
        unlink(*args, **options)
        pass_moment()

    builtins.open = io.open = opened
    os.replace, os.unlink = replaced, unlinked


if __name__ == "__main__":
    torch.set_num_threads(1)
    Plugins.instance()
    for line in sys.stdin:
        asked = json.loads(line)
        command = importlib.import_module(asked["module"]).main
        child = os.fork()
        if child == 0:
            run(command, asked["arguments"], asked["out"])
        print(child, flush=True)  # noqa: T201 - the answer
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201
