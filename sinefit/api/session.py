"""A command of `sinefit` within somebody's own process, which is left as it was found.

Hydra, torch and `logging` keep their state in globals; a notebook has its own there.
"""

from __future__ import annotations

import logging
import os
import random
import sys
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import SinefitError
from sinefit.interrupts import loading_modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TURN = threading.RLock()
"""Hydra's globals are there once in a process: threads take turns."""
_INTERRUPTED = (130, 143)


def train(words: Sequence[str]) -> Path:
    """Train what words say, as the command line does.

    Args:
        words: as typed behind ``sinefit``.

    Returns:
        The folder of the run or the sweep, absolute.

    Raises:
        SinefitError: with the text of the command line.
        KeyboardInterrupt: after what was trained is recorded; ``resume=FOLDER`` goes on with it.
    """
    with _TURN, _kept_draws():
        with loading_modules():
            from sinefit.jobs.life import load_torch  # noqa: PLC0415 - `import sinefit` does without
            from sinefit.run import do  # noqa: PLC0415
            from sinefit.settings.compose import config_folder  # noqa: PLC0415
            from sinefit.settings.mistakes import explain_all  # noqa: PLC0415
        load_torch()
        with _kept_globals():
            try:
                ended = do(list(words), prints_end=False)
            except Exception as error:  # noqa: BLE001 - as the command line does
                raise SinefitError(explain_all(error, words, config_folder())) from _cause(error)
    assert ended.folder is not None  # noqa: S101 - questions are refused before
    if ended.code in _INTERRUPTED:
        msg = f"sinefit.sweep({f'resume={ended.folder}'!r}) goes on with it"
        raise KeyboardInterrupt(msg)
    return ended.folder


def _cause(error: Exception) -> Exception | None:
    """What is worth a traceback: an exception of somebody's own code, behind the sentence about it."""
    is_told = isinstance(error, SinefitError) or type(error).__module__.startswith(("hydra.", "omegaconf."))
    return None if is_told else error


@contextmanager
def _kept_globals() -> Iterator[None]:
    """Give the process back its globals: arguments, environment, log, Hydra's state."""
    with ExitStack() as stack:
        for keeping in (_kept_arguments, _kept_log, _kept_hydra):
            stack.enter_context(keeping())
        yield


@contextmanager
def _kept_arguments() -> Iterator[None]:
    arguments, environment = sys.argv, dict(os.environ)
    try:
        folder = Path.cwd()
    except FileNotFoundError as error:  # `do` would say so, too
        msg = "the working directory has been deleted; change to another, for example by os.chdir"
        raise SinefitError(msg) from error
    sys.argv = ["sinefit"]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises its exceptions instead of printing them
    try:
        yield
    finally:
        sys.argv = arguments
        if dict(os.environ) != environment:
            os.environ.clear()
            os.environ.update(environment)
        os.chdir(folder)


@contextmanager
def _kept_log() -> Iterator[None]:
    """The root logger's handlers and level; Hydra sets others, one of them a run's file."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        for handler in root.handlers:
            if handler not in handlers:
                handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)


@contextmanager
def _kept_hydra() -> Iterator[None]:
    from hydra.core.global_hydra import GlobalHydra  # noqa: PLC0415 - loaded with `do`
    from hydra.core.hydra_config import HydraConfig  # noqa: PLC0415

    hydra, config = GlobalHydra.instance(), HydraConfig.instance()
    before = hydra.hydra, config.cfg
    hydra.clear()
    try:
        yield
    finally:
        hydra.hydra, config.cfg = before


@contextmanager
def _kept_draws() -> Iterator[None]:
    """The generators of Python, numpy and torch, and torch's threads; loading modules draws numbers, too."""
    drawn = random.getstate()
    with loading_modules():
        import numpy as np  # noqa: PLC0415 - `import sinefit` does without
        import torch  # noqa: PLC0415

    generators = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002 - other people's
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        random.setstate(drawn)
        torch.set_rng_state(generators[0])
        np.random.set_state(generators[1])  # noqa: NPY002 - other people's
        torch.set_num_threads(threads)
