"""Recognizes job logging of the usual sort, streams and one file for each job; must not know loggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SECTIONS = {"version", "formatters", "handlers", "root", "disable_existing_loggers"}
_FILE_OPTIONS = {"class", "formatter", "filename", "mode", "encoding", "level", "delay"}
_FILE = "logging.FileHandler"
_STREAM = "logging.StreamHandler"
_STREAMS = {"ext://sys.stdout": "stdout", "ext://sys.stderr": "stderr"}


@dataclass(frozen=True, slots=True)
class UsualLogging:
    """Job logging of the usual sort.

    Attributes:
        key: equal for all jobs whose logging differs in the name of the file alone.
        streams: for each handler of the root logger, what it writes to: "stdout", "stderr" or None.
        filename: the name of the file, unresolved; None if there is no file.
        mode: how a job first opens it.
        encoding: of the file.
        delay: whether it is created by the first message only.
    """

    key: str
    streams: tuple[str | None, ...]
    filename: object = None
    mode: str = "a"
    encoding: str | None = None
    delay: bool = False


def recognize_logging(settings: object, verbose: object) -> UsualLogging | None:
    """What is to be known of a job's logging; None if it is of another sort.

    Args:
        settings: `hydra.job_logging`, unresolved.
        verbose: `hydra.verbose`, unresolved.

    >>> recognize_logging({"version": 1, "root": None, "disable_existing_loggers": False}, False) is None
    True
    """
    handlers = _used_handlers(settings)
    if not isinstance(settings, dict) or handlers is None:
        return None
    files = [name for name, options in handlers.items() if options.get("class") == _FILE]
    nameless = {
        name: handlers[name] | {"filename": None} if name in files else handlers[name] for name in handlers
    }
    key = repr((settings | {"handlers": nameless}, verbose))
    if (
        len(files) > 1
        or any(set(handlers[name]) - _FILE_OPTIONS for name in files)
        or any(handlers[name].get("class") != _STREAM for name in handlers if name not in files)
        or "${" in key
    ):
        return None
    streams = tuple(_STREAMS.get(str(handlers[name].get("stream"))) for name in settings["root"]["handlers"])
    if not files:
        return UsualLogging(key, streams)
    file = handlers[files[0]]
    mode, encoding, delay = file.get("mode", "a"), file.get("encoding"), bool(file.get("delay"))
    return UsualLogging(key, streams, file.get("filename"), mode, encoding, delay)


def _used_handlers(settings: object) -> dict[str, dict[str, Any]] | None:
    """The root logger's handlers; None if not all handlers are the root logger's."""
    if (
        not isinstance(settings, dict)
        or set(settings) - _SECTIONS
        or settings.get("disable_existing_loggers", True)
    ):
        return None
    root, handlers = settings.get("root"), settings.get("handlers", {})
    names = root.get("handlers") if isinstance(root, dict) else None
    if not isinstance(names, list) or not isinstance(handlers, dict):
        return None
    if sorted(map(str, names)) != sorted(map(str, handlers)):
        return None
    return handlers if all(isinstance(options, dict) for options in handlers.values()) else None
