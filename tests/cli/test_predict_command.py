"""``sinefit-results predict`` and ``export``, called as the console does."""

from __future__ import annotations

import runpy
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import torch
from table_runs import encode_by_hand, write_table, write_table_run

import sinefit
from sinefit.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Results = Callable[..., tuple[int, str, str]]


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Results:
    """Call the command in this process; gives its exit code, standard output and standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sinefit-results", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, " ".join(err.split())

    return call


@pytest.fixture
def trained(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of ``rows.csv``, and what the run ``a run`` predicts for them by torch and pandas alone."""
    rows = write_table(folder / "rows.csv")
    model = write_table_run(folder / "a run", folder / "rows.csv")
    with torch.no_grad():
        return rows, model(encode_by_hand(rows)).numpy()[:, 0]


def test_predictions_stand_behind_the_columns(
    trained: tuple[pd.DataFrame, np.ndarray], results: Results, folder: Path
) -> None:
    """All cells of the file as typed, then the prediction; the error is that of numpy on the target."""
    rows, expected = trained
    rows.assign(id=[f"00{number}.50" for number in range(60)], gap="NA").to_csv("rows.csv", index=False)
    code, out, err = results("predict", "a run", "rows.csv", "--output", "predicted.csv")
    assert (code, out) == (0, "")
    lines = (folder / "predicted.csv").read_text().splitlines()
    typed = (folder / "rows.csv").read_text().splitlines()
    assert [line.rpartition(",")[0] for line in lines] == typed
    assert lines[0].endswith(",y,id,gap,predicted_y")
    written = pd.read_csv(folder / "predicted.csv")
    np.testing.assert_allclose(written["predicted_y"], expected, rtol=1e-6)
    rmse = np.sqrt(np.mean((rows["y"] - expected) ** 2))
    assert f"rmse of y on the 60 rows of the file that have it: {rmse:.4g}"[:-2] in err
    assert "nothing of new rows" not in err
    assert "written to predicted.csv" in err


def test_the_error_on_the_file_that_was_trained_on_is_no_evidence(
    trained: tuple[pd.DataFrame, np.ndarray], results: Results
) -> None:
    """It is said beside the error."""
    del trained
    assert (
        "the file that was trained on: this says nothing of new rows"
        in results("predict", "a run", "rows.csv")[2]
    )


def test_standard_output_is_csv(
    trained: tuple[pd.DataFrame, np.ndarray], results: Results, folder: Path
) -> None:
    """Without --output and without a target: the table and nothing else."""
    rows, expected = trained
    rows.drop(columns="y").to_csv(folder / "new.csv", index=False)
    code, out, err = results("predict", "a run", "new.csv")
    assert (code, err) == (0, "")
    (folder / "out.csv").write_text(out)
    np.testing.assert_allclose(pd.read_csv(folder / "out.csv")["predicted_y"], expected, rtol=1e-6)


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet"])
@pytest.mark.parametrize("source", ["rows.csv.gz", "rows.tsv", "rows.parquet", "rows.feather", "rows.xlsx"])
def test_formats(
    trained: tuple[pd.DataFrame, np.ndarray], results: Results, folder: Path, source: str, ending: str
) -> None:
    """Whatever a table can be read from, and the three formats that are written."""
    rows, expected = trained
    rows = rows.head(5)
    write = {
        ".gz": rows.to_csv,
        ".parquet": rows.to_parquet,
        ".feather": rows.to_feather,
        ".xlsx": rows.to_excel,
    }
    suffix = "." + source.rpartition(".")[2]
    if suffix == ".tsv":
        rows.to_csv(folder / source, sep="\t", index=False)
    else:
        write[suffix](folder / source, **({} if suffix == ".feather" else {"index": False}))
    assert results("predict", "a run", source, "--output", f"p{ending}")[0] == 0
    read = {
        ".csv": pd.read_csv,
        ".tsv": lambda path: pd.read_csv(path, sep="\t"),
        ".parquet": pd.read_parquet,
    }
    written = read[ending](folder / f"p{ending}")
    assert list(written) == [*rows, "predicted_y"]
    np.testing.assert_allclose(written["predicted_y"], expected[:5], rtol=1e-6)
    np.testing.assert_allclose(written["length"], rows["length"])
    assert list(written["color"]) == list(rows["color"])
    assert list(written["is_wet"]) == list(rows["is_wet"])


def test_separators_of_the_file_are_kept(
    trained: tuple[pd.DataFrame, np.ndarray], results: Results, folder: Path
) -> None:
    """A file with semicolons and decimal commas is written as one; without the options it is refused."""
    rows, expected = trained
    rows.to_csv(folder / "german.csv", sep=";", decimal=",", index=False, encoding="utf-8-sig")
    code, _, err = results("predict", "a run", "german.csv")
    assert code == 1
    assert "type --sep ';'" in err
    assert (
        results("predict", "a run", "german.csv", "--sep", ";", "--decimal", ",", "--output", "p.csv")[0] == 0
    )
    written = pd.read_csv(folder / "p.csv", sep=";", decimal=",")
    np.testing.assert_allclose(written["predicted_y"], expected, rtol=1e-6)
    np.testing.assert_allclose(written["length"], rows["length"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no run", "rows.csv"], "no run is neither a run folder nor the file of an ensemble"),
        (["a run", "nothing.csv"], "nothing.csv"),
        (["rows.csv", "rows.csv"], "rows.csv is no state_dict that can be read safely"),
        (["a run", "rows.csv", "--output", "p.txt"], "the ending must be one of .csv, .tsv, .parquet"),
        (["a run", "twice.csv"], "twice.csv has a column 'predicted_y' already"),
        (["a run", "pink.csv", "--output", "p.csv"], "column 'color' has 'pink' in row 3"),
        (["a run"], "Missing argument 'table'"),
    ],
)
def test_bad_input_is_told(
    trained: tuple[pd.DataFrame, np.ndarray], results: Results, folder: Path, words: list[str], message: str
) -> None:
    """One message, exit code 1, and no file is written."""
    rows, _ = trained
    rows.assign(predicted_y=1.0).to_csv(folder / "twice.csv", index=False)
    colors = rows["color"].tolist()
    rows.assign(color=[*colors[:2], "pink", *colors[3:]]).to_csv(folder / "pink.csv", index=False)
    before = set(folder.iterdir())
    code, out, err = results("predict", *words)
    assert (code, out) == (1, "")
    assert message in err
    assert set(folder.iterdir()) == before


def test_export_writes_a_checked_file(
    trained: tuple[pd.DataFrame, np.ndarray], results: Results, folder: Path
) -> None:
    """A run's model as Python: raw numbers in their order in, the target's unit out."""
    rows, expected = trained
    code, out, err = results("export", "a run", "--format", "numpy")
    assert (code, out) == (0, "")
    assert "written to sinefit_model.py, checked against the model on 1,000 rows" in err
    names = runpy.run_path(str(folder / "sinefit_model.py"))
    assert names["INPUTS"] == list(sinefit.load_run("a run").inputs)
    assert names["TARGETS"] == ["y"]
    np.testing.assert_allclose(names["predict"](encode_by_hand(rows))[:, 0], expected, rtol=1e-6)
    text = (folder / "sinefit_model.py").read_text()
    assert "# 'color=blue' and its like are 1 in rows where 'color' is this level, else 0" in text
    assert "# where 'length' was missing, training took" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a run"], "Missing option '--format'"),
        (["a run", "--format", "pickle"], "'pickle' is not one of 'onnx', 'torch', 'numpy'"),
        (["a run", "--format", "onnx", "--output", "m.py"], "the ending must be one of .onnx"),
        (["rows.csv", "--format", "onnx"], "export takes the folder of one run, got the file rows.csv"),
        (["no run", "--format", "onnx"], "no run holds no finished run"),
    ],
)
def test_bad_exports_are_told(
    trained: tuple[pd.DataFrame, np.ndarray], results: Results, folder: Path, words: list[str], message: str
) -> None:
    """One message, exit code 1, and no file is written."""
    assert trained
    before = set(folder.iterdir())
    code, out, err = results("export", *words)
    assert (code, out) == (1, "")
    assert message in err
    assert set(folder.iterdir()) == before


def test_a_run_on_a_function(sinefit: Results, results: Results, folder: Path) -> None:
    """One column of any name is x; the output is predicted_y, and the model is exported as others are."""
    assert sinefit("trainer=quick", "data.num_points=40", "hydra.run.dir=sine")[0] == 0
    (folder / "x.csv").write_text("angle\n0\n0.5\n1.0\n")
    code, out, _ = results("predict", "sine", "x.csv")
    assert code == 0
    from sinefit import load_run  # noqa: PLC0415 - the fixture has the package's name

    expected = load_run("sine")([0.0, 0.5, 1.0]).flatten().tolist()
    lines = [line.split(",") for line in out.splitlines()]
    assert lines[0] == ["angle", "predicted_y"]
    assert [line[0] for line in lines[1:]] == ["0", "0.5", "1.0"]
    np.testing.assert_allclose([float(line[1]) for line in lines[1:]], expected, rtol=1e-6)
    assert results("export", "sine", "--format", "numpy", "--output", "sine.py")[0] == 0
    predict = runpy.run_path(str(folder / "sine.py"))["predict"]
    np.testing.assert_allclose(predict([[0.0], [0.5], [1.0]])[:, 0], expected, rtol=1e-5)
    (folder / "two.csv").write_text("a,b\n0,1\n0.5,2\n")
    assert (
        "must have 1 column, as the function has variables, got 2: 'a', 'b'"
        in results("predict", "sine", "two.csv")[2]
    )


def test_code_that_is_not_trusted(results: Results, folder: Path) -> None:
    """The message says the option that this command has, where Python and `sinefit` have a setting."""
    write_table(folder / "rows.csv")
    write_table_run(folder / "run", folder / "rows.csv")
    config = folder / "run" / ".hydra" / "config.yaml"
    config.write_text(config.read_text().replace("sinefit.core.models.MLP", "theirs.Net"))
    code, _, err = results("predict", "run", "rows.csv")
    assert code == 1
    assert "names 'theirs.Net' (model._target_)" in err
    assert err.endswith("If you trust this code, say so: --trust theirs")
