"""Recognises job logging of the usual sort, streams and one file for each job; must not know loggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SECTIONS = {"version", "formatters", "handlers", "root", "disable_existing_loggers"}
_FILE_OPTIONS = {"class", "formatter", "filename", "mode", "encoding", "level", "delay"}
_FILE = "logging.FileHandler"
_STREAM = "logging.StreamHandler"


@dataclass(frozen=True, slots=True)
class UsualLogging:
    """Job logging of the usual sort.

    Attributes:
        key: Equal for all jobs whose logging differs in the name of the file alone.
        filename: The name of the file, unresolved; None if there is no file.
        mode: How a job first opens it.
        encoding: Its encoding.
        delay: Whether it is created by the first message only.
    """

    key: str
    filename: object = None
    mode: str = "a"
    encoding: str | None = None
    delay: bool = False


def usual_logging(settings: object, verbose: object) -> UsualLogging | None:
    """Return what is to be known of `hydra.job_logging` and `hydra.verbose`; None for another sort.

    >>> usual_logging({"version": 1, "root": None, "disable_existing_loggers": False}, False) is None
    True
    """
    used = _used_handlers(settings)
    if not isinstance(settings, dict) or used is None:
        return None
    files = [name for name, options in used.items() if options.get("class") == _FILE]
    others = [options for name, options in used.items() if name not in files]
    blank = {name: used[name] | {"filename": None} if name in files else used[name] for name in used}
    key = repr((settings | {"handlers": blank}, verbose))
    if (
        len(files) > 1
        or any(set(used[name]) - _FILE_OPTIONS for name in files)
        or any(options.get("class") != _STREAM for options in others)
        or "${" in key
    ):
        return None
    file = used[files[0]] if files else {}
    mode, encoding, delay = file.get("mode", "a"), file.get("encoding"), bool(file.get("delay"))
    return UsualLogging(key, file.get("filename"), mode, encoding, delay)


def _used_handlers(settings: object) -> dict[str, dict[str, Any]] | None:
    """Return the root logger's handlers; None if not all handlers are the root logger's."""
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
