"""A run's bits follow from its settings, however it was started."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from processes import start_process

from sinefit.core.run import run
from sinefit.record.folder import RunFolder
from sinefit.results.best import reproducing_command

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


MINE = {
    "model/mine.yaml": "{_target_: sinefit.core.models.MLP, hidden_size: 9, activation: tanh}",
    "model/waves.yaml": "{_target_: sinefit.core.models.MLP, activation: {_target_: torch.nn.ELU}}",
}


def test_the_printed_command_gives_the_same_numbers(sinefit: Command, folder: Path) -> None:
    """Trained natively and by torch, with choices from a folder with a hostile name, and a rerun."""
    own = folder / "it's my $HOME"
    (own / "model").mkdir(parents=True)
    for name, text in MINE.items():
        (own / name).write_text(text)
    words = (*SHARED, "model=mine,waves", "seed=0,1", "hydra.sweep.dir=sweep")
    assert sinefit("-m", "--config-dir", str(own), *words)[0] == 0
    assert sinefit("rerun=sweep/0", "hydra.run.dir=again")[0] == 0
    engines = set()
    for number, path in enumerate(["sweep/0", "sweep/1", "sweep/2", "sweep/3", "again"]):
        result = RunFolder(path).read_result()
        engines.add(result.engine["name"])
        typed = shlex.split(reproducing_command(path, result))
        copy = Path(f"copy {number}")
        assert sinefit(*typed[1:], f"hydra.run.dir='{copy}'")[0] == 0, typed
        assert RunFolder(copy).read_result().metrics == result.metrics
        assert (copy / "history.csv").read_bytes() == Path(path, "history.csv").read_bytes()
    assert engines == {"native", "eager"}
