"""A process that has imported everything and forks for each command, which so starts in milliseconds.

A line of standard input is a command: a JSON list of arguments. Two lines of standard output answer it:
the child's process id when it starts, its exit code when it has ended. What it prints goes to standard error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import NoReturn

import pandas as pd  # noqa: F401 - imported for the children, as all below
import pyarrow.parquet  # noqa: F401
import rich.progress  # noqa: F401
import torch._dynamo  # torch's optimizers import it when the first one is made
from hydra.core.plugins import Plugins

from sinefit.run import main


def run(arguments: list[str]) -> NoReturn:
    """Be the command, in a child."""
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[1:] = arguments
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    torch.set_num_threads(1)
    Plugins.instance()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
        print(child, flush=True)  # noqa: T201 - the answer
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201
