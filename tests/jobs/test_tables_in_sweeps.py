"""Sweeps over tables: a run belongs to the content of its file, wherever that lies."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from sinefit import collect, summarize
from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

QUICK = ("data=table", "data.target='y=1'", "trainer=quick", "model=mlp", "picture=false")


@pytest.fixture
def table(folder: Path) -> Path:
    """A file with odd names of columns."""
    draws = np.random.default_rng(0)
    x, z = draws.normal(size=(2, 50))
    path = folder / "mine.csv"
    pd.DataFrame({"a.b": x, "größe": z, "y=1": x + np.sin(z)}).to_csv(path, index=False, encoding="utf-8-sig")
    return path


def change(table: Path) -> None:
    """Another number in the first row."""
    frame = pd.read_csv(table)
    frame.loc[0, "y=1"] += 1
    frame.to_csv(table, index=False)


def test_the_record_names_the_file(sinefit: Command, folder: Path, table: Path) -> None:
    """Name, rows, columns and SHA-256, as hashlib has it; and the rows of each part."""
    code, _, err = sinefit(*QUICK, f"data.path={table.name}", "hydra.run.dir=here")
    assert (code, err) == (0, "")
    run = RunFolder(folder / "here")
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    file = {"name": "mine.csv", "rows": 50, "columns": 3, "sha256": digest}
    data = run.read_result().data
    assert data["file"] == file
    assert data["rows"] == {"training": 30, "validation": 10, "test": 10}
    assert (data["input_size"], data["output_size"]) == (2, 1)
    assert json.loads((folder / "here" / "data.json").read_text())["file"] == file


def test_runs_of_an_older_file_are_not_taken_over(sinefit: Command, folder: Path, table: Path) -> None:
    """The same content under another name is the same run; other content under the same name is not."""
    sweep = ("-m", *QUICK, "seed=0,1")
    assert sinefit(*sweep, f"data.path={table.name}")[0] == 0
    other = table.rename(folder / "moved.csv")
    assert sinefit(*sweep, "data.path=moved.csv", "skip_done=true", "hydra.sweep.dir=again")[0] == 0
    assert collect(folder / "again")["taken_from"].notna().all()
    change(other)
    assert sinefit(*sweep, "data.path=moved.csv", "skip_done=true", "hydra.sweep.dir=third")[0] == 0
    assert collect(folder / "third")["taken_from"].isna().all()


def test_a_sweep_is_not_resumed_on_another_file(sinefit: Command, folder: Path, table: Path) -> None:
    """It says so and names the file; with the old one back it goes on."""
    before = table.read_bytes()
    sweep = ("-m", *QUICK, f"data.path={table.name}", "seed=0,1", "hydra.sweep.dir=sweep")
    assert sinefit(*sweep)[0] == 0
    (folder / "sweep" / "1" / "result.json").unlink()
    change(table)
    code, _, err = sinefit("-m", "resume=sweep")
    assert code == 1
    assert "job 0 has other settings, or of another content of mine.csv, than when" in err.replace("\n", " ")
    assert not (folder / "sweep" / "1" / "result.json").exists()
    table.write_bytes(before)
    assert sinefit("-m", "resume=sweep")[0] == 0
    assert (folder / "sweep" / "1" / "result.json").exists()


def test_a_rerun_says_that_the_file_has_changed(sinefit: Command, table: Path) -> None:
    """Before the metrics, which differ then."""
    assert sinefit(*QUICK, f"data.path={table.name}", "hydra.run.dir=here")[0] == 0
    _, out, _ = sinefit("rerun=here")
    assert "equal bit for bit" in out
    change(table)
    _, out, _ = sinefit("rerun=here", "hydra.run.dir=second")
    assert "mine.csv has changed since" in out
    assert "it differs" in out


def test_folds_share_a_stack_and_are_repeats(sinefit: Command, folder: Path, table: Path) -> None:
    """A sweep over folds and seeds is one line a setting in a summary, with all its runs."""
    swept = ("model.hidden_size=3,4", "data.fold=range(0,5)", "seed=0,1", "hydra.sweep.dir=sweep")
    code, out, _ = sinefit("-m", *QUICK, f"data.path={table.name}", *swept)
    assert code == 0
    assert "20 jobs in a stack" in out
    found = summarize(collect(folder / "sweep"))
    assert found["n"].tolist() == [10, 10]
