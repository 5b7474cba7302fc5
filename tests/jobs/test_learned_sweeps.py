"""Sweeps by samplers that learn, from the command to the table: killed and resumed, with two objectives."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import pytest
from processes import fork_server
from small_sweeps import table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Command = Callable[..., tuple[int, str, str]]

SMALL = ("trainer=quick", "data.num_points=40", "trainer.max_epochs=2")
LEARNED = (
    "-m",
    *SMALL,
    "optimizer=sgd,adam",
    "optimizer.lr=tag(log,interval(1e-4,1e-1))",
    "seed=tag(repeats,range(0,3))",
    "hydra.sweeper.sampler=tpe",
    "hydra.sweeper.num_draws=12",
)


def trials_of(folder: Path) -> list[Any]:
    """What the study in a sweep folder holds."""
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "study.log"))
    study = optuna.load_study(study_name=None, storage=optuna.storages.JournalStorage(backend))
    return [(trial.params, trial.values, trial.state, trial.user_attrs) for trial in study.trials]  # noqa: PD011 - no frame


def rows_of(folder: Path) -> pd.DataFrame:
    """The table of a sweep without its own name."""
    return table_of(folder).sort_values("job").drop(columns=["sweep", "folder"]).reset_index(drop=True)


def test_killed_and_resumed(folder: Path) -> None:
    """Killed in its first batch, and while its study is written, it ends as the whole."""
    with fork_server(cwd=folder, log=folder / "log") as server:

        def call(*arguments: str) -> int:
            server.start(*arguments)
            return server.exit_code()

        assert call(*LEARNED, "hydra.sweep.dir=whole") == 0, Path("log").read_text()
        whole = rows_of(folder / "whole")
        assert len(whole) == 36
        seen = set()
        for moment in (300, 555):
            assert call(f"die-at={moment}", *LEARNED, "hydra.sweep.dir=killed") == -signal.SIGKILL
            path = folder / "killed" / "study.log"
            seen.add(path.read_bytes().count(b"\n") if path.exists() else 0)
            assert call("-m", "resume=killed") == 0, Path("log").read_text()
            assert rows_of(folder / "killed").equals(whole)
            assert trials_of(folder / "killed") == trials_of(folder / "whole")
            shutil.rmtree("killed")
        assert len(seen) > 1, f"it was killed at moments of one kind: {seen}"


@pytest.mark.parametrize("sampler", ["nsga2", None])
def test_two_objectives(sinefit: Command, folder: Path, sampler: str | None) -> None:
    """A sweep ends with its front, which is that of the table's medians, whatever made its jobs."""
    learned = (
        f"hydra.sweeper.sampler={sampler}",
        "hydra.sweeper.num_draws=8",
        "hydra.sweeper.batch_size=4",
    )
    words = ("model.hidden_size=2,3,5,8", "seed=tag(repeats,range(0,3))", "optimizer.lr=1e-3,1e-1,1e30")
    more = learned if sampler else ()
    code, out, err = sinefit(
        "-m", *SMALL, *words, *more, "optimizer=sgd", "second_objective=num_parameters", "hydra.sweep.dir=s"
    )
    assert code == 0, err
    table = table_of(folder / "s")
    keys = ["model.hidden_size", "optimizer.lr"]
    bad = (table["status"] == "diverged").to_numpy()
    points = table[[*keys, "rmse", "num_parameters"]].astype(float)
    points.loc[bad, ["rmse", "num_parameters"]] = np.inf
    medians = points.groupby(keys)[["rmse", "num_parameters"]].median()
    values = medians.to_numpy()
    dominated = [((values <= each).all(1) & (values < each).any(1)).any() for each in values]
    wanted = medians[~np.array(dominated) & np.isfinite(values).all(1)]
    chosen = table[table["front"]][keys].drop_duplicates()
    assert {*map(tuple, chosen.astype(float).to_numpy())} == {*wanted.index}
    assert f"the front of rmse and num_parameters: {len(wanted)} of {len(medians)} settings" in out
    if sampler:
        assert all(len(each[1]) == 2 for each in trials_of(folder / "s"))
