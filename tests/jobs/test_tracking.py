"""``tracker=NAME``: what is sent at the end of a run or a sweep, by whatever launcher; what is left alone."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from processes import start_process
from tracker_places import read_tensorboard

if TYPE_CHECKING:
    from collections.abc import Callable

    Sinefit = Callable[..., tuple[int, str, str]]

QUICK = ("trainer=quick", "data.num_points=40", "model.hidden_size=4", "picture=false")
SWEEP = ("-m", *QUICK, "hydra.sweep.dir=swept")
BOARD = ("tracker=tensorboard", "tracker.logdir=board")


def there() -> set[str]:
    """What TensorBoard shows."""
    return {*read_tensorboard(Path("board"))}


def test_a_run_is_sent(folder: Path, sinefit: Sinefit) -> None:
    """Once it has ended; where it went is said."""
    del folder
    code, _, err = sinefit(*QUICK, *BOARD, "hydra.run.dir=alone")
    assert (code, there()) == (0, {"alone"})
    assert "1 run sent to board" in err


def test_a_run_that_failed_is_sent(folder: Path, sinefit: Sinefit, strangers: None) -> None:
    """With its error."""
    del folder, strangers
    words = ("--config-dir", str(Path(__file__).parents[1] / "support" / "strangers_conf"), "model=explodes")
    code, _, err = sinefit(*words, *QUICK[:2], QUICK[3], *BOARD, "hydra.run.dir=alone")
    assert code == 1, err
    (seen,) = read_tensorboard(Path("board"))["alone"]
    assert (seen.status, seen.state) == ("failed", "FAILED")
    assert seen.note
    assert "1 run sent" in err


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_a_sweep_is_sent(folder: Path, sinefit: Sinefit, launcher: str) -> None:
    """With all of its jobs, failed ones too, whatever launcher runs them."""
    del folder
    code, _, err = sinefit(*SWEEP, *BOARD, f"hydra/launcher={launcher}", "seed=0,-1")
    assert code == 1
    assert there() == {"swept", "swept/0", "swept/1"}
    assert "2 runs sent to board" in err


def test_a_resumed_sweep_is_sent_again(folder: Path, sinefit: Sinefit) -> None:
    """And is there once."""
    del folder
    assert sinefit(*SWEEP, *BOARD, "seed=0,-1")[0] == 1
    Path("swept/0/result.json").unlink()
    code, _, err = sinefit("-m", "resume=swept")
    assert code == 1
    assert there() == {"swept", "swept/0", "swept/1"}
    assert "sent to board" in err


def test_an_interrupted_sweep_is_sent(folder: Path) -> None:
    """What it had when somebody typed Ctrl-C."""
    long = ("trainer.max_epochs=1000000000", "trainer.checkpoint_every=1")
    process = start_process(*SWEEP, *BOARD, "seed=0,1", *long, cwd=folder)
    while not (folder / "swept" / "0" / "checkpoint.pt").exists():
        assert process.poll() is None
    process.send_signal(2)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "1 run sent to board" in err
    assert there() == {"swept", "swept/0"}


def test_no_hash_and_no_column_knows_of_it(folder: Path, sinefit: Sinefit) -> None:
    """The hash is that of the same run that is sent nowhere, and the table and the command do without it."""
    del folder
    assert sinefit(*QUICK, "hydra.run.dir=plain")[0] == 0
    assert sinefit(*SWEEP, *BOARD, "seed=0,1")[0] == 0
    hashes = [json.loads(Path(run, "result.json").read_text())["config_hash"] for run in ("plain", "swept/0")]
    assert hashes[0] == hashes[1]
    assert not [name for name in pd.read_csv("swept/results.csv") if "tracker" in name]
    (seen,) = read_tensorboard(Path("board"))["swept/0"]
    assert not [name for name in seen.parameters if "tracker" in name]


def test_a_server_that_is_away(folder: Path, sinefit: Sinefit) -> None:
    """The record is whole, one line says what to type later, and the exit code that something is missing."""
    del folder
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        words = ("tracker=mlflow", f"tracker.tracking_uri={address}", "hydra.run.dir=alone")
        code, out, err = sinefit(*QUICK, *words)
    assert code == 1
    assert "saved in alone" in out
    assert json.loads(Path("alone/result.json").read_text())["status"] == "completed"
    later = f"sinefit-results send alone --to mlflow --tracking-uri {address}"
    assert f"MLflow at {address} cannot be reached: Connection refused" in err
    assert later in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tracker=mlflow", "tracker.history=1"), "tracker.history must be a number of points"),
        (("tracker=mlflow", "+tracker.uri=x"), "tracker.uri=x is no setting of Mlflow"),
        (("tracker=clearml",), "tracker=clearml is no choice"),
        (("-m", "tracker=mlflow,wandb"), "tracker=mlflow,wandb: a sweep is sent to one tracker"),
        (
            ("-m", "tracker=wandb", "tracker.project=a,b"),
            "tracker.project=a,b: a sweep is sent to one tracker",
        ),
    ],
)
def test_mistakes_are_told_before_anything_is_trained(
    folder: Path, sinefit: Sinefit, words: tuple[str, ...], message: str
) -> None:
    """And nothing is left on disk."""
    code, _, err = sinefit(*QUICK, *words)
    assert code == 1
    assert message in err
    assert not [*folder.rglob("result.json")]
