"""``sinefit-results ensemble``, from runs to predictions, called as the console does."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import torch
from table_runs import NUM_PARTS, TEST, encode_by_hand, write_table, write_table_run

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
        monkeypatch.setattr(sys, "argv", ["sinefit-results", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = (" ".join(text.split()) for text in capsys.readouterr())
        return int(stop.value.code or 0), out, err

    return call


@pytest.fixture
def sweep(folder: Path) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """The rows of ``rows.csv``, and what six networks in ``sweep`` predict: three folds of two settings.

    The first setting has the better metric; a further run has failed.
    """
    rows = write_table(folder / "rows.csv")
    (folder / "sweep").mkdir()
    (folder / "sweep" / "multirun.yaml").write_text("hydra: {}\n", encoding="utf-8")
    each = []
    for width in (3, 5):
        for part in range(NUM_PARTS):
            number = len(each)
            words = (f"model.hidden_size={width}", f"data.fold={part}")
            value = {"metrics": {"rmse": float(width + part)}, "config_hash": f"h{number}"}
            path = folder / "sweep" / str(number)
            model = write_table_run(
                path,
                folder / "rows.csv",
                *words,
                part=part,
                seed=number,
                model={"hidden_size": width},
                **value,
            )
            with torch.no_grad():
                each.append(model(encode_by_hand(rows)).numpy()[:, 0])
    write_table_run(
        folder / "sweep" / "6",
        folder / "rows.csv",
        "model.hidden_size=3",
        "data.fold=3",
        status="failed",
        metrics={},
        config_hash="h6",
    )
    return rows, each


def test_an_ensemble_predicts_the_mean(
    sweep: tuple[pd.DataFrame, list[np.ndarray]], results: Results, folder: Path
) -> None:
    """All runs of the best settings; the errors are those of numpy; predictions have a spread."""
    rows, each = sweep
    code, out, err = results("ensemble", "sweep", "--top", "2", "--output", "all.sinefit")
    assert code == 0, err
    assert "6 networks of 2 settings, the best of 2 by rmse" in out
    assert "1 run that failed, diverged or did not end: left out" in out
    tests = rows.index % 5 == TEST
    rmse = np.sqrt(np.mean((np.mean(each, axis=0)[tests] - rows["y"][tests]) ** 2))
    found = re.search(r"rmse of y on 12 rows that test, used here only: ([\d.]+)", out)
    assert found
    np.testing.assert_allclose(float(found[1]), rmse, rtol=1e-5)
    assert "rmse of y on 48 rows that validate, which ranked the settings: " in out
    assert results("predict", "all.sinefit", "rows.csv", "--output", "p.csv")[0] == 0
    written = pd.read_csv(folder / "p.csv")
    assert list(written) == [*rows, "predicted_y", "spread_y"]
    np.testing.assert_allclose(written["predicted_y"], np.mean(each, axis=0), rtol=1e-6)
    np.testing.assert_allclose(written["spread_y"], np.std(each, axis=0), rtol=1e-4)


def test_the_best_settings_are_taken(sweep: tuple[pd.DataFrame, list[np.ndarray]], results: Results) -> None:
    """With --top 1 the setting with the better median alone; --where chooses among the runs."""
    assert sweep
    assert results("ensemble", "sweep", "--top", "1")[0] == 0
    members = sinefit.load("ensemble.sinefit").members
    assert [member.origin.replace("\\", "/").rpartition("/")[2] for member in members] == ["0", "1", "2"]
    assert results("ensemble", "sweep", "--where", "data.fold > 0 and model.hidden_size == 5")[0] == 0
    assert len(sinefit.load("ensemble.sinefit").members) == 2


def test_greedy_says_so(sweep: tuple[pd.DataFrame, list[np.ndarray]], results: Results) -> None:
    """The rows that chose are named as such."""
    assert sweep
    code, out, _ = results("ensemble", "sweep", "--greedy")
    assert code == 0
    assert "chosen greedily from the 2 best of 2 by rmse" in out
    assert "on 48 rows that validate, which --greedy chose by: " in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sweep", "--output", "e.csv"], "the ending must be one of .sinefit"),
        (["sweep", "--metric", "nothing"], "there is no metric 'nothing'"),
        (["sweep", "--top", "0"], "--top"),
        (["sweep", "--metric", "test_rmse"], "test_rmse"),
    ],
)
def test_bad_ensembles_are_told(
    sweep: tuple[pd.DataFrame, list[np.ndarray]],
    results: Results,
    folder: Path,
    words: list[str],
    message: str,
) -> None:
    """One message, exit code 1, and no file is written."""
    assert sweep
    before = set(folder.iterdir())
    code, _, err = results("ensemble", *words)
    assert code == 1
    assert message in err
    assert set(folder.iterdir()) == before
