"""What a column holds: numbers, booleans, categories, or something that cannot be used; knows no file format.

The kind of a column follows from its different values and how often each occurs, never from the order of
the rows or from the format of the file. Missing values do not count. In this order:

1. All values are numbers: ``number``. A column without any value is one too.
2. All are ``true`` or ``false``, in any of the usual spellings: ``boolean``.
3. At least half look like dates or times: ``date``.
4. At least half are numbers or look like numbers with separators or units, and at least half of those that
   are no numbers look so: ``text``, and the problem says how to make numbers of them.
5. At least half are numbers: ``mixed``.
6. At most `MOST_LEVELS` different values, each occurring twice on average: ``category``.
7. Otherwise ``text``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sinefit.core.data.files.table_file import Column
from sinefit.core.data.files.unusable import (
    COMMA,
    POINTS_AND_COMMA,
    column_of_dates,
    column_of_free_text,
    column_of_mixed,
    column_of_spelled_numbers,
    describe_infinite,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_LEVELS = 100

_TRUTHS = {"true": 1.0, "True": 1.0, "TRUE": 1.0, "false": 0.0, "False": 0.0, "FALSE": 0.0}
_DATE = (
    r"^(\d{4}-\d{1,2}(-\d{1,2})?([T ]\d{1,2}:\d{2}.*)?"  # 2024-01-05, 2024-01, 2024-01-05T12:30:00Z
    r"|\d{4}/\d{1,2}/\d{1,2}( .*)?"  # 2024/01/05
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{4}( .*)?"  # 05.01.2024, 1/5/2024
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)$"  # 12:30:00
)
_NUMBER = r"(?i)^[+-]?((\d+{0}?\d*|{0}\d+)(e[+-]?\d+)?|inf|infinity|nan)$"
_SEPARATED = r"^[+-]?\d{1,3}([,. '_]\d{3})+([.,]\d+)?$"  # 1,234.5
_CURRENCY = r"^[+-]?[$€£¥] ?[+-]?[\d.,]*\d$"  # $12.50
_UNIT = (
    r"^[+-]?\d[\d.,]*( ?[%‰°€$£¥µ]\S*| [^\d\s]\S*"  # 12%, 12 kg
    r"|(kg|mg|g|mm|cm|km|m|ms|ns|s|min|h|ml|l|kW|W|kV|V|Hz|K|Pa|kPa))$"  # 12kg, but not 1st, 4WD
)
_SPELLED = COMMA, POINTS_AND_COMMA, _SEPARATED, _CURRENCY, _UNIT


def column_of_numbers(name: str, values: NDArray[np.float64]) -> Column:
    """A column of numbers; infinite ones are its problem.

    Args:
        name: of the column.
        values: (N,), nan where missing.
    """
    infinite = np.isinf(values)
    row = int(infinite.argmax()) if infinite.size else 0
    problem = describe_infinite(name, values[row], row) if infinite.any() else ""
    return Column(name, "number", values, problem=problem)


def column_of_texts(name: str, texts: pa.Array, codes: NDArray[np.int32], decimal: str = ".") -> Column:
    """A column of text, of the kind that its values have.

    Args:
        name: of the column.
        texts: (L,), the different values, without blanks around them.
        codes: (N,), indices into `texts`, -1 where missing.
        decimal: the character before the digits of a fraction, a point or a comma.
    """
    is_number = _matches(texts, _NUMBER.replace("{0}", f"[{decimal}]"))
    if is_number.all():
        points = texts if decimal == "." else pc.replace_substring(texts, decimal, ".")
        return column_of_numbers(name, _pick(pc.cast(points, pa.float64()).to_pylist(), codes))
    # Only few are looked at: a text column may have millions of different values.
    truths = [_TRUTHS.get(text) for text in texts[: len(_TRUTHS) + 1].to_pylist()]
    if None not in truths:
        return Column(name, "boolean", _pick(truths, codes))
    return _column_of_words(name, texts, codes, is_number, decimal)


def _column_of_words(
    name: str, texts: pa.Array, codes: NDArray[np.int32], is_number: NDArray[np.bool_], decimal: str
) -> Column:
    """A column that holds neither numbers only nor truth values only; arguments as above.

    Args:
        name: of the column.
        texts: (L,), at least one.
        codes: (N,).
        is_number: (L,), which of the texts are numbers.
        decimal: a point or a comma.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    total, num_numbers = int(counts.sum()), int(counts[is_number].sum())
    is_date = _matches(texts, _DATE)
    is_spelled = ~is_number & np.logical_or.reduce([_matches(texts, each) for each in _SPELLED])
    num_spelled = int(counts[is_spelled].sum())
    if counts[is_date].sum() * 2 >= total:
        return column_of_dates(name, *_first(texts, codes, is_date))
    if (num_numbers + num_spelled) * 2 >= total and num_spelled * 2 >= total - num_numbers:
        return column_of_spelled_numbers(name, *_first(texts, codes, is_spelled), decimal)
    if num_numbers * 2 >= total:
        return column_of_mixed(name, *_first(texts, codes, ~is_number), total - num_numbers)
    if len(texts) <= MOST_LEVELS and len(texts) * 2 <= total:
        return column_of_category(name, texts, codes)
    found = (
        f"it has {len(texts):,} different values in {total:,} rows, and a category at most {MOST_LEVELS}, "
        "each in two rows on average"
    )
    return column_of_free_text(name, *_first(texts, codes, counts > 0), found)


def column_of_category(name: str, texts: pa.Array, codes: NDArray[np.int32]) -> Column:
    """A category, whatever its values look like.

    Args:
        name: of the column.
        texts: (L,), the different values.
        codes: (N,), indices into `texts`, -1 where missing.
    """
    levels = texts.to_pylist()
    order = sorted(range(len(levels)), key=levels.__getitem__)
    place = np.full(len(levels) + 1, -1, dtype=np.int32)  # the last one is that of missing values
    place[order] = np.arange(len(levels), dtype=np.int32)
    return Column(name, "category", place[codes], tuple(levels[index] for index in order))


def _matches(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    found = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return np.asarray(found, dtype=np.bool_)


def _pick(values: Sequence[float | None], codes: NDArray[np.int32]) -> NDArray[np.float64]:
    """The value of each code, nan for -1."""
    return np.array([*values, np.nan], dtype=np.float64)[codes]


def _first(texts: pa.Array, codes: NDArray[np.int32], which: NDArray[np.bool_]) -> tuple[str, int]:
    """The first value that is one of `which` texts, and its index."""
    row = int(np.append(which, False)[codes].argmax())
    return texts[int(codes[row])].as_py(), row
