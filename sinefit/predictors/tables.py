"""New rows for a trained network: read, encoded as in training, predicted in blocks."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.core.data.files.reading import read_table
from sinefit.core.data.files.table_file import Column, TableFile
from sinefit.core.data.table.missing import count_missing, missing_error
from sinefit.errors import SinefitError, blaming, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from torch import Tensor

    from sinefit.predictors.trained_table import TrainedTable

    Table = str | os.PathLike[str] | pd.DataFrame | TableFile

BLOCK_ROWS = 2**16
"""Rows that a network sees at once, so that memory is bounded by the table."""
_TEXT_ENDINGS = {".csv", ".tsv"}
_FRAME = "the DataFrame"


def read_rows(
    table: Table,
    trained: Sequence[TrainedTable],
    *,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
) -> TableFile:
    """New rows, read as the training file was; one row is enough.

    Args:
        table: a file, a DataFrame, or what was read of a file.
        trained: what the networks were trained on; empty for a function.
        sep: between cells of a text file; as in training if None, as the next two.
        decimal: before the digits of a fraction.
        encoding: of a text file.

    Raises:
        SinefitError: if the table cannot be read.
    """
    if isinstance(table, TableFile):
        return table
    categories = {name for each in trained for name in each.encoder.categories}
    if not isinstance(table, str | os.PathLike):
        inputs = {column.name for each in trained for column in each.encoder.inputs}
        return _read_frame(table, inputs if trained else None, categories)
    settings = reading_of(table, trained, sep=sep, decimal=decimal, encoding=encoding)
    return read_table(table, as_category=categories, least_rows=1, **settings)


def reading_of(
    path: str | os.PathLike[str],
    trained: Sequence[TrainedTable],
    *,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
) -> dict[str, str]:
    """How a file is read: as was said, else, if it is a text file, as the training file was.

    Args:
        path: of the file.
        trained: what the networks were trained on.
        sep: between cells; None if nothing was said, as for the next two.
        decimal: before the digits of a fraction.
        encoding: of the file.
    """
    is_text = bool(_TEXT_ENDINGS & {suffix.lower() for suffix in Path(path).suffixes})
    usual = trained[0].reading if trained and is_text else {}
    said = {"sep": sep, "decimal": decimal, "encoding": encoding}
    settings = {name: usual.get(name) if value is None else value for name, value in said.items()}
    return {name: value for name, value in settings.items() if value is not None}


def encode_rows(file: TableFile, trained: TrainedTable | None, num_inputs: int) -> NDArray[np.float64]:
    """The inputs (N, I) of new rows.

    Args:
        file: from `read_rows`.
        trained: what the network was trained on; None for a function.
        num_inputs: I.

    Raises:
        SinefitError: if the table has not the columns that the network takes.
    """
    return _read_points(file, num_inputs) if trained is None else trained.encoder.encode(file)


def predict_rows(
    predict: Callable[[NDArray[np.float64]], Tensor], inputs: NDArray[np.float64], num_outputs: int
) -> NDArray[np.float64]:
    """Predictions (N, O) for rows, computed in blocks of BLOCK_ROWS.

    Args:
        predict: outputs (M, O) for inputs (M, I).
        inputs: (N, I).
        num_outputs: O.
    """
    outputs = np.empty((len(inputs), num_outputs))
    for start in range(0, len(inputs), BLOCK_ROWS):
        block = inputs[start : start + BLOCK_ROWS]
        outputs[start : start + len(block)] = predict(block).numpy()
    return outputs


def index_of(table: Table) -> pd.Index[Any] | None:
    """The index that predictions take over: that of a DataFrame."""
    return None if isinstance(table, TableFile | str | os.PathLike) else table.index


def _read_points(file: TableFile, num_inputs: int) -> NDArray[np.float64]:
    """The points (N, I) of a function of I variables.

    Raises:
        SinefitError: if the table has not I columns, or one of them holds something else than numbers.
    """
    names = list(file.columns)
    if len(names) != num_inputs:
        shown = ", ".join(map(repr, names[:10]))
        wanted = plural(num_inputs, "column")
        msg = f"{file.path} must have {wanted}, as the function has variables, got {len(names)}: {shown}"
        raise SinefitError(msg)
    for name, column in file.columns.items():
        if column.kind != "number" or column.problem:
            msg = f"{file.path}: column {name!r} {column.problem or 'holds no numbers'}"
            raise SinefitError(msg)
    if counts := count_missing(file, names):
        raise missing_error(file.path, counts)
    return np.stack([column.values for column in file.columns.values()], axis=1)  # noqa: PD011 - no DataFrame


def _read_frame(frame: pd.DataFrame, inputs: set[str] | None, categories: set[str]) -> TableFile:
    """A DataFrame as what was read of a file: of the columns that no network takes it has the names alone.

    It goes through a file, so that a DataFrame and a file with the same values mean the same.

    Args:
        frame: the rows.
        inputs: names of the columns that are looked at; None for all.
        categories: names of those that are categories.
    """
    if not hasattr(frame, "columns"):
        msg = (
            f"predict takes a file or a DataFrame, got {type(frame).__name__}; call the run itself on numbers"
        )
        raise SinefitError(msg)
    frame = frame.rename(columns=str)
    needed = [name for name in frame.columns if inputs is None or name in inputs]
    if len(set(needed)) < len(needed):
        twice = ", ".join(sorted({repr(name) for name in needed if needed.count(name) > 1}))
        msg = f"{_FRAME} has several columns called {twice}; each name must stand once"
        raise SinefitError(msg)
    if not len(frame):
        msg = f"{_FRAME} has no rows"
        raise SinefitError(msg)
    columns = {name: Column(name, "text", np.empty(0)) for name in frame.columns}
    if needed:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rows.parquet")
            with blaming(f"{_FRAME} cannot be read"):
                frame[needed].reset_index(drop=True).to_parquet(path)
            columns |= read_table(path, as_category=categories, least_rows=1).columns
    return TableFile(_FRAME, len(frame), columns)
