"""Loading large modules, undisturbed by Ctrl-C and by the garbage collector."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sinefit.interrupts import INTERRUPTS

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def loading_modules() -> Iterator[None]:
    """While modules are imported: signals wait, and nothing is collected, then or at later collections.

    A signal in the middle of torch's import would be swallowed, or abort the process in C++. The collector
    takes a sixth of the 1.5 s in which torch and pandas are imported, and a tenth of a sweep of 1,008 jobs.
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
