"""One input as it was learned from training rows, and its numbers in any table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sinefit.core.data.files.table_file import number_text
from sinefit.core.data.files.typed import shorten
from sinefit.errors import RecordError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sinefit.core.data.files.table_file import Column

_MISSING = -1
_UNKNOWN = -2
_KINDS = {"number": "numbers", "boolean": "truth values", "category": "categories"}


@dataclass(frozen=True)
class InputColumn:
    """A column that a model takes.

    Attributes:
        name: as in the training file.
        kind: what its values are.
        levels: of a category: those of the training rows, sorted.
        fill: what a missing value becomes, a number or a level; None if it is an error.
    """

    name: str
    kind: Literal["number", "boolean", "category"]
    levels: tuple[str, ...]
    fill: float | str | None

    @property
    def encoded_names(self) -> tuple[str, ...]:
        """Of its encoded columns: the name itself, or ``name=level`` of each level."""
        if self.kind == "category":
            return tuple(f"{self.name}={level}" for level in self.levels)
        return (self.name,)

    def describe_difference(self, column: Column) -> str:
        """Why a table's column of this name cannot be encoded; empty if it can.

        Args:
            column: of any table.
        """
        learned = f"column {self.name!r} held {_KINDS[self.kind]} in training"
        if column.problem:
            return f"{learned}; here it {column.problem}"
        if self.kind in {column.kind, "category"} or _is_empty(column):
            return ""
        example = f", such as {shorten(column.levels[0])}" if column.levels else ""
        return f"{learned}; here it holds {_KINDS[column.kind]}{example}"

    def encode(self, column: Column, rows: NDArray[np.intp] | None, out: NDArray[np.float64]) -> str:
        """Write the numbers of a column's rows.

        Args:
            column: of any table, without a difference that `describe_difference` names.
            rows: indices (M,); all rows if None.
            out: (M, C), as many columns as there are encoded names; is overwritten.

        Returns:
            what the first unknown level is and where, or an empty text if there is none. Such a row has the
            indicator 0 for all levels.
        """
        if self.kind == "category":
            return self._encode_levels(column, rows, out)
        values = column.values if rows is None else column.values[rows]
        if column.kind == "category":  # without any value
            values = np.full(len(values), np.nan)
        out[:, 0] = values if self.fill is None else np.where(np.isnan(values), self.fill, values)
        return ""

    def _encode_levels(self, column: Column, rows: NDArray[np.intp] | None, out: NDArray[np.float64]) -> str:
        """As `encode`, for a category."""
        levels, codes = _find_levels(column, self.levels)
        codes = codes if rows is None else codes[rows]
        places = {level: index for index, level in enumerate(self.levels)}
        fill = _MISSING if self.fill is None else places[str(self.fill)]
        found = np.array([*(places.get(level, _UNKNOWN) for level in levels), fill])[codes]
        known = np.flatnonzero(found >= 0)
        out[:] = 0
        out[known, found[known]] = 1
        unknown = np.flatnonzero(found == _UNKNOWN)
        if not unknown.size:
            return ""
        first = int(unknown[0])
        row = first if rows is None else int(rows[first])
        return (
            f"column {self.name!r} has {shorten(levels[codes[first]])} in row {row + 1:,}, a level that no "
            f"training row has; known are {_list_levels(self.levels)}"
        )

    def to_plain(self) -> dict[str, Any]:
        """JSON values that `from_plain` takes."""
        return {"name": self.name, "kind": self.kind, "levels": list(self.levels), "fill": self.fill}

    @staticmethod
    def from_plain(plain: object) -> InputColumn:
        """The column that `to_plain` gave as JSON values.

        Args:
            plain: as read from a file; nothing is taken on trust.

        Raises:
            RecordError: if these are no values of an input column.
        """
        if not isinstance(plain, dict) or set(plain) != {"name", "kind", "levels", "fill"}:
            msg = f"an input column must have name, kind, levels and fill, got {plain!r}"
            raise RecordError(msg)
        name, kind, levels, fill = (plain[key] for key in ("name", "kind", "levels", "fill"))
        is_texts = isinstance(levels, list) and all(isinstance(level, str) for level in levels)
        is_finite = isinstance(fill, int | float) and not isinstance(fill, bool) and math.isfinite(fill)
        holds = {
            "name": isinstance(name, str),
            "kind": kind in ("number", "boolean", "category"),
            "levels": is_texts and len(set(levels)) == len(levels) and bool(levels) == (kind == "category"),
            "fill": fill is None or (fill in levels if kind == "category" and is_texts else is_finite),
        }
        if wrong := [key for key, is_right in holds.items() if not is_right]:
            msg = f"an input column has a {wrong[0]} that it cannot have, got {plain!r}"
            raise RecordError(msg)
        return InputColumn(name, kind, tuple(levels), fill)


def _is_empty(column: Column) -> bool:
    """Whether all values are missing, so that their kind cannot be known."""
    return bool((column.values < 0).all() if column.kind == "category" else np.isnan(column.values).all())


def _find_levels(column: Column, known: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """A column's values as levels (L,), and as indices into them (N,), -1 where missing.

    Args:
        column: of a kind that can be used.
        known: the levels that truth values may stand for, in one of their spellings.
    """
    if column.kind == "category":
        return column.levels, column.values
    values, codes = np.unique(column.values, return_inverse=True)  # nan once, at the end
    is_known = ~np.isnan(values)
    if column.kind == "number":
        levels = tuple(number_text(value) for value in values[is_known])
    else:
        levels = tuple(_spell(bool(value), known) for value in values[is_known])
    return levels, np.append(np.arange(is_known.sum()), _MISSING)[codes].astype(np.int32)


def _spell(truth: bool, known: tuple[str, ...]) -> str:  # noqa: FBT001 - the value itself
    """A truth value as one of the known levels, if one of them stands for it."""
    return next((level for level in known if level.lower() == str(truth).lower()), str(truth))


def _list_levels(levels: tuple[str, ...], most: int = 10) -> str:
    shown = ", ".join(map(shorten, levels[:most]))
    return f"{shown} and {len(levels) - most:,} more" if len(levels) > most else shown
