"""Searches of sinefit itself: pairs, branches, draws, filters and repeats become runs and a table."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_sweeps import SMALL, table_of

from sinefit.run import config_folder
from sinefit.settings.command import read_command

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

GUIDE = (Path(__file__).parents[2] / "docs" / "searching.md").read_text().splitlines()
DRAWS = (
    "optimizer.lr=tag(log,interval(1e-4,1e-1))",
    "seed=tag(repeats,range(0,2))",
    "hydra.sweeper.num_draws=3",
)
CASES: dict[str, tuple[tuple[str, ...], int, str]] = {
    "pairs": (("model.hidden_size=tag(pair,choice(4,8))", "seed=tag(pair,choice(1,2))"), 2, "2 jobs\n"),
    "draws": (DRAWS, 6, "6 jobs: 3 trials x 2 repeats, 3 draws by sobol, seed 0\n"),
    "levels": (("optimizer.lr=tag(log,interval(1e-3,1e-1))", "hydra.sweeper.levels=3"), 3, "3 jobs\n"),
    "filter": (
        ("model.hidden_size=4,8", "seed=1,2", "hydra.sweeper.where='model.hidden_size*seed<16'"),
        3,
        "3 jobs, where model.hidden_size*seed<16 drops 1 of 4 combinations\n",
    ),
    "branches": (
        ("optimizer=momentum,adam", "optimizer.momentum=tag(optimizer:momentum,choice(0.8,0.9))"),
        3,
        "3 jobs\n",
    ),
    "tree": (
        ("hydra.sweeper.tree={optimizer: {momentum: {optimizer.momentum: '0.8,0.9'}, adam: {}}}",),
        3,
        "3 jobs\n",
    ),
    "one setting in two branches": (
        (
            "optimizer=momentum,adam",
            "optimizer.lr=tag(optimizer:momentum,choice(0.02,0.03))",
            "optimizer.lr=tag(optimizer:adam,choice(0.01))",
        ),
        3,
        "3 jobs\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_searches_become_tables(sinefit: Command, folder: Path, launcher: str, case: str) -> None:
    """As many runs as were said before, each completed, under the launchers fused and basic."""
    words, count, said = CASES[case]
    code, out, err = sinefit(*SMALL, launcher, *words)
    assert (code, err) == (0, said)
    assert f"{count} jobs: {count} completed" in out
    table = table_of(folder / "sweep")
    if "optimizer.momentum" in "".join(words):
        assert sorted(table["optimizer.momentum"].dropna()) == [0.8, 0.9]


def test_a_search_is_resumed_with_the_same_draws(sinefit: Command, folder: Path, launcher: str) -> None:
    """Its words are read from the sweep's folder; only what is missing runs, to the same bits."""
    assert sinefit(*SMALL, launcher, *DRAWS)[0] == 0
    before = table_of(folder / "sweep")
    (folder / "sweep" / "3" / "result.json").unlink()
    kept = (folder / "sweep" / "2" / "result.json").read_bytes()
    code, _, err = sinefit("-m", "resume=sweep")
    assert code == 0, err
    assert (folder / "sweep" / "2" / "result.json").read_bytes() == kept
    assert table_of(folder / "sweep").equals(before)
    assert json.loads((folder / "sweep" / "3" / "result.json").read_text())["status"] == "completed"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("optimizer.lr=interval(0.1,1)",),
            "optimizer.lr=interval(0.1,1) is an interval: type hydra.sweeper.levels=7",
        ),
        (("optimizer.lr=tag(lgo,choice(1,2))",), "'lgo' is no tag; did you mean log?"),
        (("seed=range(0,1000000)",), "1,000,000 values of seed are more than 100,000"),
        (("seed=0,1", "hydra.sweeper.levels=3"), "hydra.sweeper.levels=3 is of intervals, and there is none"),
        (
            ("seed=0,1", "hydra.sweeper.where='seed>3'"),
            "hydra.sweeper.where='seed>3' drops all 2 combinations",
        ),
        (
            ("hydra/sweeper=basic", "seed=tag(repeats,range(0,2))"),
            "the basic sweeper takes values that can be listed",
        ),
        (("+search=first_search", "optimizer=adam"), "optimizer stands in hydra.sweeper.tree and beside it"),
        ((DRAWS[0], "hydra.sweeper.num_draws=2", "model.hidden_size=0"), "model.hidden_size must be"),
    ],
)
def test_mistakes_are_told_before_a_folder_is_claimed(
    sinefit: Command, folder: Path, words: tuple[str, ...], said: str
) -> None:
    """One message, exit code 1, nothing on the disk."""
    code, out, err = sinefit(*SMALL, *words)
    assert (code, out) == (1, "")
    assert said in err
    assert "Traceback" not in err
    assert not (folder / "sweep").exists()


def test_a_search_without_m_is_refused(sinefit: Command) -> None:
    """A ready-made search is no run; the settings that it needs are named."""
    code, _, err = sinefit("+search=first_search")
    assert code == 1
    assert "+search=first_search is a sweep over" in err
    assert "optimizer" in err


def test_a_dry_run_lists_a_search(sinefit: Command, folder: Path) -> None:
    """Every dimension, the first jobs and the last; then how they would be trained. Nothing is written."""
    code, out, err = sinefit("-m", "+search=first_search", "hydra.launcher.dry_run=true")
    assert code == 0
    assert err.startswith("117 jobs: 39 trials x 3 repeats, 8 draws by sobol, seed 0\n")
    assert "optimizer.momentum: 0.8, 0.95 only for optimizer=momentum" in err
    assert "drops 9 of 48 combinations" in err
    assert "#116: " in err
    assert "117 jobs in a stack" in out
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("hydra_restore_singletons")
@pytest.mark.parametrize("line", [line for line in GUIDE if line.startswith("    scripts/run")])
def test_the_commands_of_the_guide_are_searches(line: str) -> None:
    """Each is understood, and has as many jobs as its comment says."""
    command, _, comment = line.partition(" #")
    jobs = read_command(shlex.split(command)[1:], config_folder()).jobs
    assert jobs is not None
    said = re.search(r"(\d+ x )?(\d+) runs", comment)
    if said is not None:
        assert len(jobs) == int((said[1] or "1 x ").split()[0]) * int(said[2])


@pytest.mark.usefixtures("hydra_restore_singletons")
def test_jobs_of_a_sampler_that_learns_are_counted() -> None:
    """They are not known before the start, but how many there are is, and what they may look like."""
    words = ["-m", *DRAWS[:2], "hydra.sweeper.num_draws=40", "hydra.sweeper.sampler=tpe"]
    jobs = read_command(words, config_folder()).jobs
    assert jobs is not None
    assert (len(jobs), jobs.are_known) == (80, False)
    possible = list(jobs.spread(10))
    assert len(possible) == 10
    assert all(1e-4 <= float(word[0].partition("=")[2]) <= 1e-1 for word in possible)
