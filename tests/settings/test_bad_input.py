"""Mistakes that depend on the machine, on old runs or on the environment; others: `test_messages.py`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hydra.errors import MissingConfigException

from sinefit.run import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]


def test_cuda_where_there_is_none(sinefit: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is not there is named, and what to type instead."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    code, _, err = sinefit("device=cuda")
    assert code == 1
    assert "device must be cpu or auto: torch finds no CUDA device here, got 'cuda'" in err
    assert list(folder.iterdir()) == []


def test_a_mistake_beside_an_old_run_leaves_it_alone(sinefit: Command, folder: Path) -> None:
    """A wrong setting with the folder of a finished run changes none of its files."""
    assert sinefit("trainer=quick", "hydra.run.dir=kept")[0] == 0
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert sinefit("trainer=quick", "hydra.run.dir=kept", "seed=-1")[0] == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_hydras_full_error_brings_the_traceback_back(
    sinefit: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sets HYDRA_FULL_ERROR=1 to debug one's own code gets the exception itself."""
    del folder
    code, _, err = sinefit("optimizer=adm")
    assert code == 1
    assert "HYDRA_FULL_ERROR" not in err
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    monkeypatch.setattr(sys, "argv", ["sinefit", "optimizer=adm"])
    with pytest.raises(MissingConfigException, match="optimizer/adm"):
        main()


def test_references_between_settings_are_no_mistakes(sinefit: Command, folder: Path) -> None:
    """A schedule that takes the number of epochs from the trainer starts without a word of warning."""
    code, _, err = sinefit("scheduler=cosine", "trainer=quick", "hydra.run.dir=here")
    assert (code, err) == (0, "")
    assert (folder / "here" / "result.json").exists()
