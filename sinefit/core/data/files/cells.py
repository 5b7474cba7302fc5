"""The cells of one column of a text file, gathered block by block; knows no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sinefit.core.data.files.texts import clean

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Cells:
    """Numbers, until a block comes that holds something else.

    Args:
        decimal: the character before the digits of a fraction, a point or a comma.
        is_text: whether the cells are kept as text from the first block on.

    Attributes:
        is_text: whether the cells are kept as text.
        is_late_text: whether text came after numbers; then nothing is kept, and the column must be
            read again.
        count: the number of cells so far.
        chunks: the cells, if they are kept as text; each chunk a dictionary, with nulls where missing.
    """

    def __init__(self, decimal: str, *, is_text: bool) -> None:
        self.is_text = is_text
        self.is_late_text = False
        self.chunks: list[pa.Array] = []
        self._decimal = decimal
        self._numbers: NDArray[np.float64] = np.empty(0)
        self.count = 0

    def add(self, block: pa.Array) -> None:
        """Take the cells of the next block, of type string."""
        numbers = None if self.is_text or self.is_late_text else parse_numbers(block, self._decimal)
        if numbers is not None:
            self._append(numbers.to_numpy(zero_copy_only=False))
        elif self.is_text or self.count == 0:
            self.is_text = True
            self.chunks.append(clean(block).dictionary_encode())
        else:
            self.is_late_text = True
            self._numbers = np.empty(0)
        self.count += len(block)

    def take_numbers(self) -> NDArray[np.float64]:
        """The numbers (N,), nan where missing, without the room behind them."""
        self._numbers.resize(self.count, refcheck=False)
        return self._numbers

    def _append(self, numbers: NDArray[np.float64]) -> None:
        end = self.count + len(numbers)
        if end > len(self._numbers):
            self._numbers.resize(end + end // 4, refcheck=False)
        self._numbers[self.count : end] = numbers


def parse_numbers(texts: pa.Array, decimal: str) -> pa.Array | None:
    """Cells as float64, or None if one of them is no number.

    Args:
        texts: (N,), of type string.
        decimal: a point or a comma.
    """
    if decimal == ".":
        numbers = _to_floats(texts)  # first without cleaning, which most files do not need
        return _to_floats(clean(texts)) if numbers is None else numbers
    if pc.any(pc.match_substring(texts, ".")).as_py():
        return None
    return _to_floats(pc.replace_substring(clean(texts), decimal, "."))


def _to_floats(texts: pa.Array) -> pa.Array | None:
    try:
        return pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return None
