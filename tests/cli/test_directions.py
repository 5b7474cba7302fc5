"""Every command judges by a metric's direction: by r2 the same runs are the best as by rmse."""

from __future__ import annotations

import io
import json
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from run_folders import write_run
from typer.testing import CliRunner

from sinefit.cli.main import app
from sinefit.results.ending import end_sweep

if TYPE_CHECKING:
    from pathlib import Path

METRICS = ["rmse", "r2"]
BEST = 4
"""The job with the smallest error of those that ended well: adam, seed 1."""


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Two optimizers and three seeds; Adam is better, and what diverged has the best last metrics."""
    for job, (optimizer, seed) in enumerate(product(("sgd", "adam"), range(3))):
        rmse = (0.8 if optimizer == "sgd" else 0.3) + 0.1 * (seed != 1)
        write_run(
            tmp_path / str(job),
            f"optimizer={optimizer}",
            f"seed={seed}",
            metrics={"rmse": rmse, "r2": 1 - rmse**2},
            seed=seed,
            config_hash=str(job),
        )
    write_run(
        tmp_path / "6",
        *("optimizer=sgd", "seed=3"),
        status="diverged",
        metrics={"rmse": 0.01, "r2": 0.9999},
        seed=3,
        config_hash="6",
    )
    (tmp_path / "multirun.yaml").write_text("hydra: {}\n")
    return tmp_path


def call(*arguments: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def rows(*arguments: str) -> list[dict[str, Any]]:
    """The rows that a command writes as JSON."""
    found: list[dict[str, Any]] = json.loads(call(*arguments, "--format", "json"))
    return found


@pytest.mark.parametrize("metric", METRICS)
def test_tables_are_sorted_from_the_best(sweep: Path, metric: str) -> None:
    """The best run first, what diverged last, and the other way round."""
    jobs = [row["job"] for row in rows("table", str(sweep), "--sort", metric)]
    assert jobs == [BEST, 3, 5, 1, 0, 2, 6]
    (top,) = rows("table", str(sweep), "--sort", metric, "--top", "1")
    assert top["job"] == BEST
    assert [row["job"] for row in rows("table", str(sweep), "--sort", metric, "--reverse")] == jobs[::-1]


@pytest.mark.parametrize("metric", METRICS)
def test_the_best_run_is_the_same(sweep: Path, metric: str) -> None:
    """On a page of its own, and for each optimizer."""
    assert f"{sweep}/{BEST}\n" in call("best", str(sweep), "--metric", metric)
    lines = call("best", str(sweep), "--metric", metric, "--by", "optimizer").splitlines()
    assert [line.split()[0] for line in lines if "adam" in line or "sgd" in line] == [str(BEST), "1"]


@pytest.mark.parametrize("metric", METRICS)
def test_summaries_rank_the_same_cell_first(sweep: Path, metric: str) -> None:
    """Adam is the first; its best value is the best run's; the worst of SGD is the run that diverged."""
    summary = rows("summary", str(sweep), "--by", "optimizer", "--metric", metric)
    assert [row["optimizer"] for row in summary] == ["adam", "sgd"]
    (best,) = (row for row in rows("table", str(sweep)) if row["job"] == BEST)
    assert summary[0]["best"] == best[metric]
    assert summary[1]["worst"] is None  # JSON knows no infinity


@pytest.mark.parametrize("metric", METRICS)
def test_comparisons_find_the_same_side_better(sweep: Path, metric: str) -> None:
    """SGD is worse; there is a ratio of errors, and none of what is better when higher."""
    between = ("compare", str(sweep), "--between", "optimizer=adam,sgd", "--metric", metric)
    assert f"optimizer=sgd looks worse than optimizer=adam in {metric}" in call(*between)
    (row,) = rows(*between)
    assert row["improvement"] == 0
    assert (row["ratio"] is None) is (metric == "r2")
    failed = CliRunner().invoke(app, [*between, "--fail-if-worse", "5%"])
    assert "optimizer=sgd is worse than optimizer=adam" in str(failed.exception)


@pytest.mark.parametrize(("metric", "scale"), [("rmse", "log10 of rmse"), ("r2", "r2")])
def test_importance_names_the_same_best_value(sweep: Path, metric: str, scale: str) -> None:
    """Adam; logarithms of errors only."""
    text = call("importance", str(sweep), "--metric", metric)
    assert next(line.split()[-1] for line in text.splitlines() if line.startswith("optimizer")) == "adam"
    assert f"variance of {scale}\n" in text


@pytest.mark.parametrize("metric", METRICS)
def test_a_sweep_ends_with_its_best_rows(sweep: Path, metric: str) -> None:
    """Those that ended well, the best first."""
    console = Console(file=io.StringIO(), width=200)
    assert not end_sweep(sweep, metric, 2, console)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    head = next(number for number, line in enumerate(lines) if line.lstrip().startswith("job"))
    assert [line.split()[0] for line in lines[head + 1 : head + 3]] == [str(BEST), "3"]
