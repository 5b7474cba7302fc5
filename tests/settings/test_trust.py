"""Folders that others may have written are started again; code that they name is not run unasked."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from sinefit.record.folder import RunFolder
from sinefit.record.known import known_path
from sinefit.results.collection import collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

SMALL = ("trainer=quick", "data.num_points=40", "picture=false")
MODULE = """
import pathlib; pathlib.Path({mark!r}).touch()
from torch import nn
class Net(nn.Sequential):
    def __init__(self, width):
        super().__init__(nn.Linear(1, width), nn.Tanh(), nn.Linear(width, 1))
"""


class Place:
    """A working directory with a module of one's own, which leaves a mark when it is imported.

    Args:
        folder: the working directory.
        patch: undoes what is done to Python's modules.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, patch
        self.mark = folder / "imported"
        (folder / "own" / "model").mkdir(parents=True)
        (folder / "own" / "model" / "net.yaml").write_text("_target_: own_models.Net\nwidth: 3\n")
        self.write_module(folder / "mine")

    def write_module(self, where: Path) -> None:
        """Let the module `own_models` be in this folder."""
        where.mkdir()
        (where / "own_models.py").write_text(MODULE.format(mark=str(self.mark)))
        self._patch.syspath_prepend(where)
        self.forget()

    def forget(self) -> None:
        """Let the module not have been imported."""
        self._patch.delitem(sys.modules, "own_models", raising=False)
        self.mark.unlink(missing_ok=True)

    def become_somebody_else(self) -> None:
        """Let everything be done by another account from now on."""
        self._patch.setenv("XDG_STATE_HOME", str(self.folder / "others"))
        self.forget()


@pytest.fixture
def place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A working directory of an account that has not started anything yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    return Place(folder, monkeypatch)


@pytest.fixture
def run(place: Place, sinefit: Command) -> Path:
    """A finished run of a model of one's own."""
    assert sinefit("--config-dir", "own", *SMALL, "model=net", "hydra.run.dir=run")[0] == 0
    return place.folder / "run"


@pytest.fixture
def sweep(place: Place, sinefit: Command) -> Path:
    """A sweep over a model of one's own, of which a job is still to be done."""
    words = ("--config-dir", "own", "-m", *SMALL, "model=net,mlp", "+hydra.job.env_set.SPEED=1")
    assert sinefit(*words, "hydra.sweep.dir=sweep")[0] == 0
    (place.folder / "sweep" / "0" / "result.json").unlink()
    return place.folder / "sweep"


def test_what_one_has_trained_with_starts_again_unasked(sinefit: Command, run: Path, sweep: Path) -> None:
    """Runs and sweeps of one's own are repeated and resumed, wherever they have been moved."""
    shutil.move(run, "moved")
    code, out, _ = sinefit("rerun=moved", "hydra.run.dir=again")
    assert code == 0
    assert "equal bit for bit" in out
    assert sinefit("-m", "resume=sweep")[0] == 0
    assert collect(str(sweep))["status"].tolist() == ["completed", "completed"]


@pytest.mark.parametrize("word", ["rerun=run", "resume=run", "rerun=sweep/1"])
def test_somebody_elses_model_is_not_imported(
    sinefit: Command, place: Place, run: Path, sweep: Path, word: str
) -> None:
    """The message names it and what to type; nothing is left on disk."""
    shutil.copy(run / ".hydra" / "config.yaml", sweep / "1" / ".hydra")
    if word == "resume=run":
        (run / "result.json").unlink()
    place.become_somebody_else()
    before = set(place.folder.rglob("*"))
    code, _, err = sinefit(word)
    assert code == 1
    assert "names 'own_models.Net' (model._target_)" in err
    assert "trust=own_models" in err
    assert set(place.folder.rglob("*")) == before


def test_a_package_that_is_named_is_trusted(sinefit: Command, place: Place, run: Path) -> None:
    """Once it was named it is one's own."""
    assert run.exists()
    place.become_somebody_else()
    assert sinefit("rerun=run", "hydra.run.dir=again", "trust=[numpy,own_models]")[0] == 0
    assert sinefit("rerun=run", "hydra.run.dir=once more")[0] == 0


def test_another_package_of_the_same_name_is_another(sinefit: Command, place: Place, run: Path) -> None:
    """A folder that brings a module with the name of one's own does not get it run."""
    assert run.exists()
    place.write_module(place.folder / "theirs")
    code, _, err = sinefit("rerun=run", "hydra.run.dir=again")
    assert code == 1
    assert "trust=own_models" in err
    assert not place.mark.exists()


def test_jobs_of_somebody_elses_sweep_fail_unless_trusted(
    sinefit: Command, place: Place, sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hydra's settings are asked for first, then the model, which fails by itself."""
    place.become_somebody_else()
    code, _, err = sinefit("-m", "resume=sweep")
    assert code == 1
    assert re.search(r"was started with \+hydra.job.env_set.SPEED=1 --config-dir .*/own.*trust=hydra", err)
    monkeypatch.delenv("SPEED", raising=False)
    code, out, _ = sinefit("-m", "resume=sweep", "trust=hydra")
    assert code == 1
    assert "trust=own_models" in out
    assert not place.mark.exists()
    assert sinefit("-m", "resume=sweep", "trust=[hydra,own_models]")[0] == 0
    assert collect(str(sweep))["status"].tolist() == ["completed", "completed"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("model._target_=own_models.Net", "trust=own_models"),
        ("trust=own_models", ""),
        ("+hydra.callbacks.x._target_=own_models.Net", "trust=hydra"),
        ("hydra.launcher._target_=own_models.Net", "trust=hydra"),
        ("+model@hydra.callbacks.x=mlp", "trust=hydra"),
        ("hydra.searchpath=[pkg://own_models]", "trust=hydra"),
        ("hydra.job_logging.handlers.file.class=own_models.Net", "trust=hydra"),
        ("--experimental-rerun=x", "a flag"),
    ],
)
def test_a_changed_sweep_runs_nothing(
    sinefit: Command, place: Place, folder: Path, word: str, message: str
) -> None:
    """Whatever stands among the words of a sweep that nobody here has typed."""
    assert sinefit("-m", *SMALL, "seed=0,1", "hydra.sweep.dir=sweep")[0] == 0
    (folder / "sweep" / "1" / "result.json").unlink()
    for name in (".multirun.yaml", "multirun.yaml"):
        path = folder / "sweep" / name
        path.write_text(path.read_text().replace("- seed=0,1", f"- seed=0,1\n    - {word}"))
    code, out, err = sinefit("-m", "resume=sweep")
    assert not place.mark.exists()
    assert code == bool(message)
    assert message in out + err


@pytest.mark.parametrize("key", ["hydra", "defaults"])
def test_a_saved_config_tells_hydra_nothing(sinefit: Command, place: Place, folder: Path, key: str) -> None:
    """It has no settings of Hydra's and no defaults; those that somebody wrote into it are left out."""
    assert sinefit(*SMALL, "hydra.run.dir=run")[0] == 0
    added = {"hydra": "hydra: {callbacks: {x: {_target_: own_models.Net}}}", "defaults": "defaults: [x]"}
    config = RunFolder("run").config
    config.write_text(f"{config.read_text()}{added[key]}\n")
    assert sinefit("rerun=run", "hydra.run.dir=again")[0] == 0
    assert not place.mark.exists()
    assert (folder / "again" / "result.json").exists()


def test_trust_stands_beside_a_folder(sinefit: Command, folder: Path) -> None:
    """What one types oneself is trusted without it; a value that is no package is named."""
    assert "stands beside resume=DIR or rerun=DIR" in sinefit("trust=numpy")[2]
    assert "trust must name packages, got ['a b']" in sinefit("rerun=run", "trust=a b")[2]
    assert not list(folder.iterdir())


def test_without_a_home_nothing_is_remembered(
    sinefit: Command, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is trained all the same; its model is asked for when it is repeated."""
    monkeypatch.setenv("XDG_STATE_HOME", str(place.folder / "file" / "state"))
    (place.folder / "file").touch()
    assert known_path() is not None
    assert sinefit("--config-dir", "own", *SMALL, "model=net", "hydra.run.dir=run")[0] == 0
    assert "trust=own_models" in sinefit("rerun=run", "hydra.run.dir=again")[2]


def test_a_module_beside_the_shell_is_ones_own(sinefit: Command, place: Place) -> None:
    """A model in a file of the working directory is found, trained and repeated unasked."""
    (place.folder / "mine" / "own_models.py").replace(place.folder / "own_models.py")
    assert sinefit("--config-dir", "own", *SMALL, "model=net", "hydra.run.dir=run")[0] == 0
    code, out, err = sinefit("rerun=run", "hydra.run.dir=again")
    assert code == 0, err
    assert "has changed" not in out
