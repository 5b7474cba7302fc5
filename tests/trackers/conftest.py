"""What the tests of trackers share: real records of every ending, and a real server of MLflow."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

import pytest
from processes import start_process
from tracker_places import mlflow_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = ("trainer.max_epochs=4", "data.num_points=40", "model.hidden_size=4")
SWEEP = (
    *("-m", *RUN, "hydra.sweep.dir=first_sweep", "trainer.halving.at=[2]", "trainer.halving.keep=0.5"),
    *("optimizer.lr=0.01,0.001,0.0001,1e9", "seed=0,-1"),
)


@pytest.fixture(scope="session", autouse=True)
def _untracked() -> Iterator[None]:
    """Neither MLflow nor W&B tells its makers of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DO_NOT_TRACK", "true")
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        patch.setenv("WANDB_ERROR_REPORTING", "false")
        for name in ("MLFLOW_TRACKING_URI", "WANDB_DIR"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sweep whose jobs ended in four ways, and with a single run that has a picture."""
    folder = tmp_path_factory.mktemp("it's a=ü [x]")
    for arguments in (SWEEP, (*RUN, "hydra.run.dir=alone")):
        process = start_process(*arguments, cwd=folder)
        _, err = process.communicate(timeout=100)
        assert process.returncode == (1 if "-m" in arguments else 0), err
    return folder


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow's without a run: to make one takes a second."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # by MLflow itself
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: PLC0415

        folder = tmp_path_factory.mktemp("database")
        SqlAlchemyStore(f"sqlite:///{folder}/empty.db", str(folder))
    return folder / "empty.db"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server of MLflow."""
    folder = tmp_path_factory.mktemp("server")
    assert os.fspath(folder).isascii()  # part of an address
    with mlflow_server(folder) as address:
        yield address
