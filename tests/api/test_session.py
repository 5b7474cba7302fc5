"""A run from Python leaves the process as it found it."""

from __future__ import annotations

import logging
import os
import random
import sys
import threading
from pathlib import Path

import hydra
import numpy as np
import pytest
import torch
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

import sinefit

QUICK = ("trainer=quick", "trainer.max_epochs=3", "data.num_points=60")

pytestmark = pytest.mark.usefixtures("folder")


def test_generators_and_threads_are_kept() -> None:
    """What torch, numpy and Python draw next, and torch's threads, do not depend on a run in between."""
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002 - other people's code
    random.seed(1)
    expected = torch.rand(2), np.random.rand(2), random.random()  # noqa: NPY002, S311
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002
    random.seed(1)
    threads = torch.get_num_threads()
    sinefit.run(*QUICK, "num_threads=2", record=False)
    assert torch.equal(torch.rand(2), expected[0])
    assert (np.random.rand(2) == expected[1]).all()  # noqa: NPY002
    assert random.random() == expected[2]  # noqa: S311
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("words", [(), ("optimizer.lr=-1",), ("optimizer=unknown",)])
def test_globals_are_kept(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Arguments, environment, folder, log and somebody's own Hydra are the same after a run and a mistake."""
    monkeypatch.setattr(sys, "argv", ["mine", "--flag"])
    handler = logging.FileHandler(tmp_path / "mine.log")
    root = logging.getLogger()
    root.addHandler(handler)
    before = dict(os.environ), Path.cwd(), list(root.handlers), root.level
    with hydra.initialize_config_dir(str(tmp_path), version_base=None):
        own, config = GlobalHydra.instance().hydra, HydraConfig.instance().cfg
        try:
            sinefit.run(*QUICK, *words)
        except sinefit.SinefitError:
            assert words
        assert GlobalHydra.instance().hydra is own
        assert HydraConfig.instance().cfg is config
    assert (dict(os.environ), Path.cwd(), list(root.handlers), root.level) == before
    assert sys.argv == ["mine", "--flag"]
    root.removeHandler(handler)
    handler.close()
    assert not (tmp_path / "mine.log").read_text()


def test_a_deleted_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are recorded in the working directory; without one there is a sentence."""
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path("../gone").rmdir()
    with pytest.raises(sinefit.SinefitError, match="the working directory has been deleted"):
        sinefit.run(*QUICK)


def test_threads_take_turns() -> None:
    """Runs that threads start at once are those of their own settings."""
    runs: dict[int, sinefit.Run] = {}

    def train(seed: int) -> None:
        runs[seed] = sinefit.run(*QUICK, seed=seed)

    threads = [threading.Thread(target=train, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {seed: run.result.seed for seed, run in runs.items()} == {0: 0, 1: 1, 2: 2}
    assert runs[2].metrics == sinefit.run(*QUICK, seed=2, record=False).metrics


def test_nothing_is_printed_of_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    """What is returned says it; a sweep tells of its stacks and how far it is."""
    sinefit.run(*QUICK, record=False)
    assert capsys.readouterr() == ("", "")
    sinefit.sweep({"seed": [0, 1]}, *QUICK, record=False)
    out, err = capsys.readouterr()
    assert (len(out.splitlines()), err) == (2, "")
