"""What tests share: composing configs, running the command in-process and as a process."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from composing import compose_config, make_experiment
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins

from sinefit.run import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from omegaconf import DictConfig

    from sinefit.core.experiment import Experiment

torch.set_num_threads(1)
Plugins.instance()  # what importing plugins registers must be there before the first test's state is kept


@pytest.fixture(autouse=True, scope="session")
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the tests start is remembered in a folder of theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def compose(hydra_restore_singletons: None) -> Callable[..., DictConfig]:
    """`compose_config`, as a fixture; Hydra's global state is put back afterwards."""
    del hydra_restore_singletons
    return compose_config


@pytest.fixture
def experiment(hydra_restore_singletons: None) -> Callable[..., Experiment]:
    """`make_experiment`, as a fixture; Hydra's global state is put back afterwards."""
    del hydra_restore_singletons
    return make_experiment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a hostile name."""
    path = tmp_path / 'it\'s a=ü "test" [x]'
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def sinefit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hydra_restore_singletons: None
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Call the command in this process; gives its exit code, standard output and standard error."""
    del hydra_restore_singletons

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sinefit", *arguments])
        monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    yield call
    GlobalHydra.instance().clear()
    os.environ.pop("HYDRA_FULL_ERROR", None)
    for handler in logging.getLogger().handlers[:]:
        if type(handler) in {logging.FileHandler, logging.StreamHandler}:
            handler.close()
            logging.getLogger().removeHandler(handler)


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module `strangers` can be imported as a user's own, also by other processes."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "support"))


@pytest.fixture(params=["basic", "fused"])
def launcher(request: pytest.FixtureRequest) -> str:
    """The argument that chooses a launcher."""
    return f"hydra/launcher={request.param}"
