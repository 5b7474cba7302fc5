"""From a file to columns of numbers, booleans and categories; knows no target, no split and no model.

Files of all formats give the same columns for the same values: see `kinds` for what a column is, and `texts`
for which cells are missing. Rows in messages count from 1, without the header and without empty lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.core.data.files.endings import COMPRESSED, OTHERS, SEPARATORS
from sinefit.core.data.files.names import MOST_COLUMNS
from sinefit.core.data.files.table_file import Column, TableFile
from sinefit.errors import Problem, SinefitError, blaming, plural

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

__all__ = ["MOST_COLUMNS", "Column", "TableFile", "read_table"]


def read_table(  # noqa: PLR0913 - the settings of a file
    path: str | os.PathLike[str],
    *,
    sep: str | None = None,
    decimal: str = ".",
    encoding: str = "utf-8",
    as_category: Collection[str] = (),
    least_rows: int = 2,
) -> TableFile:
    r"""All columns of a file.

    Args:
        path: of a csv, tsv (both plain or compressed), parquet, feather or xlsx file; its ending says which.
        sep: one character between the cells of a csv or tsv file, or ``\t``; None is a comma for csv, a tab
            for tsv.
        decimal: the character before the digits of a fraction in a csv or tsv file, a point or a comma.
        encoding: of a csv or tsv file, as Python names it.
        as_category: names of columns that are categories, whatever their values look like: those that an
            `Encoder` learned as such, so that a small file for prediction is read as the training file was.
        least_rows: fewer are an error; 1 for a file for prediction.

    Raises:
        SinefitError: if the file cannot be read or is no table with enough rows, or if `sep`, `decimal` or
            `encoding` cannot be used with it.
    """
    try:
        place = Path(path)
    except TypeError as error:
        msg = f"data.path must be the name of a file, got {path!r}"
        raise SinefitError(msg) from error
    ending = _find_ending(place)
    _check_file(place)
    if ending in SEPARATORS:
        separator = SEPARATORS[ending] if sep is None else str(sep).replace("\\t", "\t")
        _check_settings(separator, decimal, encoding)
        from sinefit.core.data.files.delimited import DelimitedFile  # noqa: PLC0415 - loads pyarrow

        num_rows, columns = DelimitedFile(place, separator, decimal, encoding).read(as_category)
    else:
        _refuse_settings(ending, sep, decimal, encoding)
        num_rows, columns = _read_other(place, ending, as_category)
    return _assemble(str(path), num_rows, columns, least_rows)


def _find_ending(path: Path) -> str:
    """The last ending, or the one before it if the last says how the file is compressed."""
    suffixes = [each.lower() for each in path.suffixes]
    if suffixes and suffixes[-1] in OTHERS:
        return suffixes[-1]
    if len(suffixes) > 1 and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    if suffixes and suffixes[-1] in SEPARATORS:
        return suffixes[-1]
    msg = (
        f"data.path must end in {', '.join([*SEPARATORS, *OTHERS])}, or in .csv or .tsv and one of "
        f"{', '.join(COMPRESSED)}, got {str(path)!r}"
    )
    raise SinefitError(msg)


def _check_file(path: Path) -> None:
    if path.is_file():
        return
    what = "a folder" if path.is_dir() else "no file" if path.exists() else "nothing"
    msg = f"data.path must be a file, got {str(path)!r}: there is {what} at {path.absolute()}"
    raise SinefitError(msg)


def _check_settings(sep: str, decimal: str, encoding: str) -> None:
    """The settings of a text file can be used."""
    found = []
    if len(sep) != 1 or sep in '"\r\n' or not sep.isascii():
        found.append(Problem("data.sep", sep, "one character between cells", "\"';'\""))
    if decimal not in {".", ","}:
        found.append(Problem("data.decimal", decimal, "a point or a comma", "\"','\""))
    elif decimal == sep:
        found.append(Problem("data.decimal", decimal, f"another character than data.sep={sep!r}"))
    try:
        "".encode(encoding)
    except (LookupError, TypeError):
        found.append(Problem("data.encoding", encoding, "an encoding that Python knows", "latin-1"))
    if found:
        raise SinefitError("\n".join(map(str, found)))


def _refuse_settings(ending: str, sep: str | None, decimal: str, encoding: str) -> None:
    """Settings of text files have no effect on other files."""
    settings = (
        *(("data.sep", sep, None), ("data.decimal", decimal, ".")),
        ("data.encoding", encoding, "utf-8"),
    )
    allowed = f"left out, as it has no effect on {ending} files"
    found = [Problem(name, value, allowed) for name, value, default in settings if value != default]
    if found:
        raise SinefitError("\n".join(map(str, found)))


def _read_other(path: Path, ending: str, as_category: Collection[str]) -> tuple[int, list[Column]]:
    with blaming(f"cannot read {path}, which is broken or no {ending} file"):
        if ending == ".xlsx":
            from sinefit.core.data.files.spreadsheet import read_xlsx  # noqa: PLC0415 - loads pyarrow

            return read_xlsx(path, as_category)
        from sinefit.core.data.files import columnar  # noqa: PLC0415 - loads pyarrow

        read = columnar.read_parquet if ending == ".parquet" else columnar.read_feather
        return read(path, as_category)


def _assemble(path: str, num_rows: int, columns: list[Column], least_rows: int) -> TableFile:
    """A file's columns as a table with enough rows."""
    if num_rows == 0:
        msg = f"{path} has a header with {plural(len(columns), 'column')} and no rows below it"
        raise SinefitError(msg)
    if num_rows < least_rows:
        msg = f"{path} has {plural(num_rows, 'row')}, too few to learn from; {least_rows} or more are needed"
        raise SinefitError(msg)
    return TableFile(path, num_rows, {column.name: column for column in columns})
