"""Killed whenever a file changes: no old result under a new config, nothing half, nothing lost."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from processes import fork_server

from sinefit.record.folder import RESULT_NAME, SWEEP_COPY_NAME, RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processes import ForkServer

SMALL = ("trainer=quick", "data.num_points=40", "picture=false")
RECORDED = ("model.pt", "history.csv", "prediction.csv")
EVERY = 8
"""Of the moments, one in so many is tried: which, differs between a run, a sweep and a resumed one."""


@pytest.fixture
def server(folder: Path) -> Iterator[ForkServer]:
    """A fork server in the folder."""
    with fork_server(cwd=folder, log=folder / "log") as made:
        yield made


def call(server: ForkServer, *arguments: str) -> int:
    """A command's exit code."""
    server.start(*arguments)
    return server.exit_code()


def kill_at(server: ForkServer, moment: int, *arguments: str) -> bool:
    """Whether the command was killed at a moment, rather than at its end."""
    code = call(server, f"die-at={moment}", *arguments)
    assert code in {0, -signal.SIGKILL}, Path("log").read_text(encoding="utf-8")
    return code != 0


def require_whole(run: Path, whole: dict[int, Path]) -> bool:
    """Whether a run is done; then all that it holds belongs together, and is that of the run in `whole`.

    Args:
        run: its folder.
        whole: the folders of undisturbed runs, by their seeds.
    """
    if not (run / RESULT_NAME).exists():
        return False
    seed = RunFolder(run).read_result().seed
    assert yaml.safe_load((run / ".hydra" / "config.yaml").read_text())["seed"] == seed
    for name in RECORDED:
        assert (run / name).read_bytes() == (whole[seed] / name).read_bytes()
    return True


def test_a_run_into_an_existing_folder(server: ForkServer, folder: Path) -> None:
    """The folder holds the old run, or the new one, or none that is done; started again, the new one."""
    whole = {seed: folder / f"whole {seed}" for seed in (1, 2)}
    for seed, path in whole.items():
        assert call(server, *SMALL, f"seed={seed}", f"hydra.run.dir='{path.name}'") == 0
    new = (*SMALL, "seed=2", "hydra.run.dir=run")
    moment, was_killed = 1, True
    while was_killed:
        shutil.rmtree("run", ignore_errors=True)
        shutil.copytree(whole[1], "run")
        was_killed = kill_at(server, moment, *new)
        if not require_whole(folder / "run", whole) and call(server, "resume=run") == 0:
            assert require_whole(folder / "run", whole)
        assert call(server, *new) == 0
        assert require_whole(folder / "run", whole)
        assert not list((folder / "run").rglob("*.tmp"))
        moment += EVERY
    assert moment > 10


def test_a_sweep(server: ForkServer, folder: Path) -> None:
    """Resumed, it ends with the bits of the whole; a sweep that had not begun is started again."""
    whole = start_whole_sweep(server, folder)
    moment, was_killed = 2, True
    while was_killed:
        shutil.rmtree("sweep", ignore_errors=True)
        typed = ("-m", *SMALL, "seed=1,2", "hydra.sweep.dir=sweep")
        was_killed = kill_at(server, moment, *typed)
        finish(server, folder / "sweep", whole, typed)
        moment += EVERY
    assert moment > 20


def test_a_resumed_sweep(server: ForkServer, folder: Path) -> None:
    """What was done before stays as it is at every moment; resumed once more, it ends like the whole."""
    whole = start_whole_sweep(server, folder)
    moment, was_killed = 3, True
    while was_killed:
        shutil.rmtree("sweep", ignore_errors=True)
        shutil.copytree("whole", "sweep")
        (folder / "sweep" / "1" / RESULT_NAME).unlink()
        before = {path: path.read_bytes() for path in (folder / "sweep" / "0").rglob("*") if path.is_file()}
        was_killed = kill_at(server, moment, "-m", "resume=sweep")
        finish(server, folder / "sweep", whole, ())
        del before[folder / "sweep" / "0" / "run.log"]
        assert {path: path.read_bytes() for path in before} == before
        moment += EVERY
    assert moment > 10


def start_whole_sweep(server: ForkServer, folder: Path) -> dict[int, Path]:
    """Run a sweep undisturbed; the folders of its jobs, by their seeds."""
    assert call(server, "-m", *SMALL, "seed=1,2", "hydra.sweep.dir=whole") == 0
    return {seed: folder / "whole" / str(seed - 1) for seed in (1, 2)}


def finish(server: ForkServer, sweep: Path, whole: dict[int, Path], typed: tuple[str, ...]) -> None:
    """Look at what a killed sweep left, resume it, and look again.

    Args:
        server: starts the command.
        sweep: the sweep's folder.
        whole: the folders of undisturbed jobs, by their seeds.
        typed: what starts the sweep, if it had not begun.
    """
    for number in (0, 1):
        require_whole(sweep / str(number), whole)
    has_begun = (sweep / SWEEP_COPY_NAME).exists()
    assert call(server, *(("-m", f"resume={sweep.name}") if has_begun else typed)) == 0, Path(
        "log"
    ).read_text()
    assert all(require_whole(sweep / str(number), whole) for number in (0, 1))
    assert not [path for path in sweep.rglob(".*") if path.name.endswith((".tmp", ".lock"))]
