"""Every mistake ends with one clear message, exit code 1, and nothing on disk."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from hydra.errors import MissingConfigException

from sinefit.run import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]

MISTAKES = [
    (
        "model.hidden_size=0",
        "model.hidden_size must be a whole number, 1 or more, got 0; .*model.hidden_size=10",
    ),
    ("model.hidden_size=-3", "model.hidden_size must be a whole number, 1 or more, got -3"),
    ("model.hidden_size=2.5", "model.hidden_size must be a whole number, 1 or more, got 2.5"),
    ("model.hidden_size=abc", "model.hidden_size must be a whole number, 1 or more, got 'abc'"),
    ("optimizer.lr=-0.1", "optimizer.lr must be positive and finite, got -0.1; .*optimizer.lr=0.01"),
    ("optimizer.lr=0", "optimizer.lr must be positive and finite, got 0"),
    ("optimizer.lr=nan", "optimizer.lr must be positive and finite, got nan"),
    ("optimizer=sgd optimizer.momentum=-1", "optimizer.momentum must be a finite number, 0 or more, got -1"),
    ("data.batch_size=0", "data.batch_size must be a whole number, 1 or more, got 0"),
    ("trainer.max_epochs=-1", "trainer.max_epochs must be a whole number, 1 or more, got -1"),
    ("data.upper=-10", "data.upper must be above lower=-6.28.*, got -10"),
    ("data.noise_std=-1", "data.noise_std must be a finite number, 0 or more, got -1"),
    ("data.function.frequency=fast", "data.function.frequency must be a finite number, got 'fast'"),
    ("model.activation=rely", "model.activation must be one of relu, .* got 'rely'"),
    ("dtype=float16", "dtype must be one of float32, float64, got 'float16'"),
    ("device=tpu", "device must be one of auto, cpu, cuda, got 'tpu'"),
    ("num_threads=0", "num_threads must be a whole number, 1 or more, got 0"),
    ("objective=accuracy", "objective must be one of mse, .* got 'accuracy'"),
    ("objective=validation_loss", "validation_loss needs points that are held out, .*validation_share=0.2"),
    ("objective=extrapolation_rmse", "extrapolation_rmse needs an interval .*data.extrapolation"),
    ("picture=sometimes", "picture must be auto, true or false, got 'sometimes'"),
    ("seed=1,2", "seed=1,2 are several values: add -m to train a run for each of them"),
    ("seed=-1", "seed must be a whole number, 0 or more, got -1"),
    ("model.output_size=2", r"outputs of shape \(2, 2\).*model.output_size=1"),
    ("trainer.patience=3", "trainer.patience must be null unless .* got 3"),
    ("model.hiden_size=3", "model.hiden_size=3: .* no setting: did you mean model.hidden_size?"),
    ("zebra=3", "(?s)zebra=3: zebra is no setting: known are .*seed.*`\\+zebra=3` adds"),
    ("+model.hiden_size=3", "model.hiden_size=3 is no setting of MLP: did you mean model.hidden_size?"),
    ("+data.function.foo=3", "data.function.foo=3 is no setting of Sine: known are amplitude, frequency"),
    (
        "+optimizer.wieght_decay=3",
        "optimizer.wieght_decay=3 is no setting of Adam: did you mean optimizer.weight_decay?",
    ),
    ("+scheduler.foo=3", "scheduler.foo=3 is no setting of CosineAnnealingLR: known are T_max, eta_min$"),
    ("optimizer=adm", "optimizer=adm is no choice: did you mean adam.? known are adagrad, adam"),
    ("+experiment=sed", "experiment=sed is no choice: did you mean seed.? known are best"),
    ("experiment=seed", "experiment is a group of which nothing is chosen yet; type .experiment=seed"),
    ("scheduler=null", "scheduler=null is no choice: known are constant, cosine"),
    (
        "optimizer.lr=???",
        "optimizer.lr must be a value, got '\\?\\?\\?'; type for example optimizer.lr=VALUE",
    ),
    ("data.lower=${nope}", "data.lower must be a value, or refer to a setting, got '.{nope}'"),
    ("optimizer.lr=.inf", "optimizer.lr must be positive and finite, got '.inf'"),
    ("data.upper=abc", "data.upper must be a finite number, got 'abc'"),
    ("model.activation=", "model.activation must be one of relu, .* got ''"),
    ("data.lower=1e300", "data.upper must be above lower=1e[+]300"),
    ("data.upper=1e300", "data cannot be drawn: they reach 1e\\+300, which is beyond float32"),
    ("seed=99999999999999999999", "seed must be a whole number below 2.63, got 9999"),
    ("+loss.reduction=none", "loss.reduction must be one of mean, sum, got 'none'"),
    ("scheduler=step scheduler.step_size=0", "scheduler.step_size must be a whole number, 1 or more, got 0"),
    ("hydra.run.dir=", "hydra.run.dir must be a folder, got ''; type hydra.run.dir=FOLDER"),
    ("hydra.run.dir=${nope}", "hydra.run.dir refers to nothing: .*'nope'.*; type hydra.run.dir=FOLDER"),
    ("model._target_=no_such.Thing", "(?s)model cannot be built: ImportError: .*no_such.Thing"),
    ("model._target_=os.system", "model: Target 'os.system' is blocklisted"),
    ("model._target_=builtins.dict", "model cannot be built|model must be a torch.nn.Module"),
    ("optimizer._partial_=false", "optimizer cannot be built: TypeError"),
    ("loss._target_=torch.nn.Nothing", "loss cannot be built"),
    ("hydra.run.dir=/proc/nowhere", "run folder /proc/nowhere cannot be written: .*hydra.run.dir=FOLDER"),
    ("hydra.run.dir=/proc", "run folder /proc cannot be written: .*hydra.run.dir=FOLDER"),
    ("nonsense", "Error parsing override 'nonsense'"),
]


@pytest.mark.parametrize(("override", "message"), MISTAKES, ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_named_and_leaves_nothing(
    sinefit: Command, folder: Path, override: str, message: str
) -> None:
    """The message names the setting and its value; there is no traceback and no file."""
    code, out, err = sinefit(*override.split())
    assert code == 1
    assert re.search(message, err.strip()), err
    assert err.startswith("sinefit: ")
    assert "Traceback" not in out + err
    assert list(folder.iterdir()) == []


def test_cuda_where_there_is_none(sinefit: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is not there is named, and what to type instead."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    code, _, err = sinefit("device=cuda")
    assert code == 1
    assert "device must be cpu or auto: torch finds no CUDA device here, got 'cuda'" in err
    assert list(folder.iterdir()) == []


def test_several_mistakes_are_told_together(sinefit: Command, folder: Path) -> None:
    """One call names them all."""
    mistakes = (
        "model.hidden_size=2.5",
        "model.activation=rel",
        "optimizer.lr=-1",
        "data.batch_size=0",
        "data.function.frequency=fast",
        "seed=x",
    )
    code, _, err = sinefit(*mistakes)
    assert code == 1
    for mistake in mistakes:
        assert mistake.split("=")[0] in err
    assert len(err.strip().splitlines()) == len(mistakes)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "mistakes",
    [
        ("hiden_size=3", "model.depth=2", "optimizer.lr=-1", "seed=-1"),
        ("optimizer=adm", "model=mpl", "+experiment=sed", "data.batch_size=0"),
    ],
)
def test_unknown_names_are_told_with_the_other_mistakes(
    sinefit: Command, folder: Path, mistakes: tuple[str, ...]
) -> None:
    """Hydra stops at the first unknown key or choice; the message does not."""
    code, _, err = sinefit("trainer=quick", *mistakes)
    assert code == 1
    for mistake in mistakes:
        key, _, value = mistake.lstrip("+").partition("=")
        assert re.search(rf"^(sinefit: )?{key}\b.*{value}", err, re.MULTILINE), err
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
