"""The command ``sinefit-results send``, as a process: what it says, and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from run_folders import write_run, write_sweep
from tracker_places import read_tensorboard

from sinefit.trackers.exclusive import exclusive

if TYPE_CHECKING:
    from pathlib import Path


def send(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code, and what is said on standard error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "sinefit.cli", "send", *arguments],
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "COLUMNS": "200", "DO_NOT_TRACK": "true"} | (env or {}),
    )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.strip()


@pytest.fixture
def sweep(folder: Path) -> Path:
    """A sweep of three jobs, of which the last has no result, and which is the newest."""
    made = write_sweep(folder / "outputs" / "sweeps" / "x=1 ü", ["seed=0"], ["seed=1"])
    for number in range(2):
        (made / str(number) / ".hydra" / "config.yaml").write_text(
            f"model:\n  hidden_size: 8\nseed: {number}\n"
        )
    write_run(made / "2", "seed=2", finished=False)
    return made


def test_the_newest_sweep_is_sent(sweep: Path, folder: Path) -> None:
    """Without a path: which one is said, how many arrived, and which have no result yet; twice is once."""
    code, said = send("--to", "tensorboard", "--logdir", "my logs")
    assert code == 0
    newest, sent, unfinished = said.splitlines()
    assert newest == "the newest sweep: outputs/sweeps/x=1 ü"
    assert sent == "2 runs sent to my logs"
    assert unfinished == f"1 run without a result yet: not sent ({sweep / '2'})"
    assert {*read_tensorboard(folder / "my logs")} == {"x=1 ü", "x=1 ü/0", "x=1 ü/1"}
    assert (
        "0 runs sent to my logs, 2 were there already"
        in send("--to", "tensorboard", "--logdir", "my logs")[1]
    )


def test_a_broken_record_is_told(sweep: Path) -> None:
    """The others are sent, and the exit code says that something is missing."""
    (sweep / "1" / "result.json").write_text("{")
    code, said = send("--to", "tensorboard")
    assert code == 1
    assert "1 run sent to outputs/tensorboard" in said
    assert f"not sent: {sweep / '1' / 'result.json'} is broken" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--to", "wandb", "--tracking-uri", "u"),
            "--tracking-uri u: no effect with --to wandb, which takes",
        ),
        (("--to", "mlflow", "--logdir", "d"), "--logdir d: no effect with --to mlflow, which takes"),
        (("--to", "tensorboard", "--experiment", "e"), "--experiment e: no effect with --to tensorboard"),
        (
            ("--to", "mlflow", "--history", "1"),
            "--history must be a number of points, 0 or 2 and more, or all, got 1",
        ),
        (("--to", "wandb", "--experiment", "a/b"), "--experiment must be a name of at most 128 letters"),
        (("--to", "clearml"), "'clearml' is not one of 'mlflow', 'tensorboard', 'wandb'"),
        (("--to", "mlflow", "--tracking-uri", "sqlite:///no/x.db"), "no/x.db cannot be used: no such folder"),
        (("nowhere", "--to", "wandb"), "'nowhere' does not exist"),
        (
            ("--to", "mlflow", "--tracking-uri", "http://127.0.0.1:1"),
            "MLflow at http://127.0.0.1:1 cannot be reached: Connection refused",
        ),
    ],
)
def test_mistakes(sweep: Path, arguments: tuple[str, ...], message: str) -> None:
    """One message that names the option, its value and what is allowed; nothing is written."""
    before = {*sweep.parents[2].rglob("*")}
    code, said = send(*arguments)
    assert code == 1
    assert message in said
    assert {*sweep.parents[2].rglob("*")} == before


def test_a_missing_package_is_named(sweep: Path, folder: Path) -> None:
    """With the words that install it."""
    del sweep
    (folder / "sitecustomize.py").write_text("import sys\nsys.modules['tensorboard'] = None\n")
    code, said = send("--to", "tensorboard", env={"PYTHONPATH": str(folder)})
    assert code == 1
    assert (
        "TensorBoard needs tensorboard, which cannot be found; type pip install 'sinefit[tensorboard]'"
        in said
    )


def test_two_processes_do_not_send_to_one_place(sweep: Path, folder: Path) -> None:
    """The second is refused while the first is at it."""
    del sweep
    with exclusive(str(folder / "my logs")):
        code, said = send("--to", "tensorboard", "--logdir", "my logs")
    assert code == 1
    assert f"another process sends to {folder / 'my logs'} just now; wait for its end" in said
    assert send("--to", "tensorboard", "--logdir", "my logs")[0] == 0
