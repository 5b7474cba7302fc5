"""A command's table to the terminal, to standard output or to a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sinefit.cli.options import Format
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    import pandas as pd


def write_table(rows: pd.DataFrame, columns: list[str] | None, kind: Format, output: Path | None) -> None:
    """Write a table to a file or to standard output.

    Args:
        rows: the table.
        columns: these and no others; None: what the format shows by itself.
        kind: the format; of a file that would be the terminal's, its ending chooses.
        output: the file; standard output if None.
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
        print_table(rows, Console())
    else:
        print_all(rows, columns, Console())


def _format_of(output: Path) -> Format:
    endings = {".csv": Format.CSV, ".md": Format.MARKDOWN, ".json": Format.JSON, ".tex": Format.LATEX}
    if output.suffix.lower() not in endings:
        msg = f"--output {output}: the ending must be one of {', '.join(endings)}; or say --format csv"
        raise SinefitError(msg)
    return endings[output.suffix.lower()]


def write_file(output: Path, content: bytes) -> None:
    """Write all of a file or nothing, and say where.

    Args:
        output: the file.
        content: all of it.
    """
    from sinefit.record.files import write_atomically  # noqa: PLC0415 - only where a file is written

    write_atomically(output, content)
    Console(stderr=True).print(Text(f"written to {output}"), soft_wrap=True)
