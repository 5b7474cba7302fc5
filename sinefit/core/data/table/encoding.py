"""From columns to the numbers that a network takes; learned from training rows alone.

Numbers and truth values stay as they are; each level of a category becomes an indicator, 1 where a row has
this level and 0 elsewhere. These are the numbers of scikit-learn's `OneHotEncoder` and `SimpleImputer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sinefit.core.data.table.input_column import InputColumn
from sinefit.core.data.table.missing import count_missing, find_complete_rows, is_missing, missing_error
from sinefit.errors import RecordError, SinefitError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sinefit.core.data.files.table_file import Column, TableFile

__all__ = [
    "Encoder",
    "InputColumn",
    "count_missing",
    "encode_targets",
    "find_complete_rows",
    "learn_encoder",
]

Missing = Literal["error", "mean", "median"]
Unknown = Literal["error", "other"]


@dataclass(frozen=True)
class Encoder:
    """What was learned of the inputs; J columns of a table become I columns of numbers.

    Attributes:
        inputs: the J columns that take part, in order.
        constant: names of columns that do not vary over the training rows and take no part.
        unknown: what becomes of a level that no training row has: an ``error``, or the level ``other``,
            which has the indicator 0 for all known levels.
    """

    inputs: tuple[InputColumn, ...]
    constant: tuple[str, ...]
    unknown: Unknown

    @property
    def names(self) -> tuple[str, ...]:
        """Of the I encoded columns, such as ``age`` and ``color=red``."""
        return tuple(name for column in self.inputs for name in column.encoded_names)

    @property
    def is_number(self) -> tuple[bool, ...]:
        """Of each of the I encoded columns: whether it holds numbers, rather than only 0 and 1."""
        return tuple(column.kind == "number" for column in self.inputs for _ in column.encoded_names)

    @property
    def categories(self) -> tuple[str, ...]:
        """The names of the categories: what `read_table` takes as `as_category` for prediction."""
        return tuple(column.name for column in self.inputs if column.kind == "category")

    def encode(self, file: TableFile, rows: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
        """The inputs (M, I) of a table's rows.

        Args:
            file: the table; its other columns are not looked at.
            rows: indices (M,); all rows if None.

        Raises:
            SinefitError: if columns are absent or of another kind, if values are missing that nothing was
                learned for, or if a level is unknown and `unknown` is ``error``; each with all columns.
        """
        self._check_columns(file)
        self._check_missing(file, rows)
        encoded = np.empty((file.num_rows if rows is None else len(rows), len(self.names)))
        problems, start = [], 0
        for column in self.inputs:
            end = start + len(column.encoded_names)
            found = column.encode(file.columns[column.name], rows, encoded[:, start:end])
            if found and self.unknown == "error":
                problems.append(f"{file.path}: {found}")
            start = end
        if problems:
            advice = (
                "with data.unknown=other in training, such a level would be taken for none of the known ones"
            )
            raise SinefitError("\n".join([*problems, advice]))
        return encoded

    def _check_columns(self, file: TableFile) -> None:
        if absent := [column.name for column in self.inputs if column.name not in file.columns]:
            msg = (
                f"{file.path} lacks {len(absent)} of the {len(self.inputs)} columns that the model takes: "
                f"{', '.join(map(repr, absent))}; it has {', '.join(map(repr, list(file.columns)[:10]))}"
            )
            raise SinefitError(msg)
        found = [column.describe_difference(file.columns[column.name]) for column in self.inputs]
        if any(found):
            raise SinefitError("\n".join(f"{file.path}: {each}" for each in found if each))

    def _check_missing(self, file: TableFile, rows: NDArray[np.intp] | None) -> None:
        counts = count_missing(file, [each.name for each in self.inputs if each.fill is None], rows)
        if counts:
            raise missing_error(file.path, counts)

    def to_plain(self) -> dict[str, Any]:
        """JSON values that `from_plain` takes."""
        return {
            "inputs": [column.to_plain() for column in self.inputs],
            "constant": list(self.constant),
            "unknown": self.unknown,
        }

    @staticmethod
    def from_plain(plain: Mapping[str, Any]) -> Encoder:
        """The encoder that `to_plain` gave as JSON values.

        Args:
            plain: as read from a file; nothing is taken on trust.

        Raises:
            RecordError: if these are no values of an encoder.
        """
        if not isinstance(plain, dict) or set(plain) != {"inputs", "constant", "unknown"}:
            msg = f"an encoder must have inputs, constant and unknown, got {plain!r}"
            raise RecordError(msg)
        inputs, constant, unknown = plain["inputs"], plain["constant"], plain["unknown"]
        if unknown not in ("error", "other"):
            msg = f"an encoder's unknown must be error or other, got {unknown!r}"
            raise RecordError(msg)
        if not isinstance(constant, list) or not all(isinstance(name, str) for name in constant):
            msg = f"an encoder's constant must be a list of names, got {constant!r}"
            raise RecordError(msg)
        if not isinstance(inputs, list):
            msg = f"an encoder's inputs must be a list, got {inputs!r}"
            raise RecordError(msg)
        return Encoder(tuple(map(InputColumn.from_plain, inputs)), tuple(constant), unknown)


def learn_encoder(
    file: TableFile,
    inputs: Sequence[str],
    training_rows: NDArray[np.intp],
    *,
    missing: Missing,
    unknown: Unknown,
) -> Encoder:
    """Learn how a table's columns become numbers.

    Args:
        file: the table.
        inputs: names of columns of numbers, truth values or categories.
        training_rows: indices (M,), M 1 or more; no other row is looked at.
        missing: what becomes of missing values: an ``error``, or the ``mean`` or ``median`` of a number's
            training values; a category and a truth value get the most frequent one.
        unknown: what becomes of levels that no training row has, ``error`` or ``other``.

    Raises:
        SinefitError: if training rows miss values and `missing` is ``error``.
    """
    if missing == "error" and (counts := count_missing(file, inputs, training_rows)):
        raise missing_error(file.path, counts)
    learned = {name: _learn(file.columns[name], training_rows, missing) for name in inputs}
    varying = tuple(column for column in learned.values() if column is not None)
    constant = tuple(name for name, column in learned.items() if column is None)
    return Encoder(varying, constant, unknown)


def _learn(column: Column, rows: NDArray[np.intp], missing: Missing) -> InputColumn | None:
    """What the training rows say of a column, or None if it does not vary over them."""
    known = column.values[rows][~is_missing(column, rows)]
    if not known.size or known.min() == known.max():
        return None
    if column.kind == "number":
        fill = np.mean(known) if missing == "mean" else np.median(known)
        return InputColumn(column.name, "number", (), None if missing == "error" else float(fill))
    values, counts = np.unique(known, return_counts=True)
    most_frequent = values[counts.argmax()]  # the first of equals, as SimpleImputer takes
    if column.kind == "boolean":
        return InputColumn(column.name, "boolean", (), None if missing == "error" else float(most_frequent))
    levels = tuple(column.levels[code] for code in values)
    fill_level = None if missing == "error" else column.levels[most_frequent]
    return InputColumn(column.name, "category", levels, fill_level)


def encode_targets(
    file: TableFile, names: Sequence[str], rows: NDArray[np.intp] | None = None
) -> NDArray[np.float64]:
    """The targets (M, O) of a table's rows.

    Args:
        file: the table.
        names: of O columns of numbers.
        rows: indices (M,); all rows if None.

    Raises:
        SinefitError: if a target is absent, is no column of finite numbers, or misses values.
    """
    for name in names:
        column = file.columns.get(name)
        if column is None or column.kind != "number" or column.problem:
            what = (
                "is absent" if column is None else column.problem or f"holds values of the kind {column.kind}"
            )
            msg = f"{file.path}: the target {name!r} must be a column of finite numbers, but it {what}"
            raise SinefitError(msg)
    if counts := count_missing(file, names, rows):
        advice = "a target cannot be filled: leave such rows out with data.missing=drop"
        raise missing_error(file.path, counts, advice)
    targets = np.empty((file.num_rows if rows is None else len(rows), len(names)))
    for index, name in enumerate(names):
        values = file.columns[name].values
        targets[:, index] = values if rows is None else values[rows]
    return targets
