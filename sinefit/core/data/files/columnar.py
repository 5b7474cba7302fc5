"""Columns of parquet and feather files, one read after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sinefit.core.data.files.kinds import (
    column_of_category,
    column_of_numbers,
    column_of_texts,
)
from sinefit.core.data.files.names import check_names
from sinefit.core.data.files.table_file import Column, number_text
from sinefit.core.data.files.texts import clean, encode_texts
from sinefit.core.data.files.unusable import column_of_dates, column_of_others

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

# pandas writes its index under this name, where the index itself has none.
_INDEX = re.compile(r"__index_level_\d+__")


def read_parquet(path: Path, as_category: Collection[str]) -> tuple[int, list[Column]]:
    """The number of rows and the columns of a parquet file.

    Args:
        path: of the file.
        as_category: names of columns that are categories, whatever their values look like.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - only these files need it

    with pq.ParquetFile(path) as file:
        return _read_columns(
            path, file.schema_arrow, as_category, lambda name: file.read(columns=[name]).column(name)
        )


def read_feather(path: Path, as_category: Collection[str]) -> tuple[int, list[Column]]:
    """The number of rows and the columns of a feather file.

    Args:
        path: of the file.
        as_category: names of columns that are categories, whatever their values look like.
    """
    with pa.OSFile(str(path)) as source:  # pages of a memory map would count as memory
        schema = pa.ipc.open_file(source).schema

        def read(name: str) -> pa.ChunkedArray:
            options = pa.ipc.IpcReadOptions(included_fields=[schema.get_field_index(name)])
            return pa.ipc.open_file(source, options=options).read_all().column(0)

        return _read_columns(path, schema, as_category, read)


def _read_columns(
    path: Path, schema: pa.Schema, as_category: Collection[str], read: Callable[[str], pa.ChunkedArray]
) -> tuple[int, list[Column]]:
    """The number of rows and all columns; only one at a time stands in memory twice."""
    names = [name for name in schema.names if not _INDEX.fullmatch(name)]
    shown = [name.strip() for name in names]
    check_names(str(path), shown)
    num_rows, columns = 0, []
    for name, stripped in zip(names, shown, strict=True):
        values = read(name)
        num_rows = len(values)
        columns.append(_convert(stripped, values, is_category=stripped in as_category))
        del values
        pa.default_memory_pool().release_unused()
    return num_rows, columns


def _convert(name: str, values: pa.ChunkedArray, *, is_category: bool) -> Column:
    """A column of its kind.

    Args:
        name: of the column.
        values: (N,), of any type.
        is_category: whether it is a category, whatever its values look like.
    """
    if pa.types.is_dictionary(values.type):  # whoever wrote the file called it a category
        is_category = True
        values = pa.chunked_array(
            [each.dictionary_decode() for each in values.chunks], values.type.value_type
        )
    kind = values.type
    if pa.types.is_null(kind):
        return column_of_numbers(name, np.full(len(values), np.nan))
    if pa.types.is_temporal(kind):
        return _convert_dates(name, values)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        texts, codes = encode_texts([clean(each.cast(pa.string())) for each in values.chunks])
        return (column_of_category if is_category else column_of_texts)(name, texts, codes)
    if not _is_number_or_boolean(kind):
        return column_of_others(name, str(kind))
    if is_category:
        texts, codes = encode_texts([_texts_of(each) for each in values.chunks])
        return column_of_category(name, texts, codes)
    numbers = _floats_of(values)
    return Column(name, "boolean", numbers) if pa.types.is_boolean(kind) else column_of_numbers(name, numbers)


def _convert_dates(name: str, values: pa.ChunkedArray) -> Column:
    valid = pc.is_valid(values)
    if not pc.any(valid).as_py():
        return column_of_numbers(name, np.full(len(values), np.nan))
    row = pc.index(valid, True).as_py()
    return column_of_dates(name, str(values[row].as_py()), row)


def _is_number_or_boolean(kind: pa.DataType) -> bool:
    tests = pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal
    return any(test(kind) for test in tests)


def _floats_of(values: pa.ChunkedArray) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Numbers or booleans (N,) as float64, nan where missing."""
    floats = np.empty(len(values))
    end = 0
    for chunk in values.chunks:
        start, end = end, end + len(chunk)
        plain = chunk.cast(pa.uint8()) if pa.types.is_boolean(chunk.type) else chunk
        floats[start:end] = plain.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return floats


def _texts_of(values: pa.Array) -> pa.Array:
    """Numbers or booleans as text."""
    if pa.types.is_boolean(values.type) or pa.types.is_integer(values.type):
        return values.cast(pa.string())
    floats = values.cast(pa.float64(), safe=False).to_pylist()
    return pa.array([None if x is None or np.isnan(x) else number_text(x) for x in floats], pa.string())
