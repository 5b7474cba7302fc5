"""Runs on tables, loaded: raw columns in, the target's unit out; compared with pandas and torch."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from table_runs import INPUTS, encode_by_hand, write_table, write_table_run

import sinefit
from sinefit.core.data.scaling import Scaled
from sinefit.predictors import tables

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def trained(folder: Path) -> tuple[pd.DataFrame, Scaled]:
    """The rows of ``rows.csv`` and the model of the run in the folder ``run``."""
    rows = write_table(folder / "rows.csv")
    return rows, write_table_run(folder / "run", folder / "rows.csv")


def expect(model: Scaled, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    """What the model predicts for rows encoded by pandas, (N,)."""
    with torch.no_grad():
        return model(encode_by_hand(rows)).numpy()[:, 0]


def test_a_loaded_run_takes_raw_columns(trained: tuple[pd.DataFrame, Scaled]) -> None:
    """From a file and from a DataFrame, with columns in any order, besides others, with any index."""
    rows, model = trained
    run = sinefit.load("run")
    assert isinstance(run, sinefit.LoadedRun)
    assert isinstance(run.model, Scaled)
    assert run.model.network[0].weight.dtype == torch.float32
    np.testing.assert_array_equal(run(encode_by_hand(rows))[:, 0], expect(model, rows))
    assert run.targets == ("y",)
    assert run.inputs == ("length", "is_wet", "color=blue", "color=green", "color=red")
    from_file = run.predict("rows.csv")
    assert list(from_file) == ["predicted_y"]
    np.testing.assert_allclose(from_file["predicted_y"], expect(model, rows), rtol=1e-6)
    shuffled = rows.iloc[::-3].sample(frac=1, axis="columns", random_state=1)
    from_frame = run.predict(shuffled)
    assert list(from_frame.index) == list(shuffled.index)
    np.testing.assert_allclose(from_frame["predicted_y"], expect(model, shuffled), rtol=1e-6)


def test_blocks_of_rows_change_nothing(
    trained: tuple[pd.DataFrame, Scaled], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table larger than a block is predicted as a whole."""
    rows, model = trained
    monkeypatch.setattr(tables, "BLOCK_ROWS", 7)
    np.testing.assert_allclose(
        sinefit.load_run("run").predict(rows)["predicted_y"], expect(model, rows), rtol=1e-6
    )


def test_one_row_is_read_as_training_was(trained: tuple[pd.DataFrame, Scaled], folder: Path) -> None:
    """A category of a single row is one, though it might be any text; a missing number is filled."""
    rows, model = trained
    run = sinefit.load_run("run")
    one = rows.head(1)
    one.to_csv(folder / "one.csv", index=False)
    np.testing.assert_allclose(run.predict("one.csv")["predicted_y"], expect(model, one), rtol=1e-6)
    gap = one.assign(length=np.nan)
    filled = one.assign(length=rows["length"][rows["part0"] == "train"].mean())
    np.testing.assert_allclose(run.predict(gap)["predicted_y"], expect(model, filled), rtol=1e-6)


def test_settings_of_reading(trained: tuple[pd.DataFrame, Scaled], folder: Path) -> None:
    """A new file is read as the training file was, unless something else is said."""
    rows, model = trained
    rows.to_csv(folder / "german.csv", index=False, sep=";", decimal=",", encoding="utf-16")
    run = sinefit.load_run("run")
    said = {"sep": ";", "decimal": ",", "encoding": "utf-16"}
    np.testing.assert_allclose(
        run.predict(folder / "german.csv", **said)["predicted_y"], expect(model, rows), rtol=1e-6
    )
    data = json.loads((folder / "run" / "data.json").read_text())
    (folder / "run" / "data.json").write_text(json.dumps(data | {"reading": said}))
    run = sinefit.load_run("run")
    np.testing.assert_allclose(run.predict("german.csv")["predicted_y"], expect(model, rows), rtol=1e-6)
    rows.to_parquet(folder / "rows.parquet")
    np.testing.assert_allclose(run.predict("rows.parquet")["predicted_y"], expect(model, rows), rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda rows: rows.drop(columns="length"),
            "the DataFrame lacks 1 of the 3 columns .*'length'.*'note'",
        ),
        (lambda rows: rows.assign(color="pink"), "column 'color' has 'pink' in row 1, a level"),
        (lambda rows: rows.assign(length="long"), "column 'length' held numbers in training"),
        (lambda rows: rows.head(0), "the DataFrame has no rows"),
        (lambda rows: pd.concat([rows, rows[["color"]]], axis=1), "several columns called 'color'"),
        (lambda rows: rows.to_numpy(), "predict takes a file or a DataFrame, got ndarray"),
        (lambda rows: rows.assign(color=[["a"]] * len(rows)), "the DataFrame.*color"),
        (lambda _: "nothing.csv", "nothing.csv"),
    ],
)
def test_tables_that_cannot_be_predicted(
    trained: tuple[pd.DataFrame, Scaled], change: Any, message: str
) -> None:
    """One message, which names the column and the value."""
    with pytest.raises(sinefit.SinefitError, match=message):
        sinefit.load_run("run").predict(change(trained[0]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ([], "does not say how a run's table is read"),
        ({"file": {"name": 3}}, r"file\.name has a wrong type, file\.sha256 has a wrong type"),
        ({"targets": []}, "targets is no list of different names"),
        ({"targets": ["y", "y"]}, "targets is no list of different names"),
        ({"reading": {"sep": 3}}, r"reading\.sep has a wrong type, reading\.decimal"),
        ({"inputs": {"inputs": []}}, "an encoder must have inputs"),
        ({"targets": ["y", "z"]}, r"must hold target_shift of 2 columns, got torch\.float64 of shape \(1,\)"),
    ],
)
def test_a_broken_record_of_a_table_is_refused(
    trained: tuple[pd.DataFrame, Scaled], folder: Path, change: Any, message: str
) -> None:
    """With the file's name and all that is wrong."""
    assert trained
    path = folder / "run" / "data.json"
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | change if isinstance(change, dict) else change))
    with pytest.raises(sinefit.RecordError, match=message) as told:
        sinefit.load_run("run")
    assert re.search(r"data\.json|model\.pt", str(told.value))


def test_weights_without_scaling_are_refused(trained: tuple[pd.DataFrame, Scaled], folder: Path) -> None:
    """A `state_dict` of the network alone is none of a run on a table."""
    torch.save(trained[1].network.state_dict(), folder / "run" / "model.pt")
    with pytest.raises(sinefit.RecordError, match=r"model\.pt must hold input_shift of 5 columns, got none"):
        sinefit.load_run("run")


def test_more_numbers_than_the_file_holds_are_not_built(
    trained: tuple[pd.DataFrame, Scaled], folder: Path
) -> None:
    """Of a run on a table, too, terabytes that a config asks for are not allocated."""
    assert trained
    path = folder / "run" / ".hydra" / "config.yaml"
    path.write_text(path.read_text().replace("hidden_size: 6", "hidden_size: 1000000000000"))
    with pytest.raises(sinefit.RecordError, match="which has more numbers"):
        sinefit.load_run("run")


def test_names_of_inputs_are_those_of_the_file(trained: tuple[pd.DataFrame, Scaled]) -> None:
    """The record tells what was read, and from what."""
    assert trained
    table = sinefit.load_run("run").table
    assert table is not None
    assert tuple(column.name for column in table.encoder.inputs) == INPUTS
    assert (table.name, len(table.sha256)) == ("rows.csv", 64)
