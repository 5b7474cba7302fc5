"""Files written whole or not at all, and tables of numbers read back; knows no names of files."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import os
from typing import TYPE_CHECKING

from sinefit.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_CUT_OFF = "cut off"
"""Stands in a table where a row has too few cells, and is no number."""


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file under a temporary name beside it, then rename it: readers see all of it or nothing.

    Args:
        path: the file.
        content: all of it.
        durable: whether to wait until the disk has it.

    Raises:
        RecordError: if it cannot be written; the temporary file is removed.
    """
    temporary = f"{path.parent}{os.sep}.{path.name}.{os.getpid()}.tmp"
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
    """Write a whole file, and make its folder if there is none yet."""
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


def remove_leftovers(folder: Path) -> None:
    """Delete what a killed process had begun to write into a run folder, or into a sweep's folders."""
    for path in itertools.chain(folder.glob(".*.tmp"), folder.glob("*/.*.tmp")):
        path.unlink(missing_ok=True)


def format_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The text of a table with these columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def read_csv(path: Path, columns: tuple[str, ...], what: str) -> list[dict[str, float | None]]:
    """A table of numbers that begins with these columns, a dict a row; None where a cell is empty.

    Raises:
        RecordError: if it is missing or broken.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, restval=_CUT_OFF)
            names, rows = reader.fieldnames or [], list(reader)
        if tuple(names)[: len(columns)] != columns:
            msg = f"its columns are {names}, not {list(columns)}"
            raise ValueError(msg)  # noqa: TRY301 - told below with the file's name
        return [{name: float(cell) if cell else None for name, cell in row.items()} for row in rows]
    except (OSError, ValueError, TypeError, csv.Error) as error:
        msg = f"{path} cannot be read as {what}: {error}"
        raise RecordError(msg) from error
