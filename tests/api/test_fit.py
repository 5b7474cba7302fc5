"""Tables in memory are fitted as the same tables in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import sinefit
from sinefit.api.arrays import join_rows
from sinefit.errors import SinefitError

QUICK = ("trainer.max_epochs=5", "model=mlp")
X = np.random.default_rng(0).normal(size=(60, 2))
Y = X @ [1.0, -2.0] + 0.5

pytestmark = pytest.mark.usefixtures("folder")


def test_arrays_are_fitted_as_their_file() -> None:
    """The same numbers in a csv file give the same bits; the rows lie beside the runs, once."""
    run = sinefit.fit(X, Y, *QUICK)
    frame = pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "y": Y})
    frame.to_csv("rows.csv", index=False)
    typed = sinefit.run("data=table", "data.path=rows.csv", "data.target=y", *QUICK)
    assert run.metrics == typed.metrics
    assert np.array_equal(run.predict(X), typed.predict(frame)["predicted_y"])
    again = sinefit.fit(X, Y, *QUICK)
    assert again.result.config_hash == run.result.config_hash
    assert len(list(Path("outputs/data").iterdir())) == 1


def test_a_run_of_arrays_is_trained_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rerun from another folder, the kept rows give the same metrics."""
    run = sinefit.fit(X, Y, *QUICK)
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert sinefit.run(f"rerun={run.folder}").metrics == run.metrics


def test_a_grid_makes_a_sweep() -> None:
    """All runs of the grid have the rows, and the best one predicts; nothing is kept unless asked."""
    sweep = sinefit.fit(X, Y, *QUICK, grid={"model.hidden_size": [2, 4], "seed": range(2)}, record=False)
    assert len(sweep) == 4
    assert sweep.best().predict(X[:3]).shape == (3,)
    assert not list(Path().iterdir())


def test_a_frame_names_its_target() -> None:
    """A column of the frame is the target, others are inputs, categories too; predictions are a frame."""
    frame = pd.DataFrame({"size": X[:, 0], "kind": ["a", "b", "c"] * 20, "price": Y})
    run = sinefit.fit(frame, "price", *QUICK, record=False)
    assert run.predict(frame.head(4)).columns.tolist() == ["predicted_price"]
    assert run.loaded.inputs == ("size", "kind=a", "kind=b", "kind=c")


def test_several_targets_are_predicted() -> None:
    """Two columns of targets give two columns of predictions."""
    run = sinefit.fit(X, np.stack([Y, -Y], axis=1), *QUICK, record=False)
    assert run.predict(X).shape == (60, 2)


@pytest.mark.parametrize(
    ("x", "y", "columns", "targets"),
    [
        ([1.0, 2.0], [3, 4], ["x", "y"], ["y"]),
        (torch.zeros(3, 2), torch.zeros(3, 1, requires_grad=True), ["x1", "x2", "y"], ["y"]),
        (pd.Series([1, 2], name="a"), pd.Series([1, 2], name="b", index=[5, 6]), ["a", "b"], ["b"]),
        (pd.DataFrame({1: [1, 2], "b": [3, 4]}), "1", ["1", "b"], ["1"]),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4], "c": [5, 6]}), ["a", "c"], ["a", "b", "c"], ["a", "c"]),
    ],
)
def test_columns_are_named(x: Any, y: Any, columns: list[str], targets: list[str]) -> None:
    """Lists, tensors, series and frames: their own names, or x, x1, x2, ... and y."""
    frame, names = join_rows(x, y)
    assert (frame.columns.tolist(), names) == (columns, targets)
    assert not frame.isna().any(axis=None)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X, Y[:5], "x and y must have equally many rows, got 60 and 5"),
        (
            np.zeros((2, 2, 2)),
            Y,
            r"x must be an array of one or two dimensions with rows, got the shape \(2, 2, 2\)",
        ),
        ([], [], r"x must be an array of one or two dimensions with rows, got the shape \(0,\)"),
        ([[1, 2], [3]], [1, 2], "rows of different lengths"),
        (pd.DataFrame({"a": [1]}), "b", "y names columns of x, got 'b'; x has 'a'"),
        (X, "b", "y names columns of x, got 'b'; x has no names"),
        (pd.DataFrame({"y": [1, 2]}), [1, 2], "each column needs a name of its own, got 'y' more than once"),
        (X[:2], np.array([1j, 2j]), "the rows cannot be a table"),
        (X, np.where(Y > 0, Y, np.nan), "data.missing=drop"),
    ],
)
def test_what_is_no_table_is_refused(x: Any, y: Any, message: str) -> None:
    """Shapes, names and missing values that do not fit: one message, and no run."""
    with pytest.raises(SinefitError, match=message):
        sinefit.fit(x, y, *QUICK)
    assert not list(Path().iterdir())
