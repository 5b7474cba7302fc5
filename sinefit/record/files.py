"""Files written whole or not at all, and read only if regular and not huge; knows no names of files."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import stat
from typing import TYPE_CHECKING, Any, NoReturn

from sinefit.errors import RecordError
from sinefit.record.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from io import FileIO
    from pathlib import Path

LARGEST_TEXT = 4 * 2**20
"""Bytes of a file of settings or of a result; a sweep of 10,000 typed words has 0.5 million."""
LARGEST_TABLE = 2**28
"""Bytes of a table of numbers; a history of a million epochs has 60 million."""
_ENDINGS = (".yaml", ".json", ".csv", ".pt", ".png", ".log", ".parquet")
"""Of what is written into the folders of runs and sweeps."""
_TEMPORARY = re.compile(r"\..+\.\d+\.tmp")
"""Names of files that are being written; they hold the process's number."""
_CUT_OFF = "cut off"
"""Stands in a table where a row has too few cells, and is no number."""


def write_atomically(path: str | os.PathLike[str], content: bytes, *, durable: bool = True) -> None:
    """Write a file under a temporary name beside it, then rename it: readers see all of it or nothing.

    Args:
        path: the file; its folder is made if there is none yet.
        content: all of it.
        durable: whether to wait until the disk has it.

    Raises:
        RecordError: if it cannot be written; the temporary file is removed.
    """
    folder, name = os.path.split(path)
    temporary = f"{folder}{os.sep if folder else ''}.{name}.{os.getpid()}.tmp"
    try:
        try:
            _write(temporary, content, durable=durable)
            os.replace(temporary, path)  # noqa: PTH105 - Path costs more than the renaming, for thousands of runs
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise RecordError(msg) from error


def _write(path: str, content: bytes, *, durable: bool) -> None:
    try:
        file = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115 - closed below
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        file = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115 - closed below
    with file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
        if durable:
            os.fsync(file.fileno())


def remove(path: str) -> None:
    """Delete a file, if there is one.

    Raises:
        RecordError: if that cannot be done.
    """
    try:
        os.unlink(path)  # noqa: PTH108 - Path costs more, for thousands of runs
    except FileNotFoundError:
        pass
    except OSError as error:
        msg = f"{path} cannot be removed: {error.strerror}"
        raise RecordError(msg) from error


def remove_leftovers(folder: Path) -> None:
    """Delete what a killed process had begun to write into a run folder, or into a sweep's folders."""
    for path in folder.rglob(".*.tmp"):
        if _TEMPORARY.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def check_writable_again(folder: Path) -> None:
    """Check that only files and folders lie in a folder of a run or a sweep that is to be written again.

    What is written into a pipe waits for a reader, and what is written to a link lands somewhere else.

    Args:
        folder: of a run, or of a sweep.

    Raises:
        RecordError: naming the first thing that is neither, or a folder that is called like a file.
    """
    for path, folders, files in os.walk(folder):
        for name in files:
            if not stat.S_ISREG(os.lstat(f"{path}{os.sep}{name}").st_mode):
                _refuse_to_write(f"{path}{os.sep}{name}", "is no regular file")
        for name in folders:
            if name.endswith(_ENDINGS) or os.path.islink(f"{path}{os.sep}{name}"):  # noqa: PTH114
                _refuse_to_write(f"{path}{os.sep}{name}", "is a folder or a link in the place of a file")


def _refuse_to_write(path: str, reason: str) -> NoReturn:
    msg = f"{path} {reason}: nothing is written there; remove it"
    raise RecordError(msg)


def open_regular(path: str | os.PathLike[str]) -> FileIO:
    """A regular file, open for reading; pipes and devices, which may never end, are not opened.

    Raises:
        OSError: if it is missing, or no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # opening a pipe would wait for its writer
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no regular file")
    return open(descriptor, "rb", buffering=0)  # noqa: PTH123 - no path


def read_regular(path: str | os.PathLike[str], at_most: int) -> bytes:
    """The content of a regular file.

    Args:
        path: the file, or a link to it.
        at_most: bytes that it may have.

    Raises:
        OSError: if it is missing, no regular file, or larger.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > at_most:
            raise OSError(0, f"it has {size:,} bytes, more than {at_most:,}")
        return file.read()


def read_json(path: str, absence: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """What a JSON file holds.

    Args:
        path: the file.
        absence: what is said before the reason if it cannot be read.

    Raises:
        RecordError: if it is missing or broken.
    """
    try:
        text = read_regular(path, LARGEST_TEXT).decode()
        return clean(json.loads(text), text)
    except OSError as error:
        msg = f"{absence}: {error.strerror}"
        raise RecordError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{path} is broken: {error}"
        raise RecordError(msg) from error


def format_csv(
    columns: Sequence[str], rows: Iterable[Sequence[object]], row_format: str | None = None
) -> bytes:
    """The text of a table.

    Args:
        columns: their names.
        rows: the cells; None is an empty one.
        row_format: printf's format of a row of numbers, with its line end; by default every digit is kept.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    if row_format is None:
        writer.writerows(rows)
    else:
        cells = [cell for row in rows for cell in row]
        text.write(row_format * (len(cells) // len(columns)) % tuple(cells))
    return text.getvalue().encode()


def read_csv(path: Path, columns: tuple[str, ...], what: str) -> list[dict[str, float | None]]:
    """A table of numbers, a dict a row; None where a cell is empty.

    Args:
        path: the file.
        columns: those that it begins with.
        what: it is, for messages.

    Raises:
        RecordError: if it is missing or broken.
    """
    try:
        text = read_regular(path, LARGEST_TABLE).decode()
        reader = csv.DictReader(io.StringIO(text, newline=""), restval=_CUT_OFF)
        names, rows = reader.fieldnames or [], list(reader)
        if tuple(names)[: len(columns)] != columns:
            msg = f"its columns are {names}, not {list(columns)}"
            raise ValueError(msg)  # noqa: TRY301 - told below with the file's name
        return [{name: float(cell) if cell else None for name, cell in row.items()} for row in rows]
    except (OSError, ValueError, TypeError, csv.Error) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        msg = f"{path} cannot be read as {what}: {reason}"
        raise RecordError(msg) from error
