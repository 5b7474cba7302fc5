"""What happens on the way of a sweep: failures, divergence, interruption, full disks."""

from __future__ import annotations

import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from processes import start_process
from small_sweeps import SMALL, STRANGERS_CONF, table_of

from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.usefixtures("strangers")


def test_a_sweep_ends_with_its_table(sinefit: Command, folder: Path, launcher: str) -> None:
    """All jobs, best first on the terminal, and the table on disk."""
    code, out, err = sinefit(*SMALL, launcher, "optimizer=sgd,adam", "seed=range(0,3)")
    assert (code, err) == (0, "")
    assert "6/6 jobs done, best rmse" in out
    assert "6 jobs: 6 completed" in out
    stored = pd.read_parquet(folder / "sweep" / "results.parquet")
    assert len(stored) == len(pd.read_csv(folder / "sweep" / "results.csv")) == 6
    assert sorted(set(stored["optimizer"])) == ["adam", "sgd"]
    ranked = stored.sort_values("rmse")["job"].tolist()
    shown = [
        int(line.split()[0]) for line in out.splitlines() if line.strip()[:1].isdigit() and "job" not in line
    ]
    assert shown[:6] == [int(job) for job in ranked]


@pytest.mark.parametrize("batch", [(), ("hydra.sweeper.max_batch_size=1",)])
def test_failures_stay_with_their_jobs(
    sinefit: Command, folder: Path, launcher: str, batch: tuple[str, ...]
) -> None:
    """A job that raises, exits or has a wrong setting is a row; the others go on; exit code 1."""
    code, out, _ = sinefit(
        *STRANGERS_CONF, *SMALL, launcher, *batch, "model=explodes,leaves,mlp", "seed=0,-1"
    )
    assert code == 1
    table = table_of(folder / "sweep").set_index("job")
    assert table["status"].tolist() == ["failed"] * 4 + ["completed", "failed"]
    assert table["error"][0] == "RuntimeError: kaboom"
    assert table["error"][2] == "SystemExit: 3"
    assert "seed must be a whole number, 0 or more, got -1" in table["error"][5]
    assert "Traceback" in (folder / "sweep" / "0" / "run.log").read_text()
    for job in (0, 1, 2, 3, 5):
        assert f"{Path('sweep', str(job))} failed: " in out
    assert "6 jobs: 5 failed, 1 completed" in out


def test_on_error_stop_ends_at_the_first(sinefit: Command, folder: Path, launcher: str) -> None:
    """The job before the failure and the failure are there; the next may have trained with the first."""
    code, _, _ = sinefit(*STRANGERS_CONF, *SMALL, launcher, "model=mlp,explodes,siren", "on_error=stop")
    assert code == 1
    statuses = table_of(folder / "sweep")["status"].tolist()
    assert statuses[:2] == ["completed", "failed"]
    assert set(statuses[2:]) <= ({"completed", "unfinished"} if "fused" in launcher else set())


def test_a_diverged_job_has_an_infinite_objective(sinefit: Command, folder: Path, launcher: str) -> None:
    """Divergence is a row, no failure; what an optimising sweeper gets is infinity."""
    code, out, _ = sinefit(*SMALL, launcher, "optimizer.lr=0.01,1e20")
    assert code == 0
    assert "1 diverged" in out
    result = RunFolder(folder / "sweep" / "1").read_result()
    assert (result.status, result.objective["value"]) == ("diverged", float("inf"))


@pytest.mark.parametrize("objective", ["validation_loss", "extrapolation_rmse"])
def test_an_objective_that_no_job_has_is_refused_at_the_start(
    sinefit: Command, folder: Path, launcher: str, objective: str
) -> None:
    """Nothing is trained: there would be nothing to rank by."""
    code, out, err = sinefit(*SMALL, launcher, "seed=0,1", f"objective={objective}")
    assert (code, out) == (1, "")
    assert f"; {objective} needs " in err
    assert not (folder / "sweep").exists()


def test_an_objective_that_some_jobs_have_fails_the_others(sinefit: Command, folder: Path) -> None:
    """Held-out points are swept: the job without any fails, the other one is ranked by them."""
    code, out, _ = sinefit(*SMALL, "objective=validation_loss", "data.validation_share=0,0.2")
    assert code == 1
    assert "validation_loss needs points that are held out" in out
    assert table_of(folder / "sweep")["status"].tolist() == ["failed", "completed"]


def test_two_sweeps_of_one_second_get_two_folders(sinefit: Command, folder: Path) -> None:
    """The second one's folder has another name; so with single runs."""
    fixed = ("outputs/sweeps/now", "outputs/runs/now")
    for kind, where, flags in (("sweep", fixed[0], ("-m",)), ("run", fixed[1], ())):
        conf = folder / "conf" / "hydra"
        conf.mkdir(parents=True, exist_ok=True)
        (conf / "same.yaml").write_text(f"# @package _global_\nhydra:\n  {kind}:\n    dir: {where}\n")
        arguments = (*flags, "--config-dir", "conf", "+hydra=same", "trainer=quick", "data.num_points=40")
        assert sinefit(*arguments, "seed=1")[0] == 0
        assert sinefit(*arguments, "seed=2")[0] == 0
    assert sorted(path.name for path in (folder / "outputs" / "sweeps").iterdir()) == ["now", "now-2"]
    assert sorted(path.name for path in (folder / "outputs" / "runs").iterdir()) == ["now", "now-2"]


def test_a_sweep_is_not_written_over_another(sinefit: Command, folder: Path) -> None:
    """A typed folder that holds a sweep is refused, with what to type."""
    assert sinefit(*SMALL, "seed=0,1")[0] == 0
    before = {path: path.read_bytes() for path in (folder / "sweep").rglob("*") if path.is_file()}
    code, _, err = sinefit(*SMALL, "seed=5,6")
    assert code == 1
    assert "sweep holds a sweep: type sinefit -m resume=sweep to go on with it" in err
    assert {path: path.read_bytes() for path in (folder / "sweep").rglob("*") if path.is_file()} == before


def test_interrupting_a_sweep_writes_its_table(folder: Path, launcher: str) -> None:
    """SIGTERM: the running job stops, the table of what is done is there, exit code 143; resume goes on."""
    long = ("-m", launcher, "hydra.sweep.dir=sweep", "data.num_points=64", "trainer.checkpoint_every=1")
    process = start_process(*long, "trainer.max_epochs=3,1000000", cwd=folder)
    checkpoint = folder / "sweep" / "1" / "checkpoint.pt"
    deadline = time.monotonic() + 60
    while not checkpoint.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)  # waits for another process, not for a result
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143, err
    assert "Traceback" not in err
    stored = pd.read_parquet(folder / "sweep" / "results.parquet")
    assert stored["status"].tolist() == ["completed", "interrupted"]


def test_no_room_for_a_sweep(folder: Path, launcher: str) -> None:
    """A disk on which not even the sweep's settings fit: one message, and no job is begun."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))

    process = start_process("-m", launcher, "seed=0,1", "hydra.sweep.dir=s", cwd=folder, preexec_fn=limit)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("sinefit: s/.multirun.yaml cannot be written: File too large")
    assert not (folder / "s").exists()


def test_no_room_for_a_job(sinefit: Command, folder: Path, launcher: str) -> None:
    """Where Hydra cannot write a job's settings, the sweep ends with its table and one message."""
    (folder / "sweep" / "1" / ".hydra").mkdir(parents=True)
    (folder / "sweep" / "1" / ".hydra" / "config.yaml").symlink_to("/dev/full")
    code, out, err = sinefit(*SMALL, launcher, "seed=0,1,2")
    assert code == 1
    assert "table: sweep/results.csv" in out
    assert "sinefit: no room on the disk: No space left on device; a sweep goes on with resume=FOLDER" in err
    assert "Traceback" not in err
    (folder / "sweep" / "1" / ".hydra" / "config.yaml").unlink()
    assert sinefit("-m", "resume=sweep")[0] == 0
    assert table_of(folder / "sweep")["status"].tolist() == ["completed"] * 3


def test_a_full_disk_costs_one_job(folder: Path, launcher: str) -> None:
    """A job whose files do not fit has no result, and the others are as they were: exit code 1."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    arguments = ("-m", "trainer=quick", "model=mlp", "data.num_points=40", launcher, "hydra.sweep.dir=sweep")
    process = start_process(*arguments, "model.hidden_size=4,20000,5", cwd=folder, preexec_fn=limit)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1, out + err
    statuses = table_of(folder / "sweep")["status"].tolist()
    assert statuses[0] == statuses[2] == "completed"
    assert statuses[1] in {"failed", "unfinished"}
    assert not list((folder / "sweep").rglob("*.tmp"))
