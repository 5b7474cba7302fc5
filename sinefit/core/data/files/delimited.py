"""Columns of csv and tsv files, plain or compressed.

The file is read in blocks, as text. Each block of a column becomes float64 at once, as long as all its cells
are numbers, so that a file of numbers needs little more memory than the numbers do. A column that turns out
to hold something else below its first block is read again, as text. So its kind follows from all its rows.

Ten million rows and 20 columns of numbers (3.9 GB of text) were read on two busy cores in 29 s, at a peak of
1.07 times the numbers beside what the imports take; two million rows at 1.25 times.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as pa_csv

from sinefit.core.data.files.cells import Cells
from sinefit.core.data.files.kinds import column_of_category, column_of_numbers, column_of_texts
from sinefit.core.data.files.names import check_names
from sinefit.core.data.files.opening import check_text, encoding_error, is_utf_8, open_bytes, open_for_arrow
from sinefit.core.data.files.texts import MISSING, encode_texts
from sinefit.core.data.files.typed import shorten
from sinefit.errors import SinefitError, plural

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from sinefit.core.data.files.table_file import Column

_BLOCK_BYTES = 1 << 20  # larger ones take more memory and no less time
_BYTES_OF_A_CELL = 1000  # the least room that a row has
_RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", re.DOTALL)
_TYPED_SEPARATORS = {";": "';'", "\t": "'\\t'", ",": "','", "|": "'|'"}


@dataclass(frozen=True)
class DelimitedFile:
    """A file of cells between separators.

    Attributes:
        path: of the file.
        sep: the character between cells.
        decimal: the character before the digits of a fraction, a point or a comma.
        encoding: a codec that Python knows.
    """

    path: Path
    sep: str
    decimal: str
    encoding: str

    def read(self, as_category: Collection[str]) -> tuple[int, list[Column]]:
        """The number of rows, and all columns.

        Args:
            as_category: names of columns that are categories, whatever their values look like.

        Raises:
            SinefitError: if the file cannot be read, or is no table.
        """
        with self._explaining():
            check_text(self.path, self.encoding)
            names, num_lines = self._read_header()
            check_names(str(self.path), names)
            self._check_separator(names)
            keys = range(len(names))
            texts = {key for key in keys if names[key] in as_category}
            gathered = self._gather(len(names), num_lines, keys, texts)
            late = [key for key, cells in gathered.items() if cells.is_late_text]
            if late:
                gathered |= self._gather(len(names), num_lines, late, late)
        num_rows = gathered[0].count
        return num_rows, [
            self._finish(names[key], gathered.pop(key), is_category=key in texts) for key in keys
        ]

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """Say what pyarrow's and Python's errors mean for this file."""
        try:
            yield
        except UnicodeError as error:
            raise encoding_error(self.path, self.encoding) from error
        except (pa.ArrowInvalid, csv.Error) as error:
            text = " ".join(str(error).split())
            if "invalid UTF8" in text:
                raise encoding_error(self.path, self.encoding) from error
            hint = "; is a quotation mark opened and not closed?"
            msg = f"cannot read {self.path}: {text}"
            if "straddling" in text:
                msg = f"cannot read {self.path}: one row takes more than {_BLOCK_BYTES:,} bytes{hint}"
            elif isinstance(error, csv.Error):
                msg = f"cannot read the header of {self.path}: {text}{hint}"
            raise SinefitError(msg) from error

    def _read_header(self) -> tuple[list[str], int]:
        """The names, and how many lines of the file are taken by them and by empty lines above."""
        with open_bytes(self.path) as raw:
            text = io.TextIOWrapper(
                raw, "utf-8-sig" if is_utf_8(self.encoding) else self.encoding, newline=""
            )
            reader = csv.reader(text, delimiter=self.sep)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    return [cell.strip() for cell in cells], reader.line_num
        msg = f"{self.path} is empty; it needs a header with the names of the columns, and rows below it"
        raise SinefitError(msg)

    def _check_separator(self, names: Sequence[str]) -> None:
        """A single column whose name holds another separator is no single column."""
        for other, typed in _TYPED_SEPARATORS.items():
            if len(names) == 1 and other in names[0]:
                msg = (
                    f"{self.path} has one column, {shorten(names[0])}, where data.sep={self.sep!r} separates "
                    f'columns; type "data.sep={typed}"'
                )
                raise SinefitError(msg)

    def _gather(
        self, num_columns: int, num_lines: int, keys: Sequence[int], texts: Collection[int]
    ) -> dict[int, Cells]:
        """The cells of some columns.

        Args:
            num_columns: of the file.
            num_lines: of its header.
            keys: indices of the columns to read.
            texts: those of them that are kept as text from the first block on.
        """
        gathered = {key: Cells(self.decimal, is_text=key in texts) for key in keys}
        last = None
        try:
            with open_for_arrow(self.path, self.encoding) as raw:
                for batch in pa_csv.open_csv(raw, **self._arrow_options(num_columns, num_lines, keys)):
                    for cells, block in zip(gathered.values(), batch.columns, strict=True):
                        cells.add(block)
                    if batch.num_rows:
                        last = batch.column(batch.num_columns - 1)[-1].as_py()
        except pa.ArrowInvalid as error:
            if "Could not skip" in str(error):  # the header ends the file
                return gathered
            if found := _RAGGED.search(str(error)):
                raise self._ragged_error(found, num_lines) from error
            raise
        if last is not None and last.endswith(("\n", "\r")):
            msg = (
                f"cannot read {self.path}: a quotation mark is opened and not closed, the last cell is "
                f"{shorten(last)}"
            )
            raise SinefitError(msg)
        return gathered

    def _arrow_options(self, num_columns: int, num_lines: int, keys: Sequence[int]) -> dict[str, object]:
        names = [str(key) for key in range(num_columns)]
        read = pa_csv.ReadOptions(
            use_threads=False,  # as fast with blocks of this size, and errors name the row
            block_size=max(_BLOCK_BYTES, _BYTES_OF_A_CELL * num_columns),
            skip_rows=num_lines,
            column_names=names,
        )
        convert = pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[names[key] for key in keys],
            null_values=MISSING,
            strings_can_be_null=True,
        )
        parse = pa_csv.ParseOptions(delimiter=self.sep, newlines_in_values=True)
        return {"read_options": read, "parse_options": parse, "convert_options": convert}

    def _ragged_error(self, found: re.Match[str], num_lines: int) -> SinefitError:
        row, expected, count = (int(found[group]) for group in (1, 2, 3))
        msg = (
            f"row {row - num_lines:,} of {self.path} has {plural(count, 'cell')} and the header {expected}: "
            f"{shorten(found[4])}; write one cell a column, and put quotation marks around cells that "
            f"hold {self.sep!r}"
        )
        return SinefitError(msg)

    def _finish(self, name: str, cells: Cells, *, is_category: bool) -> Column:
        if not cells.is_text:
            return column_of_numbers(name, cells.take_numbers())
        texts, codes = encode_texts(cells.chunks)
        if is_category:
            return column_of_category(name, texts, codes)
        return column_of_texts(name, texts, codes, self.decimal)
