"""Metrics of test rows choose nothing: every way to rank, sort, split or filter by them is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from made_tables import folded
from run_folders import write_run
from typer.testing import CliRunner

from sinefit import compare, importance, summarize
from sinefit.cli.main import app
from sinefit.core.metrics import METRICS, find_metric, is_of_test_rows
from sinefit.errors import SinefitError
from sinefit.results.best import best_by_median, best_rows, rank_rows, sort_rows
from sinefit.results.plots import KINDS, draw
from sinefit.results.plots.request import Request
from sinefit.results.query import select_rows
from sinefit.results.report import render_report
from sinefit.results.statistics import compare_with_best, split_sides

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

REFUSED = "test_rmse is of the test rows, which must not choose: .* choose by rmse, which is of other rows"


def _sides(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return split_sides(table, "model.hidden_size", ["8", "32"])


WAYS: dict[str, Callable[[pd.DataFrame], object]] = {
    "rank": lambda table: rank_rows(table, "test_rmse"),
    "sort": lambda table: sort_rows(table, "test_rmse"),
    "best": lambda table: best_rows(table, "test_rmse"),
    "best by": lambda table: best_rows(table, "rmse", ["test_rmse"]),
    "by median": lambda table: best_by_median(table, "test_rmse"),
    "summary": lambda table: summarize(table, metric="test_rmse"),
    "summary by": lambda table: summarize(table, ["test_rmse"]),
    "compare": lambda table: compare(*_sides(table).values(), metric="test_rmse"),
    "compare several": lambda table: compare_with_best(_sides(table), "test_rmse"),
    "sides": lambda table: split_sides(table, "test_rmse", ["1", "2"]),
    "importance": lambda table: importance(table, "test_rmse"),
    "filter": lambda table: select_rows(table, "seed == 0 and not (test_rmse > 3)"),
    "report": lambda table: render_report(table, metric="test_rmse"),
    "objective": lambda table: summarize(table.assign(objective="test_rmse")),
    "picture's x": lambda table: Request(table, "rmse", x="test_rmse"),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_a_choice(way: str) -> None:
    """Each says why, and what to choose by."""
    with pytest.raises(SinefitError, match=REFUSED):
        WAYS[way](folded())


@pytest.mark.parametrize("kind", KINDS)
def test_no_picture_ranks_by_them(kind: str) -> None:
    """Every kind of picture ranks or groups runs by its metric."""
    table = folded().assign(**{"optimizer.lr": [0.1, 0.2] * 10}, folder="nowhere")
    table.attrs = folded().attrs | {"settings": [*folded().attrs["settings"], "optimizer.lr"]}
    with pytest.raises(SinefitError, match=REFUSED):
        draw(kind, Request(table, "test_rmse"))


def test_they_are_not_offered() -> None:
    """A list of metrics to choose by has none of them; one that no run has is simply unknown."""
    with pytest.raises(SinefitError) as caught:
        summarize(folded(), metric="test_mae")
    assert str(caught.value).startswith(
        "there is no metric 'test_mae'; the metrics are: rmse, r2, train_rmse, m"
    )
    assert "test_rmse" not in str(caught.value)


def test_settings_of_such_names_are_settings() -> None:
    """A key of one's own configs may begin like a metric of test rows."""
    table = folded().assign(test_size=[0.1, 0.2] * 10)
    table.attrs = folded().attrs | {"settings": [*folded().attrs["settings"], "test_size"]}
    assert summarize(table, ["test_size"])["n"].tolist() == [10, 10]
    assert len(select_rows(table, "test_size > 0.1")) == 10


@pytest.mark.parametrize("part", ["train_", "test_"])
@pytest.mark.parametrize("target", ["", ".y1", ".a.b"])
@pytest.mark.parametrize("name", ["rmse", "mse", "max_abs_error", "r2"])
def test_parts_of_a_metric_have_its_direction(part: str, name: str, target: str) -> None:
    """Of training or test rows, and of single targets, whose names may have dots."""
    found, whole = find_metric(f"{part}{name}{target}"), METRICS[name]
    assert (found.direction, found.unit, found.worst) == (whole.direction, whole.unit, whole.worst)
    assert found.name == f"{part}{name}{target}"
    assert is_of_test_rows(found.name) is (part == "test_")


def test_names_of_their_own_are_left_alone() -> None:
    """What merely looks like a part: the training's loss, probes' numbers."""
    assert find_metric("train_loss") is METRICS["train_loss"]
    assert find_metric("r2_gap").direction == find_metric("train_sharpness").direction == "minimize"


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Two runs."""
    for job in range(2):
        metrics = {"rmse": 1.0 + job, "test_rmse": 7.25 - job}
        write_run(tmp_path / str(job), f"seed={job}", metrics=metrics, seed=job)
    (tmp_path / "multirun.yaml").write_text("hydra: {}\n")
    return tmp_path


def test_commands_refuse_and_tables_show_them(sweep: Path) -> None:
    """`--sort`, `--metric` and `--where` are refused with exit code 1; columns and csv hold the numbers."""
    invoke = CliRunner().invoke
    for words in (["table", "--sort", "test_rmse"], ["best", "--metric", "test_rmse"]):
        done = invoke(app, [words[0], str(sweep), *words[1:]])
        assert isinstance(done.exception, SinefitError)
        assert "which must not choose" in str(done.exception)
    shown = invoke(app, ["table", str(sweep), "--columns", "job,test_rmse"])
    assert "7.25" in shown.stdout
    assert "test_rmse" in invoke(app, ["table", str(sweep), "--format", "csv"]).stdout.splitlines()[0]
