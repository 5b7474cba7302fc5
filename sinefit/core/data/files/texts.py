"""Cells of text: which of them are missing, and their different values; knows no file format.

Blanks around a cell do not count. Missing are the cells that `pandas.read_csv` takes for missing by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html, na_values
MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
)
_MISSING = pa.array(MISSING)


def clean(texts: pa.Array) -> pa.Array:
    """The same cells without blanks around them, missing ones as nulls.

    Args:
        texts: (N,), of type string.
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(trimmed, _MISSING), pa.scalar(None, pa.string()), trimmed)


def encode_texts(chunks: Sequence[pa.Array]) -> tuple[pa.Array, NDArray[np.int32]]:
    """The different values (L,) of clean cells, and for each of the N cells the index of its value.

    Args:
        chunks: N cells in all, of type string or already dictionaries of it; nulls get the index -1.
    """
    kind = pa.dictionary(pa.int32(), pa.string())
    encoded = [each if pa.types.is_dictionary(each.type) else each.dictionary_encode() for each in chunks]
    unified = pa.chunked_array([each.cast(kind) for each in encoded], kind).unify_dictionaries()
    if not unified.num_chunks:
        return pa.array([], pa.string()), np.empty(0, np.int32)
    codes = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in unified.chunks]
    # Each chunk has the dictionary of those before it and more: the last one is that of all.
    return unified.chunk(unified.num_chunks - 1).dictionary, np.concatenate(codes).astype(
        np.int32, copy=False
    )
