"""The command, from overrides to a run folder."""

from __future__ import annotations

import csv
import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest
import torch
from processes import start_process
from small_sweeps import STRANGERS_CONF

import sinefit as package
from sinefit.core.run import run
from sinefit.record.folder import HISTORY_COLUMNS, RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sinefit.core.experiment import Experiment

    Command = Callable[..., tuple[int, str, str]]


def test_a_run_leaves_its_folder(
    sinefit: Command, folder: Path, experiment: Callable[..., Experiment]
) -> None:
    """All files of the run folder are there and say what the numerics say."""
    overrides = ("trainer=quick", "seed=3", "optimizer=adam", "data.num_points=100")
    code, out, err = sinefit(*overrides)
    assert (code, err) == (0, "")
    (path,) = (folder / "outputs" / "runs").glob("*/*")
    files = {str(p.relative_to(path)) for p in path.rglob("*") if p.is_file()}
    hydra_files = {f".hydra/{name}.yaml" for name in ("config", "hydra", "overrides")}
    assert files == hydra_files | {
        "result.json",
        "history.csv",
        "prediction.csv",
        "model.pt",
        "fit.png",
        "run.log",
    }
    outcome = run(experiment(*overrides))
    raw = json.loads((path / "result.json").read_text())
    assert raw["metrics"] == outcome.metrics
    assert (raw["status"], raw["epochs"], raw["steps"], raw["seed"]) == ("completed", 5, 20, 3)
    assert (raw["error"], raw["num_parameters"], raw["overrides"]) == (None, 1153, list(overrides))
    assert raw["objective"] == {"name": "rmse", "value": outcome.metrics["rmse"], "direction": "minimize"}
    assert raw["choices"]["optimizer"] == "adam"
    assert raw["engine"] == {"name": "native", "runs_together": 1, "threads": 1}
    assert raw["environment"]["torch"].startswith(torch.__version__.split("+")[0])
    assert len(raw["config_hash"]) == 64
    rows = list(csv.DictReader((path / "history.csv").read_text().splitlines()))
    assert tuple(rows[0]) == HISTORY_COLUMNS
    assert [float(row["train_loss"]) for row in rows] == [row.train_loss for row in outcome.history]
    rows = list(csv.DictReader((path / "prediction.csv").read_text().splitlines()))
    loaded = package.load_run(path)
    x = torch.tensor([[float(row["x"])] for row in rows])
    expected = loaded(x).flatten()
    assert [float(row["prediction"]) for row in rows] == pytest.approx(expected.tolist(), rel=1e-4, abs=1e-5)
    parameters = torch.load(path / "model.pt", weights_only=True)
    assert all(map(torch.equal, parameters.values(), outcome.parameters.values()))
    assert (path / "fit.png").read_bytes().startswith(b"\x89PNG")
    assert "completed after 5 epochs" in (path / "run.log").read_text()
    assert "completed after 5 epochs (20 steps)" in out
    assert f"{outcome.metrics['rmse']:.6g}" in out
    assert str(path.relative_to(folder)) in out
    assert "epoch 5/5" in out


def test_config_hash_follows_what_decides_the_numbers(sinefit: Command, folder: Path) -> None:
    """Another seed, another hash; another objective or picture, the same."""

    def hash_of(*overrides: str) -> str:
        assert sinefit("trainer=quick", "data.num_points=40", "hydra.run.dir=here", *overrides)[0] == 0
        return RunFolder(folder / "here").read_result().config_hash

    first = hash_of()
    assert hash_of("objective=mse", "picture=false") == first
    assert hash_of("seed=1") != first
    assert hash_of("optimizer.lr=0.01") == first


@pytest.mark.parametrize("value", ["auto", "true", "false"])
def test_picture_setting(sinefit: Command, folder: Path, value: str) -> None:
    """A single run has its picture unless it is switched off."""
    assert sinefit("trainer=quick", "data.num_points=40", "hydra.run.dir=here", f"picture={value}")[0] == 0
    assert (folder / "here" / "fit.png").exists() == (value != "false")


def test_a_diverged_run_is_data(sinefit: Command, folder: Path) -> None:
    """Exit code 0, status diverged, epoch and step told, finite weights, no objective."""
    code, out, _ = sinefit("optimizer=sgd", "optimizer.lr=1000", "hydra.run.dir=here")
    assert code == 0
    assert "diverged after 0 epochs" in out
    files = RunFolder(folder / "here")
    result = files.read_result()
    assert result.status == "diverged"
    assert "in epoch 1, step " in result.message
    assert result.objective["value"] == float("inf")
    assert json.loads(files.result.read_text())["objective"]["value"] is None
    assert all(bool(value.isfinite().all()) for value in files.read_parameters().values())


STRANGERS = [
    ("model=twice",),
    ("data=square",),
    ("loss=fourth",),
    ("optimizer=sign",),
    ("data=plane",),
]


@pytest.mark.parametrize("overrides", STRANGERS, ids=lambda case: case[0])
def test_parts_from_outside_the_package(sinefit: Command, folder: Path, overrides: tuple[str, ...]) -> None:
    """A model, function, loss, optimizer or data set of one's own trains and improves."""
    code, _, err = sinefit(*STRANGERS_CONF, "trainer.max_epochs=6", "hydra.run.dir=here", *overrides)
    assert (code, err) == (0, "")
    files = RunFolder(folder / "here")
    losses = [row["train_loss"] for row in files.read_history()]
    assert losses[-1] < losses[0]  # type: ignore[operator]


def test_config_dir_adds_choices(sinefit: Command, folder: Path) -> None:
    """A group choice in a folder of one's own is found by --config-dir."""
    (folder / "mine" / "model").mkdir(parents=True)
    text = "_target_: sinefit.core.models.MLP\ninput_size: 1\nhidden_size: 3\noutput_size: 1\n"
    (folder / "mine" / "model" / "tiny.yaml").write_text(text)
    code, _, err = sinefit("--config-dir", "mine", "model=tiny", "trainer=quick", "hydra.run.dir=here")
    assert (code, err) == (0, "")
    assert RunFolder(folder / "here").read_result().num_parameters == 10


def test_a_bug_in_the_users_model_is_recorded_and_told(sinefit: Command, folder: Path) -> None:
    """The user reads what happened and in which line; run.log has the traceback, result.json the reason."""
    code, _, err = sinefit(*STRANGERS_CONF, "model=explodes", "hydra.run.dir=here")
    assert code == 1
    assert "sinefit: RuntimeError: kaboom (strangers.py, line " in err
    assert "Traceback" not in err
    result = RunFolder(folder / "here").read_result()
    assert (result.status, result.error) == ("failed", "RuntimeError: kaboom")
    log = (folder / "here" / "run.log").read_text()
    assert "Traceback" in log
    assert "strangers.py" in log


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupting_keeps_what_there_is(folder: Path, number: int, code: int) -> None:
    """Ctrl-C and SIGTERM end a run with a whole record, and the shell's exit code."""
    endless = ("trainer.max_epochs=1000000", "trainer.checkpoint_every=1", "data.num_points=64")
    process = start_process(*endless, "hydra.run.dir=here", cwd=folder)
    checkpoint = folder / "here" / "checkpoint.pt"
    deadline = time.monotonic() + 60
    while not checkpoint.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)  # waits for another process, not for a result
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert "Traceback" not in err
    files = RunFolder(folder / "here")
    result = files.read_result()
    assert result.status == "interrupted"
    assert len(files.read_history()) == result.epochs
    assert "interrupted in epoch" in out
    assert not list((folder / "here").glob("*.tmp")) + list((folder / "here").glob(".*.tmp"))


def test_the_public_names_load_on_demand() -> None:
    """Every public name is there; an unknown one is an AttributeError."""
    assert all(hasattr(package, name) for name in package.__all__)
    assert set(package.__all__) == set(dir(package))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


def test_modules_run_as_main(folder: Path) -> None:
    """`python -m sinefit.run` is the same command."""
    process = start_process("--version", cwd=folder)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith(f"sinefit {package.__version__} (Hydra ")
    assert sys.version_info >= (3, 11)
