"""What is said in words: whether a straight line is beaten, and what the test rows gave."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_tables import folded, grid, noisy
from rich.console import Console
from run_folders import write_run
from typer.testing import CliRunner

from sinefit import collect, summarize
from sinefit.cli.main import app
from sinefit.results.baselines import describe_baselines, describe_fit, describe_test_rows
from sinefit.results.best import best_by_median, metrics_of_cell
from sinefit.results.ending import end_sweep
from sinefit.results.report import render_report
from sinefit.results.shown import choose_columns

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

LINE = "a straight line (ordinary least squares) has rmse 10.5 on the same rows, the mean 16.8"
CHOSE_NOTHING = "on the test rows, which chose nothing"


@pytest.mark.parametrize(
    ("rmse", "said"),
    [
        (5.25, f"{LINE}: the network's error is 2.0 times smaller"),
        (0.0105, f"{LINE}: the network's error is 1,000 times smaller"),
        (10.0, f"{LINE}: the network's error is 4.8 % smaller"),
        (0.0, f"{LINE}: the network's error is 0"),
        (10.5, f"{LINE}: the network's 10.5 does not beat a straight line"),
        (20.0, f"{LINE}: the network's 20 does not beat a straight line, nor the mean"),
        (math.inf, None),
        (math.nan, None),
        (None, None),
    ],
)
def test_a_straight_line_is_beaten_or_not(rmse: float | None, said: str | None) -> None:
    """Far better, little better, exact, equal, worse than the mean, and nothing to compare."""
    assert describe_baselines({"rmse": rmse, "linear_rmse": 10.5, "mean_rmse": 16.8}) == said


def test_runs_without_baselines_say_nothing() -> None:
    """Functions have neither a straight line nor test rows."""
    assert describe_fit({"rmse": 0.1, "r2": 0.9}) == []


@pytest.mark.parametrize(
    ("metric", "said"),
    [("rmse", "rmse 5.31 (r2 0.89)"), ("mae", "mae 4.1 (rmse 5.31, r2 0.89)"), ("r2", "r2 0.89 (rmse 5.31)")],
)
def test_the_test_rows_in_the_chosen_metric(metric: str, said: str) -> None:
    """What was chosen by comes first; a metric that test rows do not have is left out."""
    metrics = {"test_rmse": 5.31, "test_mae": 4.1, "test_r2": 0.89}
    assert describe_test_rows(metrics, metric) == f"{CHOSE_NOTHING}: {said}"
    assert describe_test_rows(metrics, "validation_loss") == f"{CHOSE_NOTHING}: rmse 5.31 (r2 0.89)"


def test_chosen_settings_have_the_medians_of_their_runs() -> None:
    """As of pandas, over all seeds and folds; the settings were chosen without them."""
    table = folded()
    best, _ = best_by_median(table, "rmse")
    expected = table[table["model.hidden_size"] == 32][list(table.attrs["metrics"])].median()
    assert metrics_of_cell(table, best) == pytest.approx(expected.to_dict())
    each, _ = best_by_median(table, "rmse", ["model.hidden_size"])
    medians = table.groupby("model.hidden_size")["test_rmse"].median()
    assert each.set_index("model.hidden_size")["test_rmse"].to_dict() == pytest.approx(medians.to_dict())
    assert each["model.hidden_size"].tolist() == [32, 8]
    assert medians[32] > medians[8], "the test rows would have chosen otherwise"


def test_diverged_runs_count_as_infinitely_bad_on_test_rows_too() -> None:
    """Baselines stay what they are."""
    table = folded(seeds=1, folds=3)
    table.loc[table["model.hidden_size"] == 8, "status"] = "diverged"
    worst = metrics_of_cell(table, summarize(table), row=1)
    assert (worst["test_rmse"], worst["test_r2"]) == (math.inf, -math.inf)
    assert worst["linear_rmse"] == 8.0


@pytest.mark.parametrize(("factor", "count"), [(1.0, "1 of 2 cells does"), (10.0, "2 of 2 cells do")])
def test_a_summary_counts_settings_that_a_straight_line_beats(factor: float, count: str) -> None:
    """By the medians over the runs of a cell, whatever the metric of the summary."""
    table = folded()
    table["rmse"] *= factor
    notes = summarize(table, metric="r2").attrs["notes"]
    assert any(note.startswith(f"{count} not beat a straight line: the median rmse") for note in notes)


def test_a_summary_is_silent_where_all_settings_beat_it() -> None:
    """And where there are no baselines."""
    table = folded()
    table["rmse"] *= 0.1
    assert "straight line" not in str([summarize(each).attrs["notes"] for each in (table, grid(noisy))])


def test_diverged_settings_do_not_beat_a_straight_line() -> None:
    """They are infinitely bad where they count, and no cell where they are left out."""
    table = folded()
    table["rmse"] *= 0.1
    table.loc[table["model.hidden_size"] == 8, "status"] = "diverged"
    assert "1 of 2 cells does not beat a straight line" in str(summarize(table).attrs["notes"])
    assert "straight line" not in str(summarize(table, diverged="exclude").attrs["notes"])


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """The runs of `folded` as folders."""
    table = folded()
    for number, row in enumerate(table.to_dict("records")):
        typed = [f"{key}={row[key]}" for key in ("model.hidden_size", "data.fold", "seed")]
        metrics = {name: row[name] for name in table.attrs["metrics"]}
        write_run(tmp_path / str(number), *typed, metrics=metrics, seed=row["seed"])
    (tmp_path / "multirun.yaml").write_text("hydra: {}\n")
    return tmp_path


def call(*arguments: str) -> str:
    """What a command prints, on one line."""
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def test_best_says_what_the_test_rows_gave(sweep: Path) -> None:
    """Once, of the run that the other rows chose, with the straight line and the warning of folds."""
    table = collect(str(sweep))
    text, best = call("best", str(sweep)), table.loc[table["rmse"].idxmin()]
    said = f"{CHOSE_NOTHING}: rmse {best['test_rmse']:.3g} (r2 {best['test_r2']:.3g})"
    assert text.count(f"{said}; a straight line has rmse 4.5 there") == text.count(CHOSE_NOTHING) == 1
    assert f"the mean 6: the network's error is {4 / best['rmse']:.1f} times smaller" in text
    assert "the runs are of 5 folds, each judged on rows of its own" in text


def test_best_settings_say_it_of_medians(sweep: Path) -> None:
    """Over all runs of the settings, not of the run that stands for them."""
    table = collect(str(sweep))
    medians = table[table["model.hidden_size"] == 32].select_dtypes("number").median()
    text = call("best", str(sweep), "--by-median")
    said = f"medians of these settings: {CHOSE_NOTHING}: rmse {medians['test_rmse']:.3g}"
    assert text.count(said) == text.count(CHOSE_NOTHING) == 1
    assert "each judged on rows of its own" not in text


def test_the_report_says_the_same_of_its_best_run(sweep: Path) -> None:
    """The sentences of `best`; test rows neither sort nor filter its table of runs."""
    table = collect(str(sweep))
    best = table.loc[table["rmse"].idxmin()]
    page = render_report(table)
    for sentence in describe_fit({name: best[name] for name in table.attrs["metrics"]}):
        assert sentence.replace("'", "&#x27;") in page
    assert "2 seeds and 5 folds." in page
    assert "rmse over seeds and folds" in page
    fixed = re.findall(
        r'"name":"(\w+)","kind":"number","cells":\[[^]]*\][^{}]*"fixed":"of the test rows', page
    )
    assert fixed == ["test_rmse"]


def test_the_end_of_a_sweep_warns_of_folds(sweep: Path) -> None:
    """Its best rows are of single folds."""
    console = Console(width=300, record=True)
    end_sweep(sweep, "rmse", 3, console)
    assert "the runs are of 5 folds" in console.export_text()


def test_tables_show_the_metric_and_its_test_value() -> None:
    """Training rows, other metrics of test rows and the mean are aside; the test value is the last to go."""
    shown = choose_columns(_with_record(folded()))
    assert shown.aside == ["train_rmse", "test_r2", "mean_rmse", "test_linear_rmse"]
    assert not {*shown.aside} & {*shown.columns}
    dropped = [name for name in shown.droppable if name in {"r2", "linear_rmse", "test_rmse"}]
    assert dropped[-1] == "test_rmse"
    assert "rmse" not in shown.droppable
    by_r2 = choose_columns(_with_record(folded()), "r2")
    assert "test_r2" in by_r2.columns
    assert "test_rmse" in by_r2.aside


def test_a_baseline_that_is_the_same_everywhere_is_said_once() -> None:
    """Runs on the same rows have the same straight line."""
    shown = choose_columns(_with_record(folded(folds=1)))
    assert "linear_rmse=4" in shown.constants
    assert "linear_rmse" not in shown.columns


def _with_record(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that every table of runs has."""
    wider = table.assign(sweep="s", folder=[str(n) for n in range(len(table))], train_seconds=np.nan)
    wider.attrs = table.attrs
    return wider
