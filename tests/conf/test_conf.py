"""Every choice under `conf/` is composed, instantiated and trained."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sinefit.core.fused import run_many
from sinefit.core.run import run
from sinefit.run import config_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sinefit.core.experiment import Experiment

FILES = sorted(path.relative_to(config_folder()) for path in config_folder().rglob("[!_]*.yaml"))
CHOICES = [
    (path.parent.as_posix(), path.stem) for path in FILES if path.parts[0] not in {"hydra", "config.yaml"}
]


def choice(group: str, name: str) -> str:
    """What is typed to choose a file; quick experiments lie in a folder of their group."""
    group, _, folder = group.partition("/")
    plus = "+" if group in {"experiment", "search"} else ""
    return f"{plus}{group}={folder}{'/' if folder else ''}{name}"


BESIDE = {("optimizer", "lbfgs"): ("data.batch_size=50", "data.num_points=50")}
"""What a choice needs beside it: line searches compare losses of the same points."""


@pytest.mark.parametrize(("group", "name"), CHOICES)
def test_every_choice_trains(
    experiment: Callable[..., Experiment], tmp_path: Path, group: str, name: str
) -> None:
    """Two epochs of every choice end completed, with an error that is a number."""
    beside = BESIDE.get((group, name), ("data.num_points=50",))
    if (group, name) == ("data", "table"):
        (tmp_path / "mine.csv").write_text("x,y\n" + "".join(f"{x},{x * x}\n" for x in range(20)))
        beside = (f"data.path={tmp_path / 'mine.csv'}", "data.target=y")
    outcome = run(experiment(choice(group, name), *beside, "trainer.max_epochs=2"))
    assert (outcome.status, outcome.epochs) == ("completed", 2)
    assert 0 <= outcome.metrics["rmse"] < 100


@pytest.mark.parametrize(("group", "name"), CHOICES)
def test_every_file_says_how_to_choose_it(group: str, name: str) -> None:
    """The first line, or the second after Hydra's package line, is the command."""
    lines = (config_folder() / group / f"{name}.yaml").read_text().splitlines()
    choose = choice(group, name)
    first = lines[1] if lines[0].startswith("# @package") else lines[0]
    assert re.match(rf"# sinefit (-m )?{re.escape(choose)}\b", first)


def test_best_is_the_best(experiment: Callable[..., Experiment]) -> None:
    """`experiment=best` reaches what its file claims, within the limits of the claim."""
    outcome = run(experiment("+experiment=best"))
    assert outcome.num_parameters <= 31
    assert outcome.metrics["mse"] < 1e-10


def test_the_first_run_fits_well(experiment: Callable[..., Experiment]) -> None:
    """Without arguments sin x is fitted to an error below 0.01 from any seed; the textbook's is far above."""
    seeds = range(20)
    default, textbook = (experiment(*words) for words in ((), ("+experiment=seed",)))
    errors = [
        outcome.metrics["rmse"] for outcome in run_many([replace(default, seed=seed) for seed in seeds])
    ]
    assert max(errors) < 0.01
    assert run(textbook).metrics["rmse"] > 0.1
