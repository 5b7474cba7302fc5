"""What a sweeper is told of a run: its objective or both, such that what it holds for better is better."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from made_records import make_result
from omegaconf import OmegaConf

from sinefit.errors import SinefitError
from sinefit.jobs.objectives import objectives_for_sweeper, read_directions, words_for_sweeper

if TYPE_CHECKING:
    from omegaconf import DictConfig

R2 = {"name": "r2", "value": 0.75, "direction": "maximize"}
SIZE = {"name": "num_parameters", "value": 12, "direction": "minimize"}
NO_R2 = {**R2, "value": -math.inf}


@pytest.mark.parametrize(
    ("objective", "directions", "told"),
    [
        (R2, ["minimize"], -0.75),
        (R2, ["maximize"], 0.75),
        ({**R2, "second": SIZE}, ["maximize", "minimize"], (0.75, 12.0)),
        ({**R2, "second": SIZE}, ["minimize", "maximize"], (-0.75, -12.0)),
        ({**R2, "second": SIZE}, ["minimize"], (-0.75, 12.0)),
        ({**NO_R2, "second": SIZE}, ["maximize", "minimize"], (-math.inf, math.inf)),
        ({**SIZE, "second": NO_R2}, ["minimize", "minimize"], (math.inf, math.inf)),
    ],
)
def test_what_is_told(objective: dict[str, Any], directions: list[str], told: Any) -> None:
    """In the sweeper's directions; a run without one of its objectives has none."""
    assert objectives_for_sweeper(make_result(objective=objective), directions) == told


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({}, ["minimize"]),
        ({"direction": None}, ["minimize"]),
        ({"direction": "maximize"}, ["maximize"]),
        ({"direction": "Direction.maximize"}, ["maximize"]),
        ({"direction": ["minimize", "maximize"]}, ["minimize", "maximize"]),
    ],
)
def test_directions(given: dict[str, Any], read: list[str]) -> None:
    """As this project's sweeper has them, and Optuna's."""
    assert read_directions(OmegaConf.create(given)) == read


def make_config(second: str | None = None, objective: str = "rmse", **sweeper: Any) -> DictConfig:
    """The part of a sweep's config that says what is optimized."""
    node = {"_target_": "a.SearchSweeper", "sampler": None, "direction": None} | sweeper
    return OmegaConf.create({"objective": objective, "second_objective": second, "hydra": {"sweeper": node}})


@pytest.mark.parametrize(
    ("config", "added"),
    [
        (make_config(), []),
        (make_config(sampler="tpe"), []),
        (make_config("num_parameters"), []),
        (make_config("num_parameters", sampler="sobol"), []),
        (make_config(objective="r2", sampler="tpe"), ["hydra.sweeper.direction=[maximize]"]),
        (make_config("r2", sampler="nsga2"), ["hydra.sweeper.direction=[minimize,maximize]"]),
        (make_config("r2", sampler="gp", direction=["minimize", "minimize"]), []),
        (make_config("r2", _target_="other.OptunaSweeper", sampler="tpe"), []),
    ],
)
def test_a_sampler_that_learns_knows_the_directions(config: DictConfig, added: list[str]) -> None:
    """They are those of the metrics, unless somebody has typed others."""
    assert words_for_sweeper(config) == added


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (make_config("r2", _target_="a.BasicSweeper"), "second_objective=r2: the basic sweeper knows no"),
        (make_config(sampler="tpe", direction=["minimize"] * 2), "names 2 and second_objective is null"),
        (make_config("r2", sampler="tpe", direction="minimize"), "names 1 and second_objective is r2"),
    ],
)
def test_sweepers_with_other_objectives(config: DictConfig, message: str) -> None:
    """They are refused."""
    with pytest.raises(SinefitError, match=message):
        words_for_sweeper(config)
