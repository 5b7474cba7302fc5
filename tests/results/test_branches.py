"""Sweeps whose settings exist in some branches only: empty cells, which statistics count as what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from run_folders import write_run
from small_sweeps import SMALL

from sinefit.results.collection import collect
from sinefit.results.frame import add_settings
from sinefit.results.query import select_rows
from sinefit.results.statistics import compare, importance, split_sides, summarize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TREE = {"optimizer": {"sgd": {"optimizer.momentum": "0,0.9"}, "adam": {"scheduler": "constant,cosine"}}}
CONFIG = {"optimizer": {"lr": 0.01, "momentum": 0.5}, "scheduler": {"T_max": 5}, "trainer": {"patience": 3}}


def write_job(folder: Path, *overrides: str, seed: int = 0, rmse: float = 1.0, **choices: str) -> None:
    """A run whose config has a momentum and a scheduler, whatever was typed."""
    metrics = {"rmse": rmse}
    told: dict[str, Any] = {"choices": {"scheduler": "plateau"} | choices, "metrics": metrics, "seed": seed}
    run = write_run(folder, *overrides, f"seed={seed}", **told)
    (run / ".hydra" / "config.yaml").write_text(yaml.safe_dump(CONFIG | {"seed": seed}, sort_keys=False))


@pytest.fixture
def sweep(folder: Path) -> Path:
    """Two optimizers with a setting of its own each, two seeds; momentum 0.9 is best."""
    cells = [("sgd", f"optimizer.momentum={value}", 1.0 - value) for value in (0.0, 0.9)]
    cells += [("adam", f"scheduler={name}", 0.5) for name in ("constant", "cosine")]
    jobs = [(*cell, seed) for cell in cells for seed in (0, 1)]
    for number, (optimizer, word, rmse, seed) in enumerate(jobs):
        write_job(
            folder / "s" / str(number), f"optimizer={optimizer}", word, seed=seed, rmse=rmse + 0.01 * seed
        )
    typed = {"sweeper": {"tree": TREE}, "overrides": {"task": ["seed=0,1"]}}
    (folder / "s" / "multirun.yaml").write_text(yaml.safe_dump({"hydra": typed}, sort_keys=False))
    return folder / "s"


@pytest.mark.usefixtures("sweep")
def test_a_key_that_a_branch_lacks_is_an_empty_cell() -> None:
    """Although the config has a default there; the other branch has what it was given."""
    table = collect("s")
    assert table["optimizer.momentum"].fillna(-1).tolist() == [0.0, 0.0, 0.9, 0.9, -1, -1, -1, -1]
    assert table["scheduler"].fillna("").tolist() == [""] * 4 + ["constant"] * 2 + ["cosine"] * 2


@pytest.mark.usefixtures("sweep")
def test_other_settings_and_other_runs_are_as_ever(folder: Path) -> None:
    """What no branch names is what the config has, as is all of a run beside the sweep."""
    write_job(folder / "single", "optimizer=adam", scheduler="cosine")
    table = add_settings(collect(["s", "single"]), ["trainer.patience", "optimizer.lr"])
    assert table["trainer.patience"].tolist() == [3] * 9
    assert table["optimizer.lr"].tolist() == [0.01] * 9
    last = table.iloc[-1]
    assert (last["optimizer.momentum"], last["scheduler"]) == (0.5, "cosine")


def test_what_is_asked_for_later_is_empty_too(sweep: Path) -> None:
    """Of two jobs of one branch, nobody was given what the other branch has."""
    table = collect([str(sweep / "4"), str(sweep / "6")])
    assert "optimizer.momentum" not in table
    assert "optimizer.momentum" not in add_settings(table, ["optimizer.momentum"])


@pytest.mark.usefixtures("sweep")
def test_statistics_count_what_is_not_there_as_a_level() -> None:
    """No row is lost, none has a number that nobody chose."""
    table = collect("s")
    summary = summarize(table, ["optimizer.momentum"])
    assert summary["n"].tolist() == [2, 4, 2]
    assert summary["optimizer.momentum"].isna().tolist() == [False, True, False]
    assert select_rows(table, "optimizer.momentum == null")["optimizer"].tolist() == ["adam"] * 4
    sides = split_sides(table, "optimizer.momentum", ["unset", "0.9"])
    assert [len(side) for side in sides.values()] == [4, 2]
    one = select_rows(table, "scheduler != 'cosine' and optimizer.momentum != 0")
    pairs = compare(*split_sides(one, "optimizer", ["adam", "sgd"]).values(), between="optimizer")
    assert pairs["pairs"].tolist() == [2]
    assert any("optimizer.momentum (unset in A, 0.9 in B)" in note for note in pairs.attrs["notes"])


@pytest.mark.usefixtures("sweep")
def test_the_best_value_is_one_that_was_given() -> None:
    """Of a setting that the optimizer decides over, never that it is not there."""
    table = select_rows(collect("s"), "optimizer.momentum != 0.9")
    best = importance(table, keys=["optimizer", "optimizer.momentum"]).set_index("key")["best_value"]
    assert best.drop("rest").tolist() == ["adam"]
    whole = importance(collect("s")).set_index("key")["best_value"]
    assert (whole["optimizer.momentum"], whole["scheduler"] != "unset") == ("0.9", True)


def test_a_real_sweep(sinefit: Callable[..., tuple[int, str, str]], folder: Path) -> None:
    """The scheduler of adam's branch is empty for sgd, whose config has one."""
    tree = "{optimizer:{sgd:{},adam:{scheduler:[constant,cosine]}}}"
    assert sinefit(*SMALL, f"hydra.sweeper.tree={tree}")[0] == 0
    table = collect(str(folder / "sweep"))
    assert table["optimizer"].tolist() == ["sgd", "adam", "adam"]
    assert table["scheduler"].fillna("").tolist() == ["", "constant", "cosine"]
