"""The rows of a file with predictions beside them, as a file again; cells of text stay as they were typed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sinefit.core.data.files.endings import SEPARATORS
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Mapping


def format_beside(path: str, reading: Mapping[str, str], predicted: pd.DataFrame, ending: str) -> bytes:
    """The content of a file with all columns of another one, and new ones behind them.

    Args:
        path: the other file, which could be read as a table.
        reading: ``sep``, ``decimal`` and ``encoding`` of it, where they are not the usual ones.
        predicted: the new columns (N, C).
        ending: ``.csv``, ``.tsv`` or ``.parquet``; a file of the other's kind has its separators.

    Raises:
        SinefitError: if the file has a column of such a name already.
    """
    suffixes = {suffix.lower() for suffix in Path(path).suffixes}
    kind = next((each for each in SEPARATORS if each in suffixes), "")
    rows = _read(path, kind, reading, as_typed=ending in SEPARATORS)
    taken = [name for name in predicted if name in {str(column).strip() for column in rows}]
    if taken:
        msg = f"{path} has a column {taken[0]!r} already; rename it, or take it out"
        raise SinefitError(msg)
    if len(rows) != len(predicted):
        msg = f"{path} has {len(predicted)} rows, and {len(rows)} when it is read again to be written"
        raise SinefitError(msg)
    joined = pd.concat([rows, predicted.set_axis(rows.index)], axis=1)
    if ending == ".parquet":
        buffer = io.BytesIO()
        joined.rename(columns=str).to_parquet(buffer, index=False)
        return buffer.getvalue()
    sep, decimal = SEPARATORS[ending], "."
    if kind == ending:
        sep, decimal = _separator(kind, reading), reading.get("decimal", ".")
    return joined.to_csv(index=False, sep=sep, decimal=decimal, lineterminator="\n").encode()


def _read(path: str, kind: str, reading: Mapping[str, str], *, as_typed: bool) -> pd.DataFrame:
    """All columns of a file.

    Args:
        path: of the file.
        kind: its ending if it is a text file, else empty.
        reading: its settings.
        as_typed: whether cells of a text file are text, whatever they hold.
    """
    if kind:
        encoding = reading.get("encoding", "utf-8")
        encoding = "utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding
        sep = _separator(kind, reading)
        if as_typed:
            return pd.read_csv(path, sep=sep, encoding=encoding, dtype=str, na_filter=False)
        return pd.read_csv(path, sep=sep, encoding=encoding, decimal=reading.get("decimal", "."))
    ending = Path(path).suffix.lower()
    if ending == ".xlsx":
        return pd.read_excel(path)
    return pd.read_feather(path) if ending == ".feather" else pd.read_parquet(path)


def _separator(kind: str, reading: Mapping[str, str]) -> str:
    return reading.get("sep", SEPARATORS[kind]).replace("\\t", "\t")
