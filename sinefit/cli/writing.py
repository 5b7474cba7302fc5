"""A command's table to the terminal, to standard output or to a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sinefit.cli.options import Format
from sinefit.errors import SinefitError
from sinefit.results.sentences import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def write_table(
    rows: pd.DataFrame,
    columns: list[str] | None,
    kind: Format,
    output: Path | None,
    sorted_by: str | None = None,
) -> None:
    """Write a table to a file or to standard output.

    Args:
        rows: the table.
        columns: these and no others; None: what the format shows by itself.
        kind: the format; of a file that would be the terminal's, its ending chooses.
        output: the file; standard output if None.
        sorted_by: a column that always has room on the terminal.
    """
    from sinefit.results.display import print_all, print_table  # noqa: PLC0415 - help answers without pandas
    from sinefit.results.formats import format_table  # noqa: PLC0415

    if output is not None and kind is Format.TERMINAL:
        kind = _format_of(output)
    if kind is not Format.TERMINAL:
        text = format_table(rows, kind, columns)
        if output is None:
            sys.stdout.write(text)
        else:
            write_file(output, text.encode())
    elif columns is None:
        print_table(rows, Console(), sorted_by)
    else:
        print_all(rows, columns, Console())


def _format_of(output: Path) -> Format:
    endings = {".csv": Format.CSV, ".md": Format.MARKDOWN, ".json": Format.JSON, ".tex": Format.LATEX}
    if output.suffix.lower() not in endings:
        msg = f"--output {output}: the ending must be one of {', '.join(endings)}; or say --format csv"
        raise SinefitError(msg)
    return endings[output.suffix.lower()]


def check_output(output: Path, endings: Sequence[str]) -> None:
    """Refuse a file that cannot be written, before anything is read for it.

    Args:
        output: as typed.
        endings: that it may have.

    Raises:
        SinefitError: if it has another ending or lies in no folder.
    """
    if output.suffix.lower() not in endings:
        allowed = f"the ending must be one of {', '.join(endings)}"
        msg = f"--output {output}: {allowed}; type for example --output {output.stem or 'file'}{endings[0]}"
        raise SinefitError(msg)
    if output.is_dir():
        msg = f"--output {output} is a folder; type for example --output {output / f'file{endings[0]}'}"
        raise SinefitError(msg)
    if not output.parent.is_dir():
        msg = f"--output {output}: there is no folder {output.parent}; make it first, or name another file"
        raise SinefitError(msg)


def write_file(output: Path, content: bytes) -> None:
    """Write all of a file or nothing, and say where.

    Args:
        output: the file.
        content: all of it.
    """
    from sinefit.record.files import write_atomically  # noqa: PLC0415 - only where a file is written

    check_output(output, [output.suffix.lower()])
    write_atomically(output, content)
    say(f"written to {output}", Console(stderr=True))
