"""Sweeps and runs that are started again: resumed, repeated, taken over."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import torch
from processes import fork_server, start_process
from small_sweeps import SMALL, STRANGERS_CONF, table_of

from sinefit.jobs.reuse import find_finished_runs
from sinefit.record.folder import RunFolder
from sinefit.results.collection import collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from processes import ForkServer

    Command = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.usefixtures("strangers")


SWEPT = ("trainer.max_epochs=20", "data.num_points=200", "optimizer=adam")
SEEDS = {"hydra/launcher=basic": 3, "hydra/launcher=fused": 30}
"""A sweep takes about a second with each launcher."""
KILLS, KILLS_OF_A_SWEEP = 4, 2
RECORDS = ("result.json", "history.csv", "prediction.csv", "model.pt")


def test_resume_after_kills_at_random_moments(folder: Path, launcher: str) -> None:
    """Killed at 4 random moments, always resumed: nothing is lost or run twice, the same table."""
    swept = ("-m", *SWEPT, f"seed=range(0,{SEEDS[launcher]})", launcher)
    dice = random.Random(0)  # noqa: S311 - moments, not secrets
    log = folder / "log"
    with fork_server(cwd=folder, log=log) as server:
        started = time.monotonic()
        server.start(*swept, "hydra.sweep.dir=whole")
        assert server.exit_code() == 0, log.read_text()
        longest = time.monotonic() - started
        kills, sweep = 0, folder
        while kills < KILLS:
            sweep = folder / f"killed {kills}"
            kills += kill_and_resume(
                server, (*swept, f"hydra.sweep.dir='{sweep.name}'"), sweep, dice, longest
            )
            whole, killed = (
                table_of(path).drop(columns=["sweep", "folder"]) for path in (folder / "whole", sweep)
            )
            pd.testing.assert_frame_equal(whole, killed)
            assert len(killed) == SEEDS[launcher]
            assert not list(sweep.rglob("*.tmp"))


def kill_and_resume(
    server: ForkServer, arguments: tuple[str, ...], sweep: Path, dice: random.Random, longest: float
) -> int:
    """Start a sweep, kill it several times and let it end; how often it was killed.

    What is finished after a kill must be whole, and stay as it is to the end.
    """
    finished: dict[Path, bytes] = {}
    kills = 0
    while True:
        has_begun = (sweep / "multirun.yaml").exists()
        child = server.start(*(("-m", f"resume={sweep}") if has_begun else arguments))
        has_ended = kills == KILLS_OF_A_SWEEP or wait_for_a_moment(server, sweep, dice, longest)
        if not has_ended:
            os.kill(child, signal.SIGKILL)
        code = server.exit_code()
        assert code in ({0} if has_ended else {0, -signal.SIGKILL})
        for path, content in finished.items():
            assert path.read_bytes() == content
        for result in sweep.glob("*/result.json"):
            finished |= {path: path.read_bytes() for path in map(result.with_name, RECORDS)}
        if finished:
            assert set(collect(str(sweep))["status"]) <= {"completed", "unfinished"}
        if code == 0:
            return kills
        kills += 1


def wait_for_a_moment(server: ForkServer, sweep: Path, dice: random.Random, longest: float) -> bool:
    """Wait for any moment of the sweep, or for one just after another result; whether it ended before."""
    if dice.random() < 0.5:
        return server.ends_within(dice.uniform(0, longest))
    before = len(list(sweep.glob("*/result.json")))
    while len(list(sweep.glob("*/result.json"))) == before:
        if server.ends_within(0.002):
            return True
    return server.ends_within(dice.uniform(0, 0.01))


@pytest.mark.parametrize("content", ["", "hydra:\n  overr", "seed: 0\n"])
def test_resume_after_hydra_was_killed_while_it_wrote(sinefit: Command, folder: Path, content: str) -> None:
    """Hydra writes multirun.yaml anew on each resume, and not atomically: half of it costs nothing."""
    assert sinefit(*SMALL, "seed=0,1")[0] == 0
    before = (folder / "sweep" / "1" / "result.json").read_bytes()
    (folder / "sweep" / "multirun.yaml").write_text(content)
    (folder / "sweep" / "0" / "result.json").unlink()
    leftover = folder / "sweep" / "0" / ".result.json.1.tmp"
    leftover.write_text("{")
    code, _, err = sinefit("-m", "resume=sweep")
    assert code == 0, err
    assert list(table_of(folder / "sweep")["status"]) == ["completed", "completed"]
    assert (folder / "sweep" / "1" / "result.json").read_bytes() == before
    assert not leftover.exists()


def test_resume_runs_failures_again_unless_told_not_to(
    sinefit: Command, folder: Path, launcher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that failed for a reason that is mended completes; with resume.failed=false it stays failed."""
    monkeypatch.setenv("KABOOM", "1")
    assert sinefit(*STRANGERS_CONF, *SMALL, launcher, "model=moody,mlp")[0] == 1
    kept = (folder / "sweep" / "1" / "result.json").read_bytes()
    monkeypatch.delenv("KABOOM")
    assert sinefit("-m", "resume=sweep", "resume.failed=false")[0] == 1
    assert table_of(folder / "sweep")["status"].tolist() == ["failed", "completed"]
    assert sinefit("-m", "resume=sweep")[0] == 0
    assert table_of(folder / "sweep")["status"].tolist() == ["completed", "completed"]
    assert (folder / "sweep" / "1" / "result.json").read_bytes() == kept


def test_resume_refuses_changed_settings(sinefit: Command, folder: Path) -> None:
    """A config file edited since is named, and nothing is overwritten."""
    conf = folder / "conf" / "model"
    conf.mkdir(parents=True)
    text = "_target_: sinefit.core.models.MLP\nhidden_size: 3\n"
    (conf / "mine.yaml").write_text(text)
    assert sinefit("--config-dir", "conf", *SMALL, "model=mine", "seed=0,1")[0] == 0
    (folder / "sweep" / "1" / "result.json").unlink()
    before = {path: path.read_bytes() for path in (folder / "sweep").rglob("*") if path.is_file()}
    (conf / "mine.yaml").write_text(text.replace("3", "4"))
    code, _, err = sinefit("-m", "resume=sweep")
    assert code == 1
    assert "model.hidden_size: 3 then, 4 now" in err
    assert {path: path.read_bytes() for path in (folder / "sweep").rglob("*") if path.is_file()} == before
    (conf / "mine.yaml").write_text(text)
    assert sinefit("-m", "resume=sweep")[0] == 0
    assert len(table_of(folder / "sweep")) == 2


def test_a_folder_of_other_settings_is_not_overwritten(sinefit: Command, folder: Path, launcher: str) -> None:
    """A job folder whose hash does not fit keeps its result."""
    assert sinefit(*SMALL, launcher, "seed=0,1")[0] == 0
    path = folder / "sweep" / "0" / "result.json"
    foreign = json.dumps(json.loads(path.read_text()) | {"config_hash": "0" * 64})
    path.write_text(foreign)
    code, _, err = sinefit("-m", "resume=sweep")
    assert path.read_text() == foreign
    assert code == 1
    assert "holds a run of other settings; it is not overwritten" in err


def test_skip_done_takes_equal_runs_over(sinefit: Command, folder: Path, launcher: str) -> None:
    """Runs with the same settings under outputs/ are copied, marked, and not trained again."""
    first = ("-m", "trainer=quick", "data.num_points=40", launcher)
    assert sinefit(*first, "seed=0,1", "hydra.sweep.dir=outputs/sweeps/first")[0] == 0
    assert sinefit(*first, "seed=1,2", "hydra.sweep.dir=outputs/sweeps/second", "skip_done=true")[0] == 0
    theirs, ours = (RunFolder(folder / "outputs" / "sweeps" / path) for path in ("first/1", "second/0"))
    assert ours.read_result().taken_from == str(theirs.path)
    assert ours.read_result().metrics == theirs.read_result().metrics
    assert ours.read_result().train_seconds == theirs.read_result().train_seconds
    assert all(map(torch.equal, ours.read_parameters().values(), theirs.read_parameters().values()))
    assert RunFolder(folder / "outputs" / "sweeps" / "second" / "1").read_result().taken_from is None
    table = collect("outputs/sweeps/second")
    assert table["status"].tolist() == ["completed", "completed"]
    assert table["taken_from"].notna().tolist() == [True, False]


def test_skip_done_trains_what_cannot_be_taken_over(sinefit: Command, folder: Path, launcher: str) -> None:
    """Runs without weights and broken records are no runs to take over; the job is trained."""
    first = ("-m", "trainer=quick", "data.num_points=40", launcher)
    assert sinefit(*first, "seed=0,1", "hydra.sweep.dir=outputs/sweeps/first")[0] == 0
    (folder / "outputs" / "sweeps" / "first" / "0" / "model.pt").unlink()
    (folder / "outputs" / "sweeps" / "first" / "1" / "result.json").write_text("{")
    find_finished_runs.cache_clear()
    code, out, err = sinefit(*first, "seed=0,1", "hydra.sweep.dir=outputs/sweeps/second", "skip_done=true")
    assert (code, err) == (0, "")
    assert "taken over" not in out
    assert collect("outputs/sweeps/second")["taken_from"].isna().all()


def test_rerun_gives_the_same_bits(sinefit: Command, folder: Path, launcher: str) -> None:
    """A job of a sweep, trained again from its saved config, has equal metrics and parameters."""
    overrides = ("optimizer=adam", "model.activation=tanh", "data=noisy_sine", "seed=3,4")
    assert sinefit(*SMALL, launcher, *overrides, "model.hidden_size=7")[0] == 0
    code, out, err = sinefit("rerun=sweep/1", "hydra.run.dir=again")
    assert (code, err) == (0, "")
    assert "the metrics are equal bit for bit" in out
    first, second = (RunFolder(folder / path) for path in ("sweep/1", "again"))
    assert first.read_result().metrics == second.read_result().metrics
    assert first.read_result().config_hash == second.read_result().config_hash
    assert all(map(torch.equal, first.read_parameters().values(), second.read_parameters().values()))


def test_a_rerun_is_a_row_like_the_first(sinefit: Command, folder: Path) -> None:
    """It has the settings of the run that it repeats, not the name of a folder; so has a rerun's rerun."""
    assert sinefit("trainer=quick", "data.num_points=40", "optimizer=adam", "hydra.run.dir=1")[0] == 0
    assert sinefit("rerun=1", "hydra.run.dir=2")[0] == 0
    code, out, err = sinefit("rerun=2", "hydra.run.dir=3", "picture=false")
    assert (code, err) == (0, "")
    assert "the metrics are equal bit for bit" in out
    table = table_of(folder).drop(columns=["folder", "sweep", "job"])
    assert table.attrs["settings"] == ["trainer", "data.num_points", "optimizer"]
    assert len(table.drop_duplicates()) == 1
    assert len({str(RunFolder(folder / name).read_result().choices) for name in "123"}) == 1


def test_rerun_of_a_run_without_metrics(sinefit: Command, folder: Path) -> None:
    """A killed run is not repeated: the message says what to type, and nothing is left on disk."""
    assert sinefit("trainer=quick", "data.num_points=40", "hydra.run.dir=run")[0] == 0
    (folder / "run" / "result.json").unlink()
    code, _, err = sinefit("rerun=run", "hydra.run.dir=again")
    assert code == 1
    assert f"{folder / 'run'} holds no finished run" in err
    assert f"{shlex.quote(f'resume={folder}/run')} goes on with it" in err
    assert not (folder / "again").exists()


def test_rerun_of_a_failed_run_that_works_now(
    sinefit: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are no metrics to compare, and that is said."""
    del folder
    monkeypatch.setenv("KABOOM", "1")
    code, _, err = sinefit(
        *STRANGERS_CONF, "model=moody", "trainer=quick", "data.num_points=40", "hydra.run.dir=first"
    )
    assert code == 1
    assert "kaboom" in err
    monkeypatch.delenv("KABOOM")
    code, out, _ = sinefit("rerun=first", "hydra.run.dir=again")
    assert code == 0
    assert "that run failed (RuntimeError: kaboom), so that there are no metrics to compare" in out


def test_a_broken_record_of_a_single_run_is_made_again(sinefit: Command, folder: Path) -> None:
    """A `result.json` that cannot be read is no result: resume trains the run."""
    assert sinefit("trainer=quick", "data.num_points=40", "hydra.run.dir=run")[0] == 0
    path = folder / "run" / "result.json"
    before = json.loads(path.read_text())
    path.write_text("{")
    assert sinefit("resume=run")[0] == 0
    after = json.loads(path.read_text())
    assert (after["metrics"], after["overrides"]) == (before["metrics"], before["overrides"])


def test_rerun_says_what_differs(sinefit: Command, folder: Path) -> None:
    """Another version, another engine and other metrics are told."""
    assert sinefit("trainer=quick", "data.num_points=40", "hydra.run.dir=first")[0] == 0
    path = folder / "first" / "result.json"
    raw = json.loads(path.read_text())
    raw["environment"]["torch"] = "1.0"
    raw["metrics"]["rmse"] = 7.0
    raw["engine"]["name"] = "none"
    path.write_text(json.dumps(raw))
    _, out, err = sinefit("rerun=first", "hydra.run.dir=again")
    assert "other versions: torch 1.0 then" in err
    assert "it differs: engine none then, native now; rmse 7.0 then" in out


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_killed_run_goes_on_from_its_checkpoint(folder: Path, sinefit: Command, optimizer: str) -> None:
    """Killed, then resumed: parameters and history bit-equal to those of an uninterrupted run.

    `tests/core/test_checkpoints.py` has the other optimizers.
    """
    full = ("data.batch_size=48",) if "bfgs" in optimizer else ()
    settings = (
        *("data=noisy_sine", "data.num_points=60", "scheduler=exponential", "trainer.max_epochs=60"),
        *("trainer.checkpoint_every=7", f"optimizer={optimizer}", "dtype=float64", *full),
    )
    assert sinefit(*settings, "hydra.run.dir=whole")[0] == 0
    assert not (folder / "whole" / "checkpoint.pt").exists()
    slow = start_process(
        *settings, "trainer._target_=strangers.kill_me_later", "hydra.run.dir=killed", cwd=folder
    )
    slow.communicate(timeout=120)
    assert slow.returncode == -signal.SIGKILL
    saved = torch.load(folder / "killed" / "checkpoint.pt", weights_only=True)
    assert 0 < len(saved["history"]) < 60
    typed = (folder / "killed" / ".hydra" / "overrides.yaml").read_text()
    config = folder / "killed" / ".hydra" / "config.yaml"
    config.write_text(config.read_text().replace("strangers.kill_me_later", "sinefit.core.trainer.Trainer"))
    code, out, err = sinefit("resume=killed")
    assert code == 0
    assert err.startswith("sinefit: trainer.checkpoint_every=7: the plain engine trains")
    assert err.count("\n") == 1
    assert "completed after 60 epochs" in out
    whole, killed = (RunFolder(folder / name) for name in ("whole", "killed"))
    assert whole.read_history() == killed.read_history()
    assert all(map(torch.equal, whole.read_parameters().values(), killed.read_parameters().values()))
    assert whole.read_result().choices == killed.read_result().choices
    assert (folder / "killed" / ".hydra" / "overrides.yaml").read_text() == typed
    assert killed.read_result().overrides == [*settings, "trainer._target_=strangers.kill_me_later"]
    code, _, err = sinefit("resume=killed")
    assert code == 1
    assert "nothing is left to do" in err
