"""A run's bits follow from its settings, however it was started."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from processes import start_process

from sinefit.core.run import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

    Command = Callable[..., tuple[int, str, str]]

SHARED = ("data.num_points=50", "data.batch_size=16", "trainer.max_epochs=12")
CHAOTIC = {
    "adam": ("optimizer=adam", "optimizer.lr=0.1", "scheduler=cosine"),
    "rmsprop": ("optimizer=rmsprop", "optimizer.lr=0.1", "model=siren", "scheduler=step"),
    "stopped": ("data=noisy_sine", "trainer.patience=2", "optimizer.lr=0.05"),
    "plain": ("engine=plain", "optimizer=momentum", "optimizer.lr=0.1"),
    "eager": ("engine=eager", "model=fourier", "optimizer.lr=0.1"),
}


@pytest.mark.parametrize("case", CHAOTIC.values(), ids=CHAOTIC)
def test_a_run_has_the_same_bits_however_it_is_started(
    sinefit: Command, folder: Path, experiment: Callable[..., Experiment], case: tuple[str, ...]
) -> None:
    """Typed singly, as a job under three launchers, resumed, trained again from its folder, and in Python."""
    words = (*SHARED, *case)
    assert sinefit(*words, "seed=1", "hydra.run.dir=single")[0] == 0
    for launcher in ("fused", "basic"):
        beside = f"hydra.sweep.dir={launcher}"
        assert sinefit("-m", *words, "seed=0,1,2", f"hydra/launcher={launcher}", beside)[0] == 0
    # A process of its own: joblib's workers outlive a sweep, in the folder of that sweep.
    parallel = ("hydra/launcher=joblib", "hydra.sweep.dir=joblib")
    process = start_process("-m", *words, "seed=0,1,2", *parallel, cwd=folder)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert sinefit("rerun=fused/1", "hydra.run.dir=again")[0] == 0
    shutil.copytree("fused", "resumed")
    Path("resumed/1/result.json").unlink()
    assert sinefit("-m", "resume=resumed")[0] == 0
    outcome = run(experiment(*words, "seed=1"))
    for path in map(Path, ("single", "fused/1", "basic/1", "joblib/1", "resumed/1", "again")):
        parameters = torch.load(path / "model.pt", weights_only=True)
        assert all(map(torch.equal, parameters.values(), outcome.parameters.values())), path
        assert (path / "history.csv").read_bytes() == Path("single/history.csv").read_bytes()
        result = json.loads((path / "result.json").read_text())
        assert result["engine"]["name"] == outcome.engine
        assert result["metrics"] == outcome.metrics
