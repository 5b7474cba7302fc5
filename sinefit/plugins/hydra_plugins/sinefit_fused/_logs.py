"""Gives the root logger a job's handlers for a while; must not know configs beyond `hydra.job_logging`.

Hydra configures logging anew for each job. Where job logging is of the usual sort (streams, and one file in
the job's folder), it is configured once here; for the other jobs only the file is another one.
Saves 4 of 7 ms a job (benchmark.py empty).
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hydra_plugins.sinefit_fused._references import NotSimpleError, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hydra_plugins.sinefit_fused._job import Job
    from hydra_plugins.sinefit_fused._usual_logging import UsualLogging
    from omegaconf import DictConfig


class JobLogs:
    """Switches the root logger between the jobs of a sweep.

    Args:
        configure: configures logging by the nodes `hydra.job_logging` and `hydra.verbose`.
        restore: configures the sweep's own logging, as Hydra does after each job.
    """

    def __init__(self, configure: Callable[[DictConfig, Any], None], restore: Callable[[], None]) -> None:
        self._configure_by = configure
        self._restore = restore
        self._configured: dict[str, _Configured] = {}

    def begin(self, job: Job) -> None:
        """Create the job's log file, empty, as it is when a job starts."""
        usual, path = _plan(job)
        if usual is None:
            with job.active():
                return
        if path is not None:
            open(path, "a", encoding="utf-8").close()  # noqa: PTH123 - a Path costs more than the file

    @contextmanager
    def of(self, job: Job) -> Iterator[None]:
        """Let the root logger be the job's."""
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        usual, path = _plan(job)
        own: list[logging.Handler] = []
        try:
            if usual is None:
                self._configure(job)
                own = [each for each in root.handlers if each not in handlers]
            else:
                own = self._switch(job, usual, path)
            yield
        finally:
            for handler in own:
                handler.close()
            if usual is None:
                self._restore()
            root.handlers[:] = handlers
            _set_level(root, level)

    def _switch(self, job: Job, usual: UsualLogging, path: str | None) -> list[logging.Handler]:
        """Give the root logger the job's handlers; those to close afterwards come back."""
        configured = self._configured.get(usual.key)
        if configured is None:
            self._configure(job)
            configured = self._configured[usual.key] = _Configured(usual)
        file = None if path is None else logging.FileHandler(path, encoding=usual.encoding)
        root = logging.getLogger()
        root.handlers[:] = configured.handlers_with(file)
        _set_level(root, configured.level)
        return [] if file is None else [file]

    def _configure(self, job: Job) -> None:
        hydra = job.hydra_config.hydra
        self._configure_by(hydra.job_logging, hydra.verbose)


class _Configured:
    """The root logger's state after Hydra configured it for one job."""

    def __init__(self, usual: UsualLogging) -> None:
        root = logging.getLogger()
        self.level = root.level
        self._streams = usual.streams
        self._handlers = list(root.handlers)
        for handler in self._handlers:
            if type(handler) is logging.FileHandler:
                handler.close()

    def handlers_with(self, file: logging.Handler | None) -> list[logging.Handler]:
        """The handlers of a job, writing to its file and to today's stdout, which may not be yesterday's."""
        made = []
        for handler, name in zip(self._handlers, self._streams, strict=True):
            if name is not None and isinstance(handler, logging.StreamHandler):
                handler.setStream(getattr(sys, name))
            if file is not None and type(handler) is logging.FileHandler:
                file.setFormatter(handler.formatter)
                file.setLevel(handler.level)
                made.append(file)
            else:
                made.append(handler)
        return made


def _plan(job: Job) -> tuple[UsualLogging | None, str | None]:
    """The job's logging, None if only Hydra can set it up, and the path of its file, if it has one."""
    usual = job.template.logging
    if usual is None or usual.filename is None:
        return usual, None

    def lookup(path: str) -> object:
        return job.output_dir if path == "hydra.runtime.output_dir" else job.value(path)

    try:
        name = resolve(usual.filename, lookup)
    except NotSimpleError:
        return None, None
    return usual, os.path.join(job.output_dir if job.location.chdir else os.getcwd(), name)  # noqa: PTH109, PTH118


def _set_level(root: logging.Logger, level: int) -> None:
    if root.level != level:  # setting it empties the caches of all loggers
        root.setLevel(level)
