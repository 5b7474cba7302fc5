"""What is looked at before anything of a sweep or a run is written."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from composing import FOREIGN
from small_sweeps import SMALL, table_of

from sinefit.record.folder import RunFolder
from sinefit.record.job_list import LIST_NAME, ListedJob, list_jobs, read_jobs
from sinefit.record.lock import LOCK_NAME, locked
from sinefit.results.folders import newest_sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

ONE = ("trainer=quick", "data.num_points=40", "picture=false")


def read_all(folder: str) -> dict[Path, bytes]:
    """All files in a folder."""
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_a_folder_in_use_is_refused(sinefit: Command, folder: Path) -> None:
    """New, resumed and repeated runs and sweeps, and one of a sweep's jobs; nothing is written."""
    assert sinefit(*SMALL, "seed=0,1")[0] == 0
    assert sinefit(*ONE, "hydra.run.dir=run")[0] == 0
    Path("new").mkdir()
    before = read_all(".")
    for path, words in (
        ("new", ("-m", *ONE, "seed=0,1", "hydra.sweep.dir=new")),
        ("new", (*ONE, "hydra.run.dir=new")),
        ("run", (*ONE, "seed=1", "hydra.run.dir=run")),
        ("run", ("rerun=sweep/0", "hydra.run.dir=run")),
        ("sweep", ("-m", "resume=sweep")),
        ("sweep", (*ONE, "hydra.run.dir=sweep/1")),
    ):
        with locked(folder / path):
            code, _, err = sinefit(*words)
            assert code == 1, words
            assert f"{path} is in use since" in err
            assert f"kill {os.getpid()}" in err
    assert read_all(".") == before


@pytest.mark.parametrize("subdir", ["same", "'${optimizer.lr}'"])
def test_jobs_that_would_share_a_folder_are_refused(
    sinefit: Command, folder: Path, launcher: str, subdir: str
) -> None:
    """Before the start, under every launcher; the same words can be typed again, mended."""
    words = (*SMALL, launcher, "seed=0,1")
    code, _, err = sinefit(*words, f"hydra.sweep.subdir={subdir}")
    assert code == 1
    assert "jobs 0 and 1 would both write into" in err
    assert not (folder / "sweep").exists()
    assert sinefit(*words)[0] == 0


@pytest.mark.parametrize("subdir", ["../up/${hydra.job.num}", "a/b/${hydra:job.num}"])
def test_jobs_in_other_folders_end_in_the_table(
    sinefit: Command, folder: Path, launcher: str, subdir: str
) -> None:
    """Outside the sweep's folder, and deeper in it; resumed, what is done is kept."""
    assert sinefit(*SMALL, launcher, "seed=0,1", f"hydra.sweep.subdir={subdir}")[0] == 0
    places = [Path("sweep", subdir.partition("$")[0], number).resolve() for number in "01"]
    (places[1] / "result.json").unlink()
    kept = read_all(str(places[0]))
    code, out, _ = sinefit("-m", "resume=sweep")
    assert code == 0
    assert "2 jobs: 2 completed" in out
    table = table_of(folder / "sweep")
    assert [Path(name).resolve() for name in table["folder"]] == places
    kept.pop(places[0] / "run.log")
    assert kept.items() <= read_all(str(places[0])).items()


def test_a_sweep_does_not_overwrite_runs(sinefit: Command, folder: Path, launcher: str) -> None:
    """A job whose folder holds a run of another sweep is refused, and nothing is left."""
    where = "hydra.sweep.subdir=../up/${hydra.job.num}"
    assert sinefit(*SMALL, launcher, "seed=0,1", where)[0] == 0
    before = read_all("up")
    code, _, err = sinefit("-m", *ONE, launcher, "seed=2,3", where, "hydra.sweep.dir=second")
    assert code == 1
    assert f"job 0 would overwrite the run in {folder / 'up' / '0'}" in err
    assert (read_all("up"), (folder / "second").exists()) == (before, False)


@pytest.mark.parametrize("others", [[], ["trainer"]])
def test_folders_named_after_the_overrides_are_found_again(
    sinefit: Command, folder: Path, launcher: str, others: list[str]
) -> None:
    """What is typed to resume a sweep does not change the names, whatever else one leaves out of them."""
    Path("own/hydra").mkdir(parents=True)
    config: dict[str, object] = {"sweep": {"subdir": "${hydra.job.override_dirname}"}}
    if others:
        config["job"] = {"config": {"override_dirname": {"exclude_keys": others}}}
    Path("own/hydra/named.yaml").write_text("# @package _global_\n" + yaml.safe_dump({"hydra": config}))
    assert sinefit("--config-dir", "own", *SMALL, launcher, "+hydra=named", "seed=0,1")[0] == 0
    first = table_of(folder / "sweep")
    Path(first["folder"][0], "result.json").unlink()
    code, out, err = sinefit("-m", "resume=sweep", "on_error=stop")
    assert (code, err) == (0, "")
    assert "2 jobs: 2 completed" in out
    assert list(table_of(folder / "sweep")["folder"]) == list(first["folder"])


def test_a_shuffled_sweep_keeps_its_order(sinefit: Command, launcher: str, folder: Path) -> None:
    """Resumed, each job is what it was: the order is drawn once, when the sweep is started."""
    assert sinefit(*SMALL, launcher, "model.hidden_size=shuffle(range(2,10))")[0] == 0
    before = {job.job: job.config_hash for job in read_jobs("sweep").values()}
    (folder / "sweep" / "3" / "result.json").unlink()
    code, _, err = sinefit("-m", "resume=sweep")
    assert (code, err) == (0, "")
    assert {n: RunFolder(f"sweep/{n}").read_result().config_hash for n in range(8)} == before


def test_a_sweep_that_does_not_fit_is_not_resumed(sinefit: Command, launcher: str, folder: Path) -> None:
    """Another choice's file has changed, which the sweep's own config does not show: nothing is written."""
    Path("own/model").mkdir(parents=True)
    text = "_target_: sinefit.core.models.MLP\nhidden_size: 3\n"
    Path("own/model/mine.yaml").write_text(text)
    assert sinefit("--config-dir", "own", *SMALL, launcher, "model=mlp,mine")[0] == 0
    (folder / "sweep" / "0" / "result.json").unlink()
    before = read_all("sweep")
    Path("own/model/mine.yaml").write_text(text.replace("3", "4"))
    code, _, err = sinefit("-m", "resume=sweep")
    assert code == 1
    assert "job 1 has other settings than when" in err
    assert read_all("sweep") == before


def test_records_of_another_schema_are_not_overwritten(sinefit: Command, launcher: str, folder: Path) -> None:
    """Resumed or repeated, a sweep and a run of another sinefit are refused with the version."""
    assert sinefit(*SMALL, launcher, "seed=0,1")[0] == 0
    path = folder / "sweep" / "1" / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 1}))
    before = read_all("sweep")
    for words in (("-m", "resume=sweep"), ("rerun=sweep/1",), ("resume=sweep/1",)):
        code, _, err = sinefit(*words)
        assert code == 1
        assert "has schema version 1; this sinefit reads 2" in err
        assert "goes on with it" not in err
    assert read_all("sweep") == before


def test_an_old_result_does_not_lie_beside_new_settings(
    sinefit: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old record goes before Hydra writes the new config, which here it never does."""
    assert sinefit("trainer=quick", "data.num_points=40", "probe=spectrum", "hydra.run.dir=run")[0] == 0
    monkeypatch.setattr(sys.modules["sinefit.run"], "_run_hydra", lambda *_, **__: None)
    assert sinefit(*ONE, "seed=1", "hydra.run.dir=run")[0] == 0
    assert {path.name for path in (folder / "run").iterdir()} == {".hydra", "run.log"}


def test_a_run_is_not_repeated_over_itself(sinefit: Command, folder: Path) -> None:
    """The first one stays, to be compared with."""
    assert sinefit(*ONE, "hydra.run.dir=run")[0] == 0
    before = read_all("run")
    code, _, err = sinefit("rerun=run", "hydra.run.dir=run")
    assert (code, read_all("run")) == (1, before)
    assert "rerun=run would overwrite the run that it repeats" in err
    del folder


def test_a_resumed_run_without_a_checkpoint_says_so(sinefit: Command, folder: Path) -> None:
    """It is trained from its first epoch, and the message names the setting that would have helped."""
    assert sinefit(*ONE, "hydra.run.dir=run")[0] == 0
    (folder / "run" / "result.json").unlink()
    code, _, err = sinefit("resume=run")
    assert code == 0
    assert "run holds no checkpoint: it is trained from its first epoch (trainer.checkpoint_every=100" in err


def test_the_engine_of_a_sweep_does_not_follow_company(sinefit: Command, folder: Path) -> None:
    """Jobs that are resumed go on by the engine that their sweep chose, whatever fewer of them would take."""
    assert sinefit(*SMALL, FOREIGN, "seed=0,1")[0] == 0
    assert {job.engine for job in read_jobs("sweep").values()} == {"eager"}
    text = (folder / "sweep" / LIST_NAME).read_text()
    (folder / "sweep" / LIST_NAME).write_text(text.replace("eager", "compiled"))
    (folder / "sweep" / "1" / "result.json").unlink()
    code, out, _ = sinefit("-m", "resume=sweep")
    assert code == 0
    assert "float32, compiled" in out
    assert RunFolder("sweep/1").read_result().engine["name"] == "compiled"


def test_a_list_of_jobs_that_was_cut_off(tmp_path: Path) -> None:
    """A killed process leaves half a line; the others are read, and more are added behind it."""
    jobs = [ListedJob(number, str(number), "ab", None) for number in range(3)]
    list_jobs(tmp_path, jobs[:2])
    path = tmp_path / LIST_NAME
    path.write_bytes(path.read_bytes()[:-10])
    assert list(read_jobs(tmp_path)) == [0]
    list_jobs(tmp_path, jobs[1:])
    assert list(read_jobs(tmp_path).values()) == jobs


def test_the_newest_sweep_may_have_no_file_of_hydras(tmp_path: Path) -> None:
    """Optuna's sweeper writes no `multirun.yaml`: the copy counts, and the later of the two."""
    for name, files in {
        "a": {"multirun.yaml": 10},
        "b": {".multirun.yaml": 20},
        "c": {".multirun.yaml": 5},
    }.items():
        (tmp_path / name).mkdir()
        for file, when in files.items():
            (tmp_path / name / file).write_text("")
            os.utime(tmp_path / name / file, (when, when))
    assert newest_sweep(tmp_path) == str(tmp_path / "b")
    shutil.copy(tmp_path / "a" / "multirun.yaml", tmp_path / "c")
    assert newest_sweep(tmp_path) == str(tmp_path / "c")


def test_a_stale_lock_does_not_hinder(sinefit: Command, folder: Path) -> None:
    """What a killed process left is taken over without a word, and goes with the sweep's end."""
    assert sinefit(*SMALL, "seed=0,1")[0] == 0
    stale = {"host": os.uname().nodename, "pid": 2**22 - 1, "born": "long ago", "since": "then"}
    (folder / "sweep" / LOCK_NAME).write_text(json.dumps(stale))
    code, _, err = sinefit("-m", "resume=sweep")
    assert (code, err) == (0, "")
    assert not (folder / "sweep" / LOCK_NAME).exists()
