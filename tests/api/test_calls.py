"""Runs and sweeps from Python: the records, bits and messages of the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import torch

import sinefit
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.usefixtures("folder")
QUICK = ("trainer=quick", "trainer.max_epochs=4", "data.num_points=60")
GRID = {"model.hidden_size": [4, 8], "seed": range(3)}


@pytest.fixture(name="sinefit_command")
def _sinefit_command(request: pytest.FixtureRequest) -> Command:
    """The command, by another name than the package."""
    command: Command = request.getfixturevalue("sinefit")
    return command


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> sinefit.Sweep:
    """A sweep of six runs that is not recorded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("sweep"))
        return sinefit.sweep(GRID, *QUICK, optimizer=["adam", "sgd"], record=False)


def test_a_run_is_that_of_the_command_line(sinefit_command: Command, folder: Path) -> None:
    """The same words give the same bits, settings and metrics."""
    assert sinefit_command(*QUICK, "optimizer=adam", "seed=3", "hydra.run.dir=typed")[0] == 0
    run = sinefit.run(*QUICK, "optimizer=adam", seed=3)
    typed = sinefit.load_run("typed")
    assert run.folder.is_relative_to(folder / "outputs" / "runs")
    assert run.metrics == typed.result.metrics
    assert run.result.config_hash == typed.result.config_hash
    pairs = zip(run.model.parameters(), typed.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_sweep_is_that_of_the_command_line(sinefit_command: Command) -> None:
    """Values, ranges and words make the same jobs, and the table has the same rows."""
    words = ("model.hidden_size=4,8", "seed=range(0,3)", *QUICK, "hydra.sweep.dir=typed")
    assert sinefit_command("-m", *words)[0] == 0
    sweep = sinefit.sweep(GRID, *QUICK)
    unequal = ["sweep", "folder", "train_seconds"]
    typed = sinefit.collect("typed").drop(columns=unequal)
    pd.testing.assert_frame_equal(sweep.table.drop(columns=unequal), typed)
    assert (sweep.folder / "results.csv").exists()


def test_what_is_not_recorded_leaves_nothing(folder: Path) -> None:
    """With record=False a run can be looked at and asked; the working directory stays empty."""
    run = sinefit.run(*QUICK, record=False)
    place = run.folder
    assert run(torch.zeros(2, 1)).shape == (2, 1)
    assert len(run.history) == 4
    assert "not recorded" in repr(run)
    assert not list(folder.iterdir())
    del run
    assert not place.exists()


def test_the_best_run_predicts(swept: sinefit.Sweep) -> None:
    """`best` is the first row of the ranked table, as a run with its model."""
    best = swept.best()
    assert best.metrics["rmse"] == swept.table["rmse"].min()
    x = np.array([0.0, 1.0])
    assert best.predict(x) == pytest.approx(best(x)[:, 0].double().numpy())
    assert swept.best(by_median=True).folder in {run.folder for run in swept}


def test_statistics_are_those_of_tables(swept: sinefit.Sweep) -> None:
    """Summary, comparison and importance are the functions' DataFrames, with conclusion and notes shown."""
    table = swept.table
    pd.testing.assert_frame_equal(
        pd.DataFrame(swept.summary(by="optimizer")), sinefit.summarize(table, ["optimizer"])
    )
    comparison = swept.compare("optimizer", ["sgd", "adam"])
    assert comparison.conclusion.startswith("optimizer=adam")
    assert comparison.conclusion in repr(comparison)
    assert comparison.conclusion in comparison._repr_html_()
    assert type(comparison.head(1)) is pd.DataFrame
    assert swept.importance().loc[0, "key"] in {"optimizer", "model.hidden_size"}


def test_more_than_two_sides_are_compared_with_the_best() -> None:
    """Without values all that were swept are sides; a setting that was not swept has one side."""
    sizes = sinefit.sweep({"model.hidden_size": [4, 6, 8], "seed": [0, 1]}, *QUICK, record=False)
    comparison = sizes.compare("model.hidden_size")
    assert len(comparison) == 2
    assert comparison["side"].str.startswith("model.hidden_size=").all()
    with pytest.raises(SinefitError, match="optimizer has one value alone, adam"):
        sizes.compare("optimizer")


def test_sweeps_are_compared(swept: sinefit.Sweep) -> None:
    """Another sweep is the other side; itself is none."""
    other = sinefit.sweep(GRID, *QUICK, "optimizer.lr=0.02", optimizer=["adam", "sgd"])
    assert "pairs" in swept.compare(other).columns
    with pytest.raises(SinefitError, match="cannot be compared with itself"):
        swept.compare(swept)


def test_pictures_and_the_page_are_files(swept: sinefit.Sweep, folder: Path) -> None:
    """PNG, SVG and HTML by the ending; another ending and a missing folder are refused."""
    picture = swept.plot("box", by="optimizer")
    data, size = picture._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert size == {"width": 800}
    assert picture.save("a.svg").read_bytes().startswith(b"<?xml")
    assert b"<html" in swept.report("page.html").read_bytes()
    with pytest.raises(SinefitError, match=r"must end in .png, .svg, .html, got 'a.pdf'"):
        picture.save("a.pdf")
    with pytest.raises(SinefitError, match="there is no folder nowhere"):
        swept.report("nowhere/page.html")
    assert sorted(path.name for path in folder.iterdir()) == ["a.svg", "page.html"]


def test_mistakes_have_the_text_of_the_command_line(sinefit_command: Command, folder: Path) -> None:
    """All mistakes are told together, as in a terminal, without a cause behind them."""
    words = ("optimizer.lr=-1", "model.hiden_size=3", "seed=x")
    _, _, err = sinefit_command(*words)
    with pytest.raises(SinefitError) as raised:
        sinefit.run(*words)
    assert str(raised.value) == err.removeprefix("sinefit: ").rstrip("\n")
    assert raised.value.__cause__ is None
    assert raised.value._render_traceback_() == [f"SinefitError: {raised.value}"]
    assert not list(folder.iterdir())


def test_failed_jobs_are_rows() -> None:
    """A job that cannot be trained does not keep the others from their results."""
    sweep = sinefit.sweep({"optimizer.lr": [0.01, -1]}, *QUICK, record=False)
    assert sweep.table["status"].tolist() == ["completed", "failed"]
    assert "optimizer.lr must be positive" in sweep._repr_html_()
    assert repr(sweep) == "<Sweep: 2 jobs: 1 completed, 1 failed, not recorded>"
    with pytest.raises(IndexError, match="the sweep has 2 jobs, got 2"):
        sweep[2]


def test_one_run_takes_no_sweep() -> None:
    """Several values and -m are refused by `run`, with what to call instead."""
    with pytest.raises(SinefitError, match=r"sinefit.sweep takes -m"):
        sinefit.run("-m", "seed=0,1")
    with pytest.raises(SinefitError, match="seed=0,1"):
        sinefit.run("seed=0,1")


def test_a_sweep_is_resumed() -> None:
    """What a killed sweep left is finished by the same word as in a terminal."""
    sweep = sinefit.sweep(GRID, *QUICK)
    before = sweep.table.drop(columns="train_seconds")
    (sweep.folder / "2" / "result.json").unlink()
    resumed = sinefit.sweep(f"resume={sweep.folder}")
    assert resumed.folder == sweep.folder
    pd.testing.assert_frame_equal(resumed.table.drop(columns="train_seconds"), before)


def test_runs_are_found_wherever_one_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of the working directory the runs of a sweep are still where they were."""
    sweep = sinefit.sweep({"seed": [0, 1]}, *QUICK)
    assert len(sweep.table) == 2
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert [run.result.seed for run in sweep] == [0, 1]


def test_a_model_of_ones_own_is_trusted_by_who_trained_it() -> None:
    """The run that this process trained gives its model; the same folder as anybody's does not."""
    Path("mine_of_api.py").write_text("import torch\n\n\nclass Net(torch.nn.Linear):\n    pass\n")
    node = {"_target_": "mine_of_api.Net", "in_features": 1, "out_features": 1}
    run = sinefit.run("~model", *QUICK, {"+model": node})
    assert type(run.model).__name__ == "Net"
    with pytest.raises(SinefitError, match="mine_of_api"):
        _ = sinefit.Run(run.folder).model


def test_the_function_stays_when_the_module_is_loaded() -> None:
    """`sinefit.run` is the function before and after Python loads the entry of that name."""
    code = "import sinefit; f = sinefit.run; import sinefit.run; assert sinefit.run is f"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
