"""Recognizes job logging of the usual sort, streams and one file for each job; must not know loggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_SECTIONS = {"version", "formatters", "handlers", "root", "disable_existing_loggers"}
_FILE_OPTIONS = {"class", "formatter", "filename", "level"}
_STREAMS = {"ext://sys.stdout": "stdout", "ext://sys.stderr": "stderr"}


@dataclass(frozen=True, slots=True)
class UsualLogging:
    """Job logging of the usual sort.

    Attributes:
        key: equal for all jobs whose logging differs in the name of the file alone.
        streams: for each handler of the root logger, what it writes to: "stdout", "stderr" or None.
        filename: the name of the file, unresolved; None if there is no file.
    """

    key: str
    streams: tuple[str | None, ...]
    filename: object = None


def recognize_logging(settings: object, verbose: object) -> UsualLogging | None:
    """What is to be known of a job's logging; None if it is of another sort.

    Args:
        settings: `hydra.job_logging`, unresolved.
        verbose: `hydra.verbose`, unresolved.

    >>> recognize_logging({"version": 1, "root": None, "disable_existing_loggers": False}, False) is None
    True
    """
    match settings:
        case {
            "disable_existing_loggers": False,
            "handlers": dict(handlers),
            "root": {"handlers": list(names)},
        }:
            if set(settings) - _SECTIONS or not all(isinstance(each, dict) for each in handlers.values()):
                return None
        case _:
            return None
    nameless = {name: each | {"filename": None} for name, each in handlers.items()}
    key = repr(({**settings, "handlers": nameless}, verbose))
    files = [each for each in handlers.values() if each.get("class") == "logging.FileHandler"]
    others = [each for each in handlers.values() if each not in files]
    if (
        sorted(map(str, names)) != sorted(map(str, handlers))  # then a logger of its own has a handler
        or len(files) > 1
        or any(set(each) - _FILE_OPTIONS for each in files)
        or any(each.get("class") != "logging.StreamHandler" for each in others)
        or "${" in key
    ):
        return None
    streams = tuple(_STREAMS.get(str(handlers[name].get("stream"))) for name in names)
    return UsualLogging(key, streams, files[0].get("filename") if files else None)
