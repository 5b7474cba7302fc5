"""The report of runs as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.api.picture import check_file
from sinefit.record.files import write_atomically
from sinefit.results.report import render_report

if TYPE_CHECKING:
    import os

    import pandas as pd


def write_report(table: pd.DataFrame, output: str | os.PathLike[str], metric: str | None) -> Path:
    """Write one page with everything that is known of runs; it needs no network.

    Args:
        table: from `sinefit.collect`.
        output: FILE.html.
        metric: what runs are judged by; their objective if None.

    Returns:
        The file.

    Raises:
        SinefitError: if it cannot be written, or there is no such metric.
    """
    file = Path(output)
    check_file(file, (".html", ".htm"))
    write_atomically(file, render_report(table, None, metric).encode())
    return file
