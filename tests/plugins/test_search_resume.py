"""A search that goes on ends as one that was never interrupted, and trusts nothing that it finds."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import optuna
import pytest
from hydra.errors import CompactHydraException
from sampling import finder, search
from test_search_study import PLAIN, SAMPLERS, WORDS, bowl, stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hydra_plugins.sinefit_search._space import Trial


def flat(batches: Sequence[Sequence[Trial]]) -> list[Trial]:
    """The trials of all batches."""
    return [trial for batch in batches for trial in batch]


def facts(folder: Path) -> list[Any]:
    """What the study in a folder holds."""
    return [(each.params, each.values, each.state, each.user_attrs) for each in stored(folder).trials]


def moody(values: Mapping[str, Any]) -> float:
    """`bowl`, diverged for large sizes and failed for small ones."""
    if values["size"] < 5:
        raise ZeroDivisionError
    return math.inf if values["size"] > 35 else bowl(values)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Give two sweep folders."""
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    return tmp_path / "whole", tmp_path / "killed"


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_killed_in_the_middle_of_a_batch(folders: tuple[Path, Path], sampler: str) -> None:
    """It goes on with the suggestions of an uninterrupted search, bit for bit, and runs nothing again."""
    whole, killed = folders
    fields = {"sampler": sampler, "num_draws": 20, "batch_size": 8, "seed": 2, "where": "size != 7"}
    trials = flat(search(whole, WORDS, moody, **fields))
    search(killed, WORDS, moody, kill_after=13, **fields)
    assert len(stored(killed).trials) == 13
    rest = flat(search(killed, WORDS, moody, **fields))
    assert rest == trials[13:]
    assert facts(killed) == facts(whole)


def test_every_moment_of_a_small_search(folders: tuple[Path, Path]) -> None:
    """Whenever it was killed, also in the middle of a line, which is cut off."""
    whole, killed = folders
    fields: dict[str, Any] = {"sampler": "tpe", "num_draws": 12, "batch_size": 5}
    trials = flat(search(whole, PLAIN, lambda each: each["x"], **fields))
    content = (whole / "study.log").read_bytes()
    lines = content.count(b"\n")
    for size in range(0, len(content), 211):
        (killed / "study.log").write_bytes(content[:size])
        known = max(0, content[:size].count(b"\n") - (lines - 12))
        assert flat(search(killed, PLAIN, lambda each: each["x"], **fields)) == trials[known:]
        assert facts(killed) == facts(whole)


def test_task_functions_that_find_what_is_done(folders: tuple[Path, Path]) -> None:
    """They are given all trials, and what the file knows is told, whatever they return."""
    whole, killed = folders
    fields = {"sampler": "tpe", "num_draws": 15, "function": finder}
    trials = flat(search(whole, WORDS, bowl, **fields))
    search(killed, WORDS, bowl, kill_after=12, **fields)
    assert flat(search(killed, WORDS, lambda _: 7.0, **fields)) == trials
    assert [each.value == 7.0 for each in stored(killed).trials] == [False] * 12 + [True] * 3


def test_more_trials(folders: tuple[Path, Path]) -> None:
    """A search goes on with more trials, as if it had been started with them."""
    whole, killed = folders
    trials = flat(search(whole, PLAIN, lambda each: each["x"], sampler="nsga2", num_draws=200, batch_size=7))
    search(killed, PLAIN, lambda each: each["x"], sampler="nsga2", num_draws=17, batch_size=7)
    assert flat(search(killed, PLAIN, lambda each: each["x"], sampler="nsga2", num_draws=200)) == trials[17:]


def test_suggestions_of_another_machine(folders: tuple[Path, Path], caplog: pytest.LogCaptureFixture) -> None:
    """Recorded trials that are not suggested anew are told to the sampler as they are, and that is said."""
    whole, _ = folders
    fields = {"sampler": "tpe", "num_draws": 25}
    search(whole, WORDS, bowl, **fields)
    path = whole / "study.log"
    lines = path.read_text().splitlines()[:20]
    entry = json.loads(lines[-3])
    entry["params"]["x"] = 0.0123
    path.write_text("\n".join([*lines[:-3], json.dumps(entry), *lines[-2:]]) + "\n")
    caplog.set_level("INFO")
    known = [each.params for each in stored(whole).trials]
    rest = flat(search(whole, WORDS, bowl, **fields))
    assert len(rest) == 25 - len(known)
    assert f"told of the {len(known) - 10} that have ended" in caplog.text
    assert [each.params for each in stored(whole).trials][: len(known)] == known
    again = flat(search(whole, WORDS, bowl, function=finder, **fields))
    assert [dict(each.values) for each in again] == [each.params for each in stored(whole).trials]


@pytest.mark.parametrize(
    ("words", "fields", "message"),
    [
        (WORDS, {"seed": 1}, "hydra.sweeper.seed: 0 then, 1 now"),
        (WORDS, {"sampler": "nsga2"}, "hydra.sweeper.sampler: tpe then, nsga2 now"),
        (WORDS, {"direction": "maximize"}, "hydra.sweeper.direction: minimize then, maximize now"),
        (WORDS, {"batch_size": 3}, "hydra.sweeper.batch_size: 10 then, 3 now"),
        (WORDS, {"where": "x < 0.5"}, "hydra.sweeper.where: None then, x < 0.5 now"),
        (
            ("name=a,c", *WORDS[1:3]),
            {},
            "name: a, b then, a, c now\nm: 0.0 to 1.0 for name 'a' then, not there",
        ),
        ((*WORDS, "z=3"), {}, "z: not there then, 3 now"),
        ((*WORDS, "seed=tag(repeats,range(0,2))"), {}, "seed: not there then, repeats 0, 1 now"),
    ],
)
def test_another_search_in_the_folder(
    tmp_path: Path, words: tuple[str, ...], fields: dict[str, Any], message: str
) -> None:
    """It is refused, and what differs is named."""
    search(tmp_path, WORDS, bowl, sampler="tpe", num_draws=2)
    before = (tmp_path / "study.log").read_bytes()
    with pytest.raises(CompactHydraException, match="study of another search") as caught:
        search(tmp_path, words, bowl, **{"sampler": "tpe", "num_draws": 2} | fields)
    assert message in str(caught.value)
    assert (tmp_path / "study.log").read_bytes() == before


@pytest.mark.parametrize("content", [b"\x80\x04\n", b"nonsense\nmore\n", b'{"op_code": 99}\n', b"[1]\n"])
def test_files_that_are_no_study(tmp_path: Path, content: bytes) -> None:
    """The error names the file and says what to do."""
    (tmp_path / "study.log").write_bytes(content)
    with pytest.raises(CompactHydraException, match=r"study\.log cannot be read.*move it away"):
        search(tmp_path, PLAIN, bowl, sampler="tpe", num_draws=2)


def test_a_study_of_somebody_elses(tmp_path: Path) -> None:
    """A study that does not say what it searches is left alone."""
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "study.log"))
    study = optuna.create_study(storage=optuna.storages.JournalStorage(backend), study_name="search")
    study.add_trial(optuna.create_trial(value=1.0))
    with pytest.raises(CompactHydraException, match="does not say of which search it is"):
        search(tmp_path, PLAIN, bowl, sampler="tpe", num_draws=2)


def test_nothing_is_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Optuna's CMA-ES would unpickle of a study on disk is neither written nor read."""
    fields = {"sampler": "cmaes", "num_draws": 40, "batch_size": 5}
    search(tmp_path, PLAIN, lambda each: each["x"], kill_after=33, **fields)
    path = tmp_path / "study.log"
    assert "cma:" not in path.read_text()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for entry in lines:
        if "system_attrs" in entry:
            entry["system_attrs"] = {"cma:optimizer:0": b"cos\nsystem\n(S'touch bad'\ntR.".hex()}
            entry["params"]["x"] = 0.5
    path.write_text("".join(json.dumps(entry) + "\n" for entry in lines))
    monkeypatch.chdir(tmp_path)
    search(tmp_path, PLAIN, lambda each: each["x"], **fields)
    assert not (tmp_path / "bad").exists()


def test_a_fresh_process_reads_the_study(tmp_path: Path) -> None:
    """Optuna's own `load_study`, as its dashboard does: trials, values, states and the numbers of jobs."""
    words = [*PLAIN, "seed=tag(repeats,choice(0,1))"]
    search(tmp_path, words, lambda values, _: values["x"], sampler="tpe", num_draws=3)
    program = """
import json, optuna
storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend("study.log"))
study = optuna.load_study(study_name=None, storage=storage)
trials = [[t.number, t.params, t.values, t.state.name, t.user_attrs] for t in study.trials]
print(json.dumps([study.study_name, study.direction.name, trials]))
"""
    out = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True
    ).stdout
    name, direction, trials = json.loads(out)
    assert (name, direction) == ("search", "MINIMIZE")
    assert [each[4] for each in trials] == [{"jobs": [0, 1]}, {"jobs": [2, 3]}, {"jobs": [4, 5]}]
    assert all(each[2] == [each[1]["x"]] and each[3] == "COMPLETE" for each in trials)


PROGRAM = """
import hydra

@hydra.main(version_base=None, config_path=None)
def task(config):
    with open("ran", "a") as file:
        file.write(f"{hydra.core.hydra_config.HydraConfig.get().job.num} {config.x}\\n")
    return (config.x - 0.3) ** 2

task()
"""


def test_an_app_goes_on_with_more_trials(tmp_path: Path) -> None:
    """Typed again with more trials, only the new ones are run, numbered on."""
    (tmp_path / "app.py").write_text(PROGRAM)
    command = [sys.executable, "app.py", "-m", "hydra/sweeper=search", "hydra.sweeper.sampler=tpe"]
    command += ["+x=interval(0,1)", "hydra.sweep.dir=out", "hydra.sweeper.batch_size=3"]
    for count, folder in ((4, "out"), (7, "out"), (7, "other")):
        more = [f"hydra.sweeper.num_draws={count}", f"hydra.sweep.dir={folder}"]
        subprocess.run([*command[:-2], *more, command[-1]], cwd=tmp_path, check=True, capture_output=True)
    ran = (tmp_path / "ran").read_text().splitlines()
    assert ran[:7] == ran[7:]
    assert [line.split()[0] for line in ran[:7]] == list("0123456")
    assert [each[3] for each in facts(tmp_path / "out")] == [{"jobs": [num]} for num in range(7)]
