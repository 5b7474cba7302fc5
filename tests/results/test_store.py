"""The stored table: its types, when it is used, and when it is not."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import sinefit
import sinefit.results.rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def sweep(folder: Path, sweep_folder: Callable[..., Path], run_folder: Callable[..., Path]) -> Path:
    """A sweep with all types of columns, and its table stored."""
    path = sweep_folder(
        folder / "s",
        ["+whole=1", "+number=0.5", "+flag=true", "+name=a", "+mixed=1", "+some=3", "+empty=null"],
        ["+whole=2", "+number=1", "+flag=false", "+name='b,\"c\"'", "+mixed=auto", "+empty=null"],
    )
    run_folder(path / "2", "+whole=3", finished=False)
    sinefit.collect("s")
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The run folders that are read from now on."""
    seen: list[str] = []
    original = sinefit.results.rows.read_row

    def read_row(path: str) -> sinefit.results.rows.Row:
        seen.append(os.path.basename(path))  # noqa: PTH119 - a string is what it gets
        return original(path)

    monkeypatch.setattr("sinefit.results.collection.read_row", read_row)
    return seen


def test_the_stored_table_equals_the_collected(sweep: Path, reads: list[str]) -> None:
    """A second call reads no job, and gives the same values, types and attributes."""
    stored = sinefit.collect("s")
    assert reads == []
    (sweep / "results.parquet").unlink()
    fresh = sinefit.collect("s")
    assert reads == ["0", "1", "2"]
    pd.testing.assert_frame_equal(stored, fresh)
    assert stored.attrs == fresh.attrs


def test_types_are_kept_in_parquet(sweep: Path) -> None:
    """What pandas reads from `results.parquet` has the columns' types."""
    table = pd.read_parquet(sweep / "results.parquet")
    types = {name: str(table[name].dtype) for name in ("whole", "number", "flag", "some", "epochs", "rmse")}
    assert types == {
        "whole": "int64",
        "number": "float64",
        "flag": "boolean",
        "some": "Int64",
        "epochs": "Int64",
        "rmse": "float64",
    }
    assert table["mixed"].tolist()[:2] == ["1", "auto"]
    assert table["name"].tolist()[:2] == ["a", 'b,"c"']


def test_the_csv_holds_the_same(sweep: Path) -> None:
    """`results.csv` has the columns and rows of the table, and no place outside the sweep."""
    table = pd.read_csv(sweep / "results.csv")
    assert list(table) == list(sinefit.collect("s"))
    assert table["name"].tolist()[:2] == ["a", 'b,"c"']
    assert table["folder"].tolist() == [0, 1, 2]
    assert table["sweep"].tolist() == ["s"] * 3


def test_a_changed_job_is_read_again(sweep: Path, reads: list[str], run_folder: Callable[..., Path]) -> None:
    """A job that is finished later, changed, added or removed makes a new table."""
    run_folder(sweep / "2", "+whole=3", metrics={"rmse": 0.125})
    assert sinefit.collect("s")["rmse"].tolist() == [0.5, 0.5, 0.125]
    run_folder(sweep / "2", "+whole=3", metrics={"rmse": 0.375})
    assert sinefit.collect("s")["rmse"].tolist() == [0.5, 0.5, 0.375]
    run_folder(sweep / "3", "+whole=4")
    assert len(sinefit.collect("s")) == 4
    shutil.rmtree(sweep / "0")
    assert sinefit.collect("s")["job"].tolist() == [1, 2, 3]
    reads.clear()
    sinefit.collect("s")
    assert reads == []


def test_a_moved_sweep_keeps_its_table(sweep: Path, folder: Path, reads: list[str]) -> None:
    """The stored table serves a sweep that was moved, with the new places in it."""
    sweep.rename(folder / "moved sweep")
    table = sinefit.collect("moved sweep")
    assert reads == []
    assert table["folder"].tolist() == [f"moved sweep/{n}" for n in range(3)]
    assert table["sweep"].unique().tolist() == ["moved sweep"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all"])
def test_a_broken_stored_table_is_made_anew(sweep: Path, reads: list[str], content: bytes) -> None:
    """What is no table of ours is written over."""
    (sweep / "results.parquet").write_bytes(content)
    assert len(sinefit.collect("s")) == 3
    assert reads == ["0", "1", "2"]
    assert len(pd.read_parquet(sweep / "results.parquet")) == 3


def test_a_foreign_parquet_file_is_made_anew(sweep: Path, reads: list[str]) -> None:
    """A parquet file without our fingerprint is not taken for the table."""
    pd.DataFrame({"a": [1]}).to_parquet(sweep / "results.parquet")
    assert len(sinefit.collect("s")) == 3
    assert len(reads) == 3


def test_a_part_of_a_sweep_is_not_stored(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """Collecting one job leaves no table of one job in the sweep."""
    path = sweep_folder(folder / "s", ["seed=0"], ["seed=1"])
    assert len(sinefit.collect("s/0")) == 1
    assert not (path / "results.csv").exists()


def test_a_sweep_that_cannot_be_written(
    folder: Path, sweep_folder: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    """The table is there all the same, and the log says that it is not stored."""
    path = sweep_folder(folder / "s", ["seed=0"])
    (path / "results.csv").mkdir()
    assert len(sinefit.collect("s")) == 1
    assert "the table is not stored" in caplog.text
