"""Arrays and DataFrames in memory become a file, which everything else takes: one way for the data."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError
from sinefit.record.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_DIMENSIONS = 2
_NAME_LENGTH = 16


@contextmanager
def saved_rows(x: Any, y: Any, folder: Path) -> Iterator[tuple[Path, str | list[str]]]:
    """Inputs and targets as a parquet file named after its content; gone again if the block fails.

    Args:
        x: inputs (N, I) or (N,), as an array, a tensor, a list or a DataFrame.
        y: targets (N,) or (N, O); or the names of columns of the DataFrame `x`.
        folder: where the file goes; made if it is missing.

    Yields:
        The file, absolute, and its target or targets.

    Raises:
        SinefitError: if they are no table.
    """
    frame, targets = join_rows(x, y)
    buffer = io.BytesIO()
    try:
        frame.to_parquet(buffer, index=False)
    except (ValueError, TypeError, NotImplementedError) as error:  # pyarrow's errors are of these kinds
        reason = next(map(str, error.args), type(error).__name__)
        msg = f"the rows cannot be a table: {reason}; columns hold numbers, truth values or text"
        raise SinefitError(msg) from error
    content = buffer.getvalue()
    path = (folder / f"{hashlib.sha256(content).hexdigest()[:_NAME_LENGTH]}.parquet").absolute()
    is_new = not path.exists()
    if is_new:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    try:
        yield path, targets[0] if len(targets) == 1 else targets
    except SinefitError:
        if is_new:
            path.unlink()
            with suppress(OSError):  # where others are kept
                path.parent.rmdir()
                path.parent.parent.rmdir()
        raise


def join_rows(x: Any, y: Any) -> tuple[pd.DataFrame, list[str]]:
    """Inputs and targets as one table, and the names of the targets.

    Raises:
        SinefitError: if they have different numbers of rows, more than two dimensions, or two columns share
            a name.

    >>> join_rows([[1, 2], [3, 4]], [5, 6])[0].columns.tolist()
    ['x1', 'x2', 'y']
    """
    inputs = _frame_of(x, "x")
    named = _names_in(y)
    if named is not None:
        missing = [name for name in named if name not in inputs.columns]
        if missing or not isinstance(x, pd.DataFrame):
            known = ", ".join(map(repr, inputs.columns)) if isinstance(x, pd.DataFrame) else "no names"
            msg = f"y names columns of x, got {', '.join(map(repr, missing or named))}; x has {known}"
            raise SinefitError(msg)
        return inputs, named
    targets = _frame_of(y, "y")
    if len(inputs) != len(targets):
        msg = f"x and y must have equally many rows, got {len(inputs):,} and {len(targets):,}"
        raise SinefitError(msg)
    joined = pd.concat([inputs.reset_index(drop=True), targets.reset_index(drop=True)], axis="columns")
    twice = joined.columns[joined.columns.duplicated()].tolist()
    if twice:
        msg = f"each column needs a name of its own, got {', '.join(map(repr, twice))} more than once"
        raise SinefitError(msg)
    return joined, list(targets.columns)


def _names_in(y: Any) -> list[str] | None:
    """Names of columns; None if `y` holds values."""
    if isinstance(y, str):
        return [y]
    is_names = isinstance(y, Sequence) and len(y) > 0 and all(isinstance(each, str) for each in y)
    return list(y) if is_names else None


def _frame_of(values: Any, name: str) -> pd.DataFrame:
    """Values as named columns: NAME, or NAME1, NAME2, ... of several; pandas' own names are kept."""
    if isinstance(values, pd.DataFrame):
        return values.set_axis([str(column) for column in values.columns], axis="columns")
    if isinstance(values, pd.Series):
        return values.to_frame(name if values.name is None else str(values.name))
    try:
        array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
    except ValueError as error:
        msg = f"{name} must be an array of one or two dimensions, got rows of different lengths"
        raise SinefitError(msg) from error
    if array.ndim not in {1, _MOST_DIMENSIONS} or array.size == 0:
        msg = f"{name} must be an array of one or two dimensions with rows, got the shape {array.shape}"
        raise SinefitError(msg)
    columns = array.reshape(len(array), -1)
    count = columns.shape[1]
    names = [name] if count == 1 else [f"{name}{number}" for number in range(1, count + 1)]
    return pd.DataFrame({each: columns[:, index] for index, each in enumerate(names)})
