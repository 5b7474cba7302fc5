"""Which files can be read, by the endings of their names."""

from __future__ import annotations

SEPARATORS = {".csv": ",", ".tsv": "\t"}
"""Of text, and what stands between its cells unless a setting says otherwise."""
COMPRESSED = (".gz", ".bz2", ".xz", ".zip", ".zst")
"""That may follow one of text."""
OTHERS = (".parquet", ".feather", ".xlsx")
