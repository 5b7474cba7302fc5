"""Pruned runs in everything that reads tables: counted, shown, and never taken for runs that ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sinefit.errors import SinefitError
from sinefit.predictors.candidates import choose_candidates
from sinefit.record.folder import RunFolder
from sinefit.record.rungs import RUNGS_NAME, Bracket, Decision, read_decisions, write_decisions
from sinefit.results.best import best_by_median, best_rows, rank_rows, reproducing_command
from sinefit.results.collection import collect
from sinefit.results.shown import count_statuses, describe_pruned
from sinefit.results.statistics import compare, summarize
from sinefit.results.statistics.metric import count_once, read_values
from sinefit.results.statistics.shaped import shape_for_reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

LOSS = {"epoch": 10, "rank": 2, "of": 2}


@pytest.fixture
def sweep(tmp_path: Path, run_folder: Callable[..., Path]) -> Path:
    """Three seeds of three rates: the first trained to the end, the others pruned with better numbers."""
    for number in range(9):
        lr, seed = (0.1, 0.2, 0.3)[number // 3], number % 3
        overrides = [f"optimizer.lr={lr}", f"seed={seed}", "trainer.max_epochs=50"]
        how = {"status": "completed", "epochs": 50, "metrics": {"rmse": 0.5 + seed / 10}}
        if number >= 3:
            how = {"status": "pruned", "epochs": 10, "metrics": {"rmse": 0.01 * number}, "pruned": LOSS}
        run_folder(tmp_path / "s" / str(number), *overrides, seed=seed, **how)
    (tmp_path / "s" / "multirun.yaml").write_text("hydra: {}\n")
    return tmp_path / "s"


@pytest.fixture
def table(sweep: Path) -> pd.DataFrame:
    """Its table."""
    return collect(str(sweep))


def test_the_best_was_trained_to_its_end(table: pd.DataFrame) -> None:
    """Whatever pruned runs had at their rung; by a setting, there is no best of what was pruned whole."""
    assert best_rows(table, "rmse").index.tolist() == [0]
    assert best_rows(table, "rmse", ["optimizer.lr"]).index.tolist() == [0]
    assert rank_rows(table, "rmse").index.tolist()[:3] == [0, 1, 2]
    assert best_by_median(table, "rmse")[1].index.tolist() == [1]
    with pytest.raises(SinefitError, match=r"none of the 6 runs has a finite rmse \(6 were pruned\)"):
        best_rows(table.iloc[3:], "rmse")


def test_a_summary_counts_them_and_ranks_none(table: pd.DataFrame) -> None:
    """A setting that was pruned whole has no statistics, and stands last with the reason."""
    summary = summarize(table)
    assert summary["n"].tolist() == [3, 0, 0]
    assert summary["pruned"].tolist() == [0, 1, 1]
    assert summary["failed"].tolist() == [0, 0, 0]
    assert summary[["median", "best", "worst"]].iloc[1:].isna().all(axis=None)
    notes = summary.attrs["notes"]
    assert "6 runs pruned before the last epoch: left out" in notes
    assert "2 cells pruned as a whole: others were better at a rung" in notes
    assert not any("failed, unfinished or undefined" in note for note in notes)


def test_a_summary_shows_their_share_where_there_are_any(table: pd.DataFrame) -> None:
    """And no such column where there are none."""
    assert shape_for_reading(summarize(table))["pruned"].tolist() == ["0.0%", "100.0%", "100.0%"]
    assert "pruned" not in shape_for_reading(summarize(table.iloc[:3], ["optimizer.lr"]))


def test_comparisons_leave_them_out(table: pd.DataFrame) -> None:
    """What has nothing but pruned runs cannot be compared, and the message says why."""
    with pytest.raises(SinefitError, match="3 runs pruned"):
        compare(table.iloc[:3], table.iloc[3:6], "rmse")
    values = read_values(table, "rmse")
    assert np.isnan(values.numbers).tolist() == [False] * 3 + [True] * 6


def test_an_ensemble_has_no_pruned_members(table: pd.DataFrame) -> None:
    """They are counted apart from those that failed."""
    candidates = choose_candidates(table, "rmse", top=3)
    assert [len(folders) for folders in candidates.folders] == [3]
    assert candidates.notes == ("6 runs pruned before the last epoch: left out",)


def test_an_equal_run_that_was_trained_to_its_end_counts(table: pd.DataFrame) -> None:
    """Of two brackets with the same settings: the pruned one is the repetition, whichever comes first."""
    hashes = table["config_hash"].tolist()
    hashes[5] = hashes[0]
    again = table.assign(config_hash=hashes).iloc[::-1]
    kept, notes = count_once(again)
    assert (len(kept), 0 in kept.index, 5 in kept.index) == (8, True, False)
    assert len(notes) == 1


def test_the_end_of_a_sweep_says_what_they_saved(table: pd.DataFrame) -> None:
    """The epochs that were planned and not trained."""
    assert describe_pruned(table) == "6 jobs pruned, which saved up to 240 epochs of training"
    assert describe_pruned(table.iloc[:3]) == ""
    assert count_statuses(table) == "6 pruned, 3 completed"


def test_the_command_for_a_pruned_run_repeats_it(sweep: Path) -> None:
    """What was typed would train it to its end."""
    run = sweep / "5"
    assert reproducing_command(str(run), RunFolder(run).read_result()) == f"sinefit rerun={run}"


def test_a_result_says_why(sweep: Path) -> None:
    """Epoch and rank are read as written; a record without them is one of an older sinefit."""
    run = RunFolder(sweep / "5")
    assert run.read_result().pruned == LOSS
    raw = json.loads(run.result.read_text())
    run.result.write_text(json.dumps(raw | {"pruned": {"rank": "first"}}))
    with pytest.raises(SinefitError, match="a rank is no number"):
        run.read_result()
    del raw["pruned"]
    run.result.write_text(json.dumps(raw))
    assert run.read_result().pruned == {}


def test_decisions_are_read_as_written(tmp_path: Path) -> None:
    """With every digit of a share; a file that is cut off says so instead of letting everybody go on."""
    decision = Decision((0, 11), Bracket(1 / 3, (10, 30), "rmse"), 10, 12, {3: 12, 7: 11})
    assert read_decisions(tmp_path) == []
    write_decisions(tmp_path, [decision])
    assert read_decisions(tmp_path) == [decision]
    content = (tmp_path / RUNGS_NAME).read_bytes()
    (tmp_path / RUNGS_NAME).write_bytes(content[:-20])
    with pytest.raises(SinefitError, match=r"which says which runs go on, cannot be read"):
        read_decisions(tmp_path)
