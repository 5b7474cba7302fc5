"""`sinefit init`: a config folder of one's own, used where it lies, and never anybody else's unasked."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_sweeps import table_of

from sinefit.settings.packaged import packaged_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

SMALL = ("trainer=quick", "trainer.max_epochs=3", "data.num_points=40", "picture=false")
MINE = "# @package _global_\n# sinefit +experiment=mine: mine\nmodel:\n  hidden_size: 5\n"


@pytest.fixture
def own(sinefit: Command, folder: Path) -> Path:
    """A folder that was set up, with an experiment in it."""
    code, out, err = sinefit("init")
    assert (code, err) == (0, "")
    assert f"copied to {folder / 'conf'}: sinefit uses them from now on" in out
    (folder / "conf" / "experiment" / "mine.yaml").write_text(MINE)
    return folder


def test_all_files_are_copied(own: Path) -> None:
    """The folder holds what the package holds, and the experiment of one's own."""
    files = {path.relative_to(packaged_folder()) for path in packaged_folder().rglob("*") if path.is_file()}
    copied = {path.relative_to(own / "conf") for path in (own / "conf").rglob("*") if path.is_file()}
    assert copied == files | {Path("experiment/mine.yaml")}
    assert [path.name for path in own.iterdir()] == ["conf"]


def test_the_folder_is_used(sinefit: Command, own: Path) -> None:
    """Its experiments, choices and numbers, in runs, help and Tab; elsewhere the packaged ones are."""
    main = own / "conf" / "config.yaml"
    main.write_text(main.read_text().replace("seed: 0 ", "seed: 7 "))
    code, _, err = sinefit("+experiment=mine", *SMALL, "hydra.run.dir=run")
    assert (code, err) == (0, "")
    result = (own / "run" / "result.json").read_text()
    assert '"seed": 7' in result
    assert "mine" in sinefit("--help")[1]


def test_sweeps_go_on_from_elsewhere(sinefit: Command, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resumed and repeated from another folder, runs have the settings that they were started with."""
    assert sinefit("-m", "+experiment=mine", *SMALL, "seed=0,1", "hydra.sweep.dir=sweep")[0] == 0
    before = table_of(own / "sweep")
    (own / "sweep" / "1" / "result.json").unlink()
    (own / "elsewhere").mkdir()
    monkeypatch.chdir(own / "elsewhere")
    code, _, err = sinefit("-m", f"resume={own / 'sweep'}")
    assert (code, err) == (0, "")
    after = table_of(own / "sweep")
    assert after["rmse"].tolist() == before["rmse"].tolist()
    assert after["config_hash"].tolist() == before["config_hash"].tolist()
    assert sinefit(f"rerun={own / 'sweep' / '0'}", "hydra.run.dir=again")[0] == 0


def test_a_folder_of_somebody_elses_is_not_used(sinefit: Command, folder: Path) -> None:
    """Copied from elsewhere it is named and left alone, until init is typed; another app's says nothing."""
    shutil.copytree(packaged_folder(), folder / "conf")
    (folder / "conf" / "experiment" / "mine.yaml").write_text(MINE)
    code, _, err = sinefit(*SMALL, "hydra.run.dir=run")
    assert code == 0
    assert err == (
        "sinefit: conf/ is not used, since it may be anybody's; type sinefit init to use it from now on\n"
    )
    assert sinefit("+experiment=mine", *SMALL)[0] == 1
    assert "was there already: sinefit uses it from now on" in sinefit("init")[1]
    assert sinefit("+experiment=mine", *SMALL, "hydra.run.dir=run2")[0] == 0
    (folder / "conf" / "config.yaml").write_text("lr: 3\n")
    assert sinefit(*SMALL, "hydra.run.dir=run3")[0] == 1


def test_an_app_of_ones_own_keeps_its_folder(sinefit: Command, folder: Path) -> None:
    """A conf/ that is not sinefit's is neither used nor overwritten."""
    (folder / "conf").mkdir()
    (folder / "conf" / "config.yaml").write_text("lr: 3\n")
    code, _, err = sinefit(*SMALL, "hydra.run.dir=run")
    assert (code, err) == (0, "")
    code, _, err = sinefit("init")
    assert code == 1
    assert "exists and is no config folder of sinefit" in err
    assert (folder / "conf" / "config.yaml").read_text() == "lr: 3\n"


def test_a_setting_that_is_missing_is_named(sinefit: Command, own: Path) -> None:
    """A main config of another sinefit: the lines that it lacks; help still answers."""
    main = own / "conf" / "config.yaml"
    lines = main.read_text().splitlines()
    main.write_text("\n".join(line for line in lines if not line.startswith(("skip_done", "second_obj"))))
    code, _, err = sinefit(*SMALL)
    assert code == 1
    assert f"{main} is of another sinefit; add what it lacks:\nsecond_objective: null" in err
    assert "skip_done: false" in err
    assert sinefit("--help")[0] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("init", "a", "b"), "init takes one folder, got a b"),
        (("init", "seed=3"), "init takes one folder, got seed=3"),
        (("init", "file"), "cannot be written"),
    ],
)
def test_what_cannot_be_set_up(sinefit: Command, folder: Path, words: tuple[str, ...], message: str) -> None:
    """Other words, and a place that is no folder: one message, nothing written."""
    (folder / "file").touch()
    code, _, err = sinefit(*words)
    assert code == 1
    assert message in err
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_another_folder_can_be_named(sinefit: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made with the folders above it."""
    assert sinefit("init", "a/b")[0] == 0
    monkeypatch.chdir(folder / "a" / "b")
    assert sinefit(*SMALL, "hydra.run.dir=run")[2] == ""
