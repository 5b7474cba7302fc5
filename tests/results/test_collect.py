"""`sinefit.collect`: run folders in any state become one table."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import sinefit
from sinefit.results.collection import collect_sweep, write_sweep_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REST = [
    "epochs",
    "steps",
    "train_seconds",
    "num_parameters",
    "config_hash",
    "seed",
    "objective",
    "error",
    "taken_from",
    "git_commit",
    "git_dirty",
    "code_hash",
    "folder",
]


def test_columns_and_types(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """Columns stand in the documented order, and each has the type of its values."""
    sweep_folder(
        folder / "s",
        ["model.hidden_size=8", "optimizer=sgd", "optimizer.lr=0.1", "+flag=true"],
        ["model.hidden_size=16", "optimizer=adam", "optimizer.lr=1", "+flag=false"],
    )
    table = sinefit.collect("s")
    settings = ["model.hidden_size", "optimizer", "optimizer.lr", "flag"]
    assert list(table) == ["sweep", "job", "status", *settings, "rmse", "r2", *REST]
    assert [table[name].dtype.kind for name in ("job", "model.hidden_size", "optimizer.lr", "flag")] == list(
        "iifb"
    )
    assert table["optimizer"].tolist() == ["sgd", "adam"]
    assert table["optimizer.lr"].tolist() == [0.1, 1.0]
    assert table.iloc[1][["sweep", "job", "status", "epochs", "num_parameters", "folder"]].tolist() == [
        "s", 1, "completed", 5, 31, "s/1",
    ]  # fmt: skip
    assert table.attrs == {"settings": settings, "metrics": ["rmse", "r2"]}


def test_a_swept_seed_stands_once(
    folder: Path, sweep_folder: Callable[..., Path], run_folder: Callable[..., Path]
) -> None:
    """A swept seed stands among the settings; a run for which it was not typed has its seed there too."""
    sweep_folder(folder / "s", ["seed=4", "optimizer=sgd"])
    run_folder(folder / "s" / "1", "optimizer=adam", seed=7)
    table = sinefit.collect("s")
    assert list(table)[3:5] == ["seed", "optimizer"]
    assert list(table).count("seed") == 1
    assert table["seed"].tolist() == [4, 7]


BROKEN = {
    "empty": b"",
    "half": b'{"status": "completed", "met',
    "foreign": b'{"loss": 3}',
    "list": b"[1, 2]",
    "number": b"7",
    "binary": b"\xff\xfe\x00",
    "nested": b"[" * 100_000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_record_is_a_row_that_says_so(
    folder: Path, sweep_folder: Callable[..., Path], content: bytes
) -> None:
    """The row has its settings, the status and the reason; the rest of the table stands."""
    sweep = sweep_folder(folder / "s", ["seed=0"], ["seed=1"], ["seed=2"])
    (sweep / "1" / "result.json").write_bytes(content)
    table = sinefit.collect("s")
    assert table["status"].tolist() == ["completed", "broken", "completed"]
    assert table["seed"].tolist() == [0, 1, 2]
    assert table["error"][1].startswith("result.json ")
    assert pd.isna(table["rmse"][1])
    assert table["rmse"][[0, 2]].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 99},
        {"overrides": [1]},
        {"metrics": {"rmse": "low"}},
        {"epochs": "5"},
        {"status": None},
        {"metrics": {"rmse": 10**400}},
        {"train_seconds": 10**400},
    ],
)
def test_a_wrong_field_is_a_broken_record(
    folder: Path, run_folder: Callable[..., Path], change: dict[str, Any]
) -> None:
    """A record with a field of the wrong type or version is named as broken, by its reason."""
    run_folder(folder / "r", **change)
    table = sinefit.collect("r")
    assert table["status"].tolist() == ["broken"]
    assert "result.json" in table["error"][0]


def test_a_folder_in_place_of_the_record(folder: Path, run_folder: Callable[..., Path]) -> None:
    """A `result.json` that is no file is broken, not unfinished."""
    run_folder(folder / "r", finished=False)
    (folder / "r" / "result.json").mkdir()
    assert sinefit.collect("r")["status"].tolist() == ["broken"]


def test_an_unfinished_run(
    folder: Path, sweep_folder: Callable[..., Path], run_folder: Callable[..., Path]
) -> None:
    """A job without a record is a row with its settings, and empty cells for the rest."""
    sweep_folder(folder / "s", ["optimizer.lr=0.1"])
    run_folder(folder / "s" / "1", "optimizer.lr=0.2", finished=False)
    (run_folder(folder / "s" / "2", finished=False) / ".hydra" / "overrides.yaml").write_text("{not: [a list")
    table = sinefit.collect("s")
    assert table["status"].tolist() == ["completed", "unfinished", "unfinished"]
    assert table["optimizer.lr"].tolist()[:2] == [0.1, 0.2]
    assert table["epochs"].isna().tolist() == [False, True, True]
    assert str(table["epochs"].dtype) == "Int64"


def test_sweeps_with_different_keys_are_joined(
    folder: Path, sweep_folder: Callable[..., Path], run_folder: Callable[..., Path]
) -> None:
    """Cells that a run does not have are empty; numbers stay numbers."""
    sweep_folder(folder / "a", ["model.hidden_size=8", "seed=3"])
    sweep_folder(folder / "b", ["optimizer=adam"], ["optimizer=sgd"])
    run_folder(folder / "c", "optimizer.lr=0.5", metrics={"mse": 0.25})
    table = sinefit.collect(["a", "b", "c"])
    assert list(table)[:7] == [
        "sweep",
        "job",
        "status",
        "model.hidden_size",
        "seed",
        "optimizer",
        "optimizer.lr",
    ]
    assert table["model.hidden_size"].tolist() == [8, pd.NA, pd.NA, pd.NA]
    assert table["optimizer"].isna().tolist() == [True, False, False, True]
    assert table["seed"].tolist() == [3, 0, 0, 0]
    assert table["job"].tolist() == [0, 0, 1, pd.NA]
    assert table["sweep"].fillna("-").tolist() == ["a", "b", "b", "-"]
    assert table["rmse"].isna().tolist() == [False, False, False, True]
    assert table.attrs["metrics"] == ["rmse", "r2", "mse"]


def test_hostile_values(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """Values with commas, slashes, quotes, line ends, unicode and 300 characters are kept as typed."""
    values = ["a,b", "a/b\\c", 'say "x"', "λ=ü", "x" * 300, "two  spaces"]
    sweep_folder(folder / "s", *(["+data.file='" + value.replace("\\", "\\") + "'"] for value in values))
    assert sinefit.collect("s")["data.file"].tolist() == values


def test_a_key_called_like_a_column(folder: Path, run_folder: Callable[..., Path]) -> None:
    """An override called like a column of the table gets a prefix, and both are there."""
    run_folder(folder / "r", "+status=mine", "+rmse=3")
    table = sinefit.collect("r")
    assert table.loc[0, ["status", "setting.status", "rmse", "setting.rmse"]].tolist() == [
        "completed",
        "mine",
        0.5,
        3,
    ]


def test_text_that_no_file_can_hold(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """A lone surrogate in a record is escaped, and the table can be written."""
    sweep = sweep_folder(folder / "s", ["+name=a"])
    path = sweep / "0" / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"error": "bad \ud800"}))
    assert sinefit.collect("s")["error"].tolist() == ["bad \\ud800"]
    assert write_sweep_table(sweep, collect_sweep(sweep))
    assert pd.read_parquet(sweep / "results.parquet")["error"].tolist() == ["bad \\ud800"]


def test_undefined_metrics_are_nan(folder: Path, run_folder: Callable[..., Path]) -> None:
    """A metric that is null in the record is nan in a column of numbers."""
    run_folder(folder / "r", metrics={"rmse": None}, status="diverged")
    table = sinefit.collect("r")
    assert math.isnan(table["rmse"][0])
    assert table["rmse"].dtype == "float64"


def test_neither_torch_nor_hydra_is_loaded(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """Collecting and showing a table loads no torch, no Hydra and no OmegaConf."""
    sweep_folder(folder / "s", ["seed=0"])
    code = (
        "import sys, sinefit, sinefit.cli; sinefit.collect('s'); sys.argv[1:] = ['best', 's']\n"
        "try: sinefit.cli.main()\nexcept SystemExit: pass\n"
        "print(sorted({'torch', 'hydra', 'omegaconf', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_nothing_in_a_record_is_executed(folder: Path, run_folder: Callable[..., Path]) -> None:
    """YAML tags that would run code make no settings and run nothing."""
    run = run_folder(folder / "r", finished=False)
    (run / ".hydra" / "overrides.yaml").write_text("!!python/object/apply:os.mkdir ['hacked']\n")
    assert sinefit.collect("r")["status"].tolist() == ["unfinished"]
    assert not (folder / "hacked").exists()


@pytest.fixture
def sweep(folder: Path, sweep_folder: Callable[..., Path], run_folder: Callable[..., Path]) -> Path:
    """A sweep with all types of columns, and its table written."""
    path = sweep_folder(
        folder / "s",
        ["+whole=1", "+number=0.5", "+flag=true", "+name=a", "+mixed=1", "+some=3", "+empty=null"],
        ["+whole=2", "+number=1", "+flag=false", "+name='b,\"c\"'", "+mixed=auto", "+empty=null"],
    )
    run_folder(path / "2", "+whole=3", finished=False)
    assert write_sweep_table(path, collect_sweep(path))
    return path


def test_types_are_kept_in_parquet(sweep: Path) -> None:
    """What pandas reads from `results.parquet` has the columns' types, and says which are settings."""
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
    assert table.attrs == sinefit.collect("s").attrs


def test_the_csv_holds_the_same(sweep: Path) -> None:
    """`results.csv` has the columns and rows of the table, and no place outside the sweep."""
    table = pd.read_csv(sweep / "results.csv")
    assert list(table) == list(sinefit.collect("s"))
    assert table["name"].tolist()[:2] == ["a", 'b,"c"']
    assert table["folder"].tolist() == [0, 1, 2]
    assert table["sweep"].tolist() == ["s"] * 3


def test_tables_are_read_from_the_records(sweep: Path, run_folder: Callable[..., Path]) -> None:
    """A job that is finished later is in the table; reading writes nothing."""
    before = {path: path.stat().st_mtime_ns for path in sweep.rglob("*")}
    sinefit.collect("s")
    assert {path: path.stat().st_mtime_ns for path in sweep.rglob("*")} == before
    run_folder(sweep / "2", "+whole=3", metrics={"rmse": 0.125})
    assert sinefit.collect("s")["rmse"].tolist() == [0.5, 0.5, 0.125]


def test_a_sweep_that_cannot_be_written(sweep: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The table is there all the same, and the log says that it is not written."""
    (sweep / "results.csv").unlink()
    (sweep / "results.csv").mkdir()
    assert not write_sweep_table(sweep, sinefit.collect("s"))
    assert "the table is not written" in caplog.text
