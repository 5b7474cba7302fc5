"""What Hydra leaves: read as Hydra and OmegaConf read it, and nothing hostile is read for long."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING, Any

import pytest
from hydra import compose, initialize_config_dir
from hydra_versions import VERSION_BASE
from omegaconf import OmegaConf

from sinefit.errors import RecordError
from sinefit.record.folder import (
    CONFIG_NAME,
    HYDRA_NAME,
    OVERRIDES_NAME,
    SWEEP_COPY_NAME,
    SWEEP_NAME,
    RunFolder,
)
from sinefit.record.hydra_files import (
    read_config,
    read_invocation,
    read_overrides,
    read_settings,
    read_sweep,
)
from sinefit.settings.compose import config_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TYPED = ["optimizer=adam", "optimizer.lr=1e-05", "+note='a: \"b\"'", "+when='2020-01-01'", "+text='1e3'"]
READERS: dict[str, Callable[[Path], Any]] = {
    CONFIG_NAME: read_config,
    HYDRA_NAME: read_invocation,
    OVERRIDES_NAME: read_overrides,
    SWEEP_NAME: read_sweep,
    "result.json": lambda folder: RunFolder(folder).read_result(),
    "history.csv": lambda folder: RunFolder(folder).read_history(),
    "model.pt": lambda folder: RunFolder(folder).read_parameters(),
}


@pytest.fixture
def saved(folder: Path) -> Path:
    """A folder with all that Hydra writes into those of runs and sweeps."""
    with initialize_config_dir(str(config_folder()), **VERSION_BASE):
        config = compose("config", overrides=[*TYPED, "resume=all"], return_hydra_config=True)
    config.hydra.runtime.config_sources[1].provider = "command-line"
    config.hydra.overrides.hydra = ["hydra.run.dir='it''s'"]
    (folder / ".hydra").mkdir()
    OmegaConf.save(OmegaConf.masked_copy(config, [k for k in config if k != "hydra"]), folder / CONFIG_NAME)
    OmegaConf.save({"hydra": config.hydra}, folder / HYDRA_NAME)
    OmegaConf.save(config.hydra.overrides.task, folder / OVERRIDES_NAME)
    OmegaConf.save(config, folder / SWEEP_NAME)
    return folder


def test_saved_files_are_read_as_omegaconf_reads_them(saved: Path) -> None:
    """Numbers, texts that look like numbers and dates, references; nested or by dotted paths."""
    expected = OmegaConf.to_container(OmegaConf.load(saved / CONFIG_NAME), resolve=False)
    assert read_config(saved) == expected == read_sweep(saved)[0]
    settings = read_settings(saved)
    assert settings["optimizer.lr"] == 1e-05
    assert (settings["when"], settings["text"], settings["note"]) == ("2020-01-01", "1e3", 'a: "b"')
    assert len(settings) > len(read_config(saved))


def test_how_it_was_started(saved: Path) -> None:
    """What was typed, without ``resume=``, choices and folders, the same of a run and of a sweep."""
    started = read_invocation(saved)
    assert started == read_sweep(saved)[1]
    assert started.overrides == TYPED == read_overrides(saved)
    assert started.hydra_overrides == ["hydra.run.dir='it''s'"]
    assert started.choices["optimizer"] == "adam"
    assert started.config_dirs == [str(config_folder())]


def test_the_copy_stands_in_for_half_a_file(saved: Path) -> None:
    """Hydra may be killed while it writes the sweep's config; without a copy there is one error for both."""
    (saved / SWEEP_COPY_NAME).write_bytes((saved / SWEEP_NAME).read_bytes())
    (saved / SWEEP_NAME).write_text("hydra: [")
    assert read_sweep(saved)[1].overrides == TYPED
    (saved / SWEEP_COPY_NAME).write_text("seed: 1")
    with pytest.raises(
        RecordError, match=r"(?s)\.multirun\.yaml does not say what was typed.*multirun\.yaml cannot"
    ):
        read_sweep(saved)


def make_pipe(path: Path) -> None:
    """A pipe that nobody ever writes into."""
    os.mkfifo(path)


def make_device(path: Path) -> None:
    """A link to a file without an end."""
    path.symlink_to("/dev/zero")


def make_folder(path: Path) -> None:
    """A folder with the file's name."""
    path.mkdir()


@pytest.mark.parametrize("make", [make_pipe, make_device, make_folder])
@pytest.mark.parametrize("name", READERS)
def test_only_regular_files_are_read(folder: Path, name: str, make: Callable[[Path], None]) -> None:
    """Pipes, devices and folders are told, at once."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    make(path)
    with pytest.raises(RecordError, match=r"no regular file|Is a directory"):
        READERS[name](folder)


@pytest.mark.parametrize("name", [name for name in READERS if name != "model.pt"])
def test_huge_files_are_not_read(folder: Path, name: str) -> None:
    """A file of 8 GB, which takes no room on the disk."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.truncate(path, 2**33)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(RecordError, match="8,589,934,592 bytes, more than"):
        READERS[name](folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "an alias bomb": (BOMB, "aliases"),
    "itself": ("a: &a [*a]", "aliases"),
    "deep lists": ("a: " + "[" * 100_000, "levels"),
    "deep dicts": ("{a: " * 100_000, "levels"),
    "deep blocks": ("- " * 5_000 + "a", "levels"),
    "code": ("!!python/object/apply:os.mkdir ['hacked']", "could not determine a constructor"),
    "a long number": (f"a: {'9' * 5_000}", "Exceeds the limit"),
    "no date": ("a: 2020-99-99", "month must be in"),
    "no text": ("\x00", "special characters|unacceptable"),
}


@pytest.mark.parametrize(("text", "reason"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", [CONFIG_NAME, HYDRA_NAME, OVERRIDES_NAME, SWEEP_NAME])
def test_hostile_yaml_is_one_error(folder: Path, name: str, text: str, reason: str) -> None:
    """Bombs, depths and code end in a `RecordError`, and nothing of it is run."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    with pytest.raises(RecordError, match=reason):
        READERS[name](folder)
    assert not (folder / "hacked").exists()


@pytest.mark.parametrize(
    "text", ["", "- 1", "3", "hydra: 3", "hydra: {overrides: {task: [1], hydra: []}, runtime: {}}"]
)
def test_other_content_is_one_error(folder: Path, text: str) -> None:
    """Files that are YAML, and not what Hydra writes there."""
    (folder / ".hydra").mkdir()
    for name in (CONFIG_NAME, HYDRA_NAME, OVERRIDES_NAME, SWEEP_NAME):
        if (name, text[:2]) in {(OVERRIDES_NAME, "- "), (CONFIG_NAME, "hy")}:
            continue
        (folder / name).write_text(text)
        with pytest.raises(RecordError):
            READERS[name](folder)


def test_json_that_is_nested_too_deep(folder: Path) -> None:
    """Python's parser gives up; the reader says so."""
    (folder / "result.json").write_text('{"a":' * 100_000)
    with pytest.raises(RecordError, match="is broken"):
        RunFolder(folder).read_result()
