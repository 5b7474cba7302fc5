"""How much memory `read_table` takes beside the numbers themselves."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NUM_ROWS, NUM_COLUMNS = 1_000_000, 20
PROGRAM = """
import resource, sys
import sinefit.core.data.files.columnar, sinefit.core.data.files.delimited
from sinefit.core.data.files.reading import read_table

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
table = read_table(sys.argv[1])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
values = [column.values for column in table.columns.values()]
unit = 1 if sys.platform == "darwin" else 1024
print((peak - before) * unit / sum(each.nbytes for each in values), table.num_rows, len(values))
"""


@pytest.mark.parametrize("ending", ["csv", "parquet", "feather"])
def test_little_more_than_the_numbers(tmp_path: Path, ending: str) -> None:
    """In a fresh process the peak stays below 2.2 times the numbers in float64."""
    path = tmp_path / "a long table.csv"
    header = ",".join(f"x{index}" for index in range(NUM_COLUMNS))
    row = ",".join(["0.5"] * NUM_COLUMNS) + "\n"
    path.write_text(header + "\n" + row * NUM_ROWS)
    if ending != "csv":
        path = convert(path, ending)
    done = subprocess.run([sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, check=True)
    ratio, num_rows, num_columns = map(float, done.stdout.split())
    assert (num_rows, num_columns) == (NUM_ROWS, NUM_COLUMNS)
    assert ratio < 2.2


def convert(path: Path, ending: str) -> Path:
    """The same table in another format."""
    import pyarrow.csv  # noqa: PLC0415 - this process may be a worker of many tests
    import pyarrow.feather  # noqa: PLC0415 - likewise
    import pyarrow.parquet  # noqa: PLC0415 - likewise

    table, other = pyarrow.csv.read_csv(path), path.with_suffix(f".{ending}")
    write = {"parquet": pyarrow.parquet.write_table, "feather": pyarrow.feather.write_feather}[ending]
    write(table, other)
    return other
