"""Which folders paths and globs mean, also with hostile names."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sinefit.errors import SinefitError
from sinefit.results.collection import collect
from sinefit.results.folders import find_runs, newest_sweep
from sinefit.results.formats import format_table

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = ["a b", "it's", 'say "x"', "lr=0.1,seed=2", "größe λ", "[x]*?", "-m", "a\nb"]


def jobs(*paths: str) -> list[str]:
    """The names of the run folders that are found."""
    return [Path(run).name for runs in find_runs(paths).values() for run in runs]


def test_jobs_stand_in_the_order_of_their_numbers(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """Job 10 follows job 9, not job 1."""
    sweep_folder(folder / "sweep", *([f"seed={n}"] for n in range(12)))
    assert jobs("sweep") == [str(n) for n in range(12)]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_taken_literally(
    folder: Path, sweep_folder: Callable[..., Path], name: str
) -> None:
    """A sweep and a job of any name are found, as themselves and from above."""
    sweep = sweep_folder(folder / name)
    sweep_folder(folder / "other", ["seed=1"])
    (sweep / name / ".hydra").mkdir(parents=True)
    (sweep / name / ".hydra" / "overrides.yaml").write_text("[]")
    for path in (name, f"{name}/{name}"):
        assert find_runs(path) == {str(sweep): (str(sweep / name),)}
    assert len(find_runs(".")) == 2


@pytest.mark.parametrize(
    "paths", [["s"], ["s/**"], ["s/*/*"], ["s/a/0", "s"], ["s", "s/a/0"], ["s/**/[0-9]"], ["s/a/", "./s/b"]]
)
def test_each_run_is_found_once(folder: Path, sweep_folder: Callable[..., Path], paths: list[str]) -> None:
    """Paths and globs that overlap, in any order, give every run once, below its sweep."""
    for name in "ab":
        sweep_folder(folder / "s" / name, ["seed=0"], ["seed=1"])
    groups = find_runs(paths)
    found = [run for runs in groups.values() for run in runs]
    assert sorted(found) == [str(folder / "s" / run) for run in ("a/0", "a/1", "b/0", "b/1")]
    assert set(groups) == {str(folder / "s" / name) for name in "ab"}


def test_single_runs_have_no_sweep(folder: Path, run_folder: Callable[..., Path]) -> None:
    """A run outside sweeps is found, from itself and from above."""
    run = run_folder(folder / "outputs" / "runs" / "2026-11-23" / "10-00-00")
    for path in (run, folder, str(run / "result.json")):
        assert find_runs(path) == {None: (str(run),)}


def test_numbered_folders_are_jobs(folder: Path, run_folder: Callable[..., Path]) -> None:
    """Without `multirun.yaml`, numbered folders are the jobs of the folder above."""
    run_folder(folder / "s" / "0")
    assert list(find_runs("s/0")) == list(find_runs("s")) == [str(folder / "s")]


def test_jobs_in_subfolders(
    folder: Path, sweep_folder: Callable[..., Path], run_folder: Callable[..., Path]
) -> None:
    """A `hydra.sweep.subdir` with slashes is followed; links and hidden folders are not."""
    sweep = sweep_folder(folder / "s", ["seed=0"])
    run_folder(sweep / "data=a" / "b" / "lr=1")
    run_folder(sweep / ".submitit" / "7")
    (sweep / "loop").symlink_to(sweep)
    assert jobs("s") == ["0", "lr=1"]


def test_all_faults_are_told_at_once(folder: Path) -> None:
    """Each path without runs is named with its reason, and what to type."""
    (folder / "empty").mkdir()
    (folder / "file").touch()
    with pytest.raises(SinefitError) as caught:
        find_runs(["nope", "empty", "file", "*.x"])
    for part in (
        "'nope' does not exist",
        "'empty' holds no run",
        "'file' is no folder",
        "'*.x' matches no folder",
        "outputs/sweeps",
    ):
        assert part in str(caught.value)


def test_nothing_given_is_an_error() -> None:
    """No path at all is said to be none."""
    with pytest.raises(SinefitError, match="no path is given"):
        find_runs([])


def test_the_newest_sweep(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """The newest sweep is the one that was started last; without any, the error says how to start one."""
    with pytest.raises(SinefitError, match=r"no sweep below outputs/sweeps; .*sinefit -m"):
        newest_sweep()
    import os  # noqa: PLC0415 - only here

    for age, name in enumerate(["new", "old"]):
        sweep = sweep_folder(folder / "outputs" / "sweeps" / "2026-11-23" / name, ["seed=0"])
        os.utime(sweep / "multirun.yaml", (1e9 - age, 1e9 - age))
    assert Path(newest_sweep()).name == "new"


def test_thousands_of_folders_within_each_other(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """What lies beside them is found."""
    sweep_folder(folder / "sweep", ["seed=1"])
    below = os.open(folder, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("n", dir_fd=below)
        above, below = below, os.open("n", os.O_RDONLY, dir_fd=below)
        os.close(above)
    os.close(below)
    assert jobs(".") == ["0"]
    assert newest_sweep(".").endswith("sweep")
    subprocess.run(["rm", "-rf", "n"], check=True)  # Python's own way to remove them is recursive


def test_a_job_that_may_not_be_read_is_told(sweep_folder: Callable[..., Path]) -> None:
    """Its row says why, also to root, who becomes nobody here."""
    with tempfile.TemporaryDirectory() as place:
        sweep = sweep_folder(Path(place) / "sweep", ["seed=0"], ["seed=1"])
        Path(place).chmod(0o755)
        (sweep / "1").chmod(0)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        try:
            table = collect(sweep)
        finally:
            os.seteuid(before)
            (sweep / "1").chmod(0o755)
    assert table["status"].tolist() == ["completed", "broken"]
    assert "Permission denied" in table["error"].iloc[1]


def test_a_folder_whose_name_is_no_utf8_is_opened(folder: Path, sweep_folder: Callable[..., Path]) -> None:
    """The column `folder` is its real path; files have an escape there."""
    sweep = sweep_folder(folder / "sweep", ["seed=0"])
    (sweep / "0").rename(os.fsdecode(os.fsencode(sweep) + b"/9\xff"))
    table = collect("sweep")
    assert Path(table["folder"].iloc[0], "result.json").exists()
    assert "sweep/9\\udcff" in format_table(table, "csv")
