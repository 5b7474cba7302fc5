"""Sweeps under other people's launchers and sweepers, with the real packages, as processes of their own."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest
from processes import start_process

from sinefit.record.folder import RunFolder
from sinefit.results.collection import collect

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

SMALL = ("-m", "trainer=quick", "data.num_points=40", "hydra.sweep.dir=sweep")
LAUNCHERS = {
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2"),
    "submitit": ("hydra/launcher=submitit_local", "hydra.launcher.timeout_min=2"),
}


def call(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code, and everything that was printed."""
    process = start_process(*arguments, cwd=folder)
    out, err = process.communicate(timeout=300)
    return process.returncode, out + err


def table_of(folder: Path) -> pd.DataFrame:
    """The sweep's table, by job."""
    return collect(str(folder / "sweep")).sort_values("job").set_index("job")


@pytest.mark.parametrize("name", LAUNCHERS)
def test_failures_and_resume_under_parallel_launchers(folder: Path, name: str) -> None:
    """Jobs in other processes: a failure is a row, the table is whole, resume runs only what is missing."""
    swept = ("optimizer=sgd,adam", "seed=0,-1")
    code, out = call(folder, *SMALL, *LAUNCHERS[name], *swept)
    assert code == 1, out
    table = table_of(folder)
    assert table["status"].tolist() == ["completed", "failed", "completed", "failed"]
    assert "seed must be a whole number, 0 or more, got -1" in out
    assert "4 jobs: " in out
    (folder / "sweep" / "2" / "result.json").unlink()
    kept = (folder / "sweep" / "0" / "result.json").read_bytes()
    code, out = call(folder, "-m", "resume=sweep", "resume.failed=false")
    assert code == 1, out
    assert (folder / "sweep" / "0" / "result.json").read_bytes() == kept
    again = table_of(folder)
    assert again["rmse"][2] == table["rmse"][2]
    assert again["status"].tolist() == table["status"].tolist()


@pytest.mark.skipif(
    importlib.util.find_spec("hydra_plugins.hydra_optuna_sweeper") is None,
    reason="hydra-optuna-sweeper is not installed",
)
def test_optuna_minimises_the_objective(folder: Path) -> None:
    """Trials of hydra-optuna-sweeper become a table; a diverged trial does not stop the study."""
    arguments = ("hydra/sweeper=optuna", "hydra.sweeper.n_trials=6", "hydra.sweeper.n_jobs=2")
    sampler = ("hydra.sweeper.sampler.seed=1", "hydra/launcher=basic")
    choices = "optimizer.lr=choice(0.01,0.1,1e20)"
    code, out = call(folder, *SMALL, *arguments, *sampler, choices)
    assert code == 0, out
    table = table_of(folder)
    assert len(table) == 6
    assert {"diverged", "completed"} == set(table["status"])
    assert table["optimizer.lr"].dtype == float
    best = table[table["status"] == "completed"]["rmse"].min()
    optimum = (folder / "sweep" / "optimization_results.yaml").read_text()
    assert f"best_value: {float(best)!r}" in optimum


def test_the_experiment_that_sweeps_by_itself(folder: Path) -> None:
    """`+experiment=first_sweep` brings its own grid, and the table names its keys."""
    code, out = call(
        folder, *SMALL, "+experiment=first_sweep", "trainer.max_epochs=1", "hydra/launcher=basic"
    )
    assert code == 0, out
    table = table_of(folder)
    assert len(table) == 36
    assert (
        table.groupby(["model.hidden_size", "optimizer", "optimizer.lr"])["seed"].nunique().tolist()
        == [3] * 12
    )
    assert RunFolder(folder / "sweep" / "35").read_result().choices["optimizer"] == "adam"
    assert "36/36 jobs done" in out
