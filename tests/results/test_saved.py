"""Settings that nobody typed: tables, conditions and summaries take them from the saved configs of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from run_folders import write_run

import sinefit
from sinefit.errors import SinefitError
from sinefit.results.plots.request import Request
from sinefit.results.query import select_rows
from sinefit.results.statistics import compare, importance, summarize

if TYPE_CHECKING:
    from pathlib import Path

CONFIG: dict[str, Any] = {
    "optimizer": {"_target_": "torch.optim.Adam", "lr": 0.01, "betas": [0.9, 0.999], "amsgrad": False},
    "scheduler": {"T_max": "${trainer.max_epochs}", "of": "${.T_max}"},
    "trainer": {"max_epochs": 100, "patience": None},
    "model": {"hidden_size": 8},
    "probe": None,
    "seed": 0,
}


def write_job(folder: Path, *overrides: str, lr: float = 0.01, size: int = 8, **changes: Any) -> Path:
    """A run of Adam with its config."""
    choices = {"optimizer": "adam", "scheduler": "cosine"}
    run = write_run(folder, *overrides, **{"choices": choices} | changes)
    config = CONFIG | {"optimizer": CONFIG["optimizer"] | {"lr": lr}, "model": {"hidden_size": size}}
    (run / ".hydra" / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    return run


@pytest.fixture
def runs(folder: Path) -> Path:
    """The same two runs, typed fully and by default, and one with another rate that came through a file."""
    write_job(folder / "a typed", "optimizer=adam", "optimizer.lr=1e-2", "seed=1", seed=1)
    write_job(folder / "b default", "seed=2", seed=2)
    write_job(folder / "c file", "seed=3", seed=3, lr=0.1, size=16)
    return folder


@pytest.mark.usefixtures("runs")
def test_a_run_typed_fully_is_the_same_as_by_default() -> None:
    """Its cells are equal to those of a run for which the settings were not typed: one row of a summary."""
    table = sinefit.collect(["a typed", "b default", "c file"])
    assert table["optimizer"].tolist() == ["adam", "adam", "adam"]
    assert table["optimizer.lr"].tolist() == [0.01, 0.01, 0.1]
    assert summarize(table, ["optimizer", "optimizer.lr"])["n"].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ("model.hidden_size", [8, 8, 16]),
        ("scheduler", ["cosine"] * 3),
        ("scheduler.T_max", [100] * 3),
        ("scheduler.of", [100] * 3),
        ("optimizer.betas", ["[0.9,0.999]"] * 3),
        ("optimizer.amsgrad", [False] * 3),
        ("optimizer._target_", ["torch.optim.Adam"] * 3),
        ("trainer.patience", [None] * 3),
        ("probe", [None] * 3),
        ("model", ["{hidden_size:8}", "{hidden_size:8}", "{hidden_size:16}"]),
    ],
)
@pytest.mark.usefixtures("runs")
def test_what_nobody_typed_can_be_asked_for(key: str, cells: list[Any]) -> None:
    """Numbers, lists, choices, references and what is null: a column with its type."""
    rows = summarize(sinefit.collect(["a typed", "b default", "c file"]), ["seed", key]).sort_values("seed")
    assert rows[key].astype(object).where(rows[key].notna(), None).tolist() == cells


@pytest.mark.usefixtures("runs")
def test_every_question_takes_what_nobody_typed() -> None:
    """Conditions, importances, comparisons and pictures."""
    table = sinefit.collect(["a typed", "b default", "c file"]).assign(rmse=[1.0, 1.5, 3.0])
    assert select_rows(table, "model.hidden_size == 16 and scheduler == 'cosine'")["seed"].tolist() == [3]
    assert importance(table, keys=["model.hidden_size"])["best_value"][0] == "8"
    assert Request(table, x="model.hidden_size").table["model.hidden_size"].tolist() == [8, 8, 16]
    with pytest.raises(SinefitError, match=r"there is no column 'model.hiden_size'"):
        summarize(table, ["model.hiden_size"])


def test_sides_are_paired_by_what_only_one_of_them_typed(folder: Path) -> None:
    """The rate stands in the overrides of one sweep and in the configs of both."""
    for number, lr in enumerate((0.01, 0.1)):
        write_job(folder / "a" / str(number), f"optimizer.lr={lr}", lr=lr, metrics={"rmse": lr})
    write_job(folder / "b" / "0", "model.hidden_size=16", size=16, metrics={"rmse": 0.02})
    result = compare(sinefit.collect("a"), sinefit.collect("b"))
    assert (result["pairs"].tolist(), result["a"].tolist(), result["b"].tolist()) == ([1], [0.01], [0.02])


def test_lists_are_equal_however_they_were_typed(folder: Path) -> None:
    """Spaces and forms of numbers mean nothing; without a config what was typed stands."""
    write_job(folder / "s" / "0", "optimizer.betas=[0.9, 0.999]")
    write_job(folder / "s" / "1", "optimizer.betas=[.9,0.9990]")
    write_run(folder / "s" / "2", "optimizer.betas=[0.9, 0.999]")
    assert sinefit.collect("s")["optimizer.betas"].tolist() == ["[0.9,0.999]"] * 3


def test_a_config_that_cannot_be_read_leaves_cells_empty(folder: Path) -> None:
    """The row stands, and what was typed."""
    write_job(folder / "s" / "0", "optimizer.lr=0.01")
    (write_job(folder / "s" / "1", "seed=1") / ".hydra" / "config.yaml").write_text("a: [")
    assert sinefit.collect("s")["optimizer.lr"].isna().tolist() == [False, True]
