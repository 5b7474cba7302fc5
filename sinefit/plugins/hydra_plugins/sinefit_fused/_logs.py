"""Gives the root logger a job's handlers for a while; must not know configs beyond `hydra.job_logging`.

Python's `dictConfig` takes half a millisecond and more. Where job logging is of the usual sort (streams, and
one file in the job's folder), it is called once; for the other jobs only the file is another one.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from hydra.core.utils import configure_log
from hydra_plugins.sinefit_fused._references import NotSimpleError, resolve
from hydra_plugins.sinefit_fused._usual_logging import UsualLogging, usual_logging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from omegaconf import DictConfig

_STREAMS = {"ext://sys.stdout": "stdout", "ext://sys.stderr": "stderr"}


class _Configured:
    """The root logger's state after Hydra configured it for one job."""

    def __init__(self, conf: dict[str, Any]) -> None:
        root = logging.getLogger()
        self.level = root.level
        self.handlers = list(root.handlers)
        self.file_at = next(
            (at for at, each in enumerate(self.handlers) if type(each) is logging.FileHandler), None
        )
        self.streams = [
            _STREAMS.get(conf["handlers"][name].get("stream")) for name in conf["root"]["handlers"]
        ]
        if self.file_at is not None:
            self.handlers[self.file_at].close()

    def handlers_for(self, file: logging.Handler | None) -> list[logging.Handler]:
        """Return the handlers of a job, writing to today's stdout, which may not be yesterday's."""
        for handler, name in zip(self.handlers, self.streams, strict=True):
            if name is not None and isinstance(handler, logging.StreamHandler):
                handler.setStream(getattr(sys, name))
        handlers = list(self.handlers)
        if file is not None and self.file_at is not None:
            file.setFormatter(handlers[self.file_at].formatter)
            file.setLevel(handlers[self.file_at].level)
            handlers[self.file_at] = file
        return handlers


class JobLogs:
    """Switches the root logger between the jobs of a sweep.

    Args:
        restore: Configures the sweep's own logging, as Hydra does after each job.
    """

    def __init__(self, restore: Callable[[], None]) -> None:
        self._restore = restore
        self._known: dict[int, tuple[object, UsualLogging | None]] = {}
        self._configured: dict[str, _Configured] = {}

    def begin(self, job: Any) -> None:  # noqa: ANN401 - a job, which knows this file
        """Create the job's log file, empty, as it is when a job starts."""
        plan = self._plan(job)
        if plan is None:
            with job.active():
                return
        usual, name = plan
        if name is not None and not usual.delay:
            with open(name, usual.mode, encoding="utf-8"):  # noqa: PTH123 - a Path costs more than the file
                return

    def of(self, job: Any) -> AbstractContextManager[None]:  # noqa: ANN401 - a job, which knows this file
        """Return a context in which the root logger is the job's."""
        plan = self._plan(job)
        return self._by_hydra(job) if plan is None else self._switched(job, *plan)

    def _plan(self, job: Any) -> tuple[UsualLogging, str | None] | None:  # noqa: ANN401 - a job, which knows this file
        """Return the job's logging and the path of its file, None if only Hydra can set it up."""
        settings, verbose = job.logging_settings()
        known = self._known.get(id(settings))
        if known is None or known[0] is not settings:
            known = self._known[id(settings)] = (settings, usual_logging(settings, verbose))
        usual = known[1]
        if usual is None or usual.filename is None:
            return None if usual is None else (usual, None)
        try:
            name = resolve(usual.filename, job.value)
        except NotSimpleError:
            return None
        return usual, os.path.join(job.output_dir if job.place.chdir else os.getcwd(), name)  # noqa: PTH109, PTH118

    @contextmanager
    def _switched(self, job: Any, usual: UsualLogging, name: str | None) -> Iterator[None]:  # noqa: ANN401 - a job, which knows this file
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        file = None
        try:
            configured = self._configured.get(usual.key)
            if configured is None:
                settings: Any = job.logging_settings()[0]
                _configure(job.hydra_config)
                configured = self._configured[usual.key] = _Configured(settings)
            if name is not None:
                file = logging.FileHandler(name, "a", usual.encoding, usual.delay)
            root.handlers[:] = configured.handlers_for(file)
            _set_level(root, configured.level)
            yield
        finally:
            root.handlers[:] = handlers
            _set_level(root, level)
            if file is not None:
                file.close()

    @contextmanager
    def _by_hydra(self, job: Any) -> Iterator[None]:  # noqa: ANN401 - a job, which knows this file
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        try:
            _configure(job.hydra_config)
            yield
        finally:
            for handler in root.handlers:
                if handler not in handlers:
                    handler.close()
            self._restore()
            root.handlers[:] = handlers
            _set_level(root, level)


def _configure(config: DictConfig) -> None:
    configure_log(config.hydra.job_logging, config.hydra.verbose)


def _set_level(root: logging.Logger, level: int) -> None:
    if root.level != level:  # setting it empties the caches of all loggers
        root.setLevel(level)
