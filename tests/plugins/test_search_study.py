"""Samplers that learn suggest what Optuna does, driven by hand with the same sampler, seed and space."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import pytest
from hydra.errors import CompactHydraException
from hydra_plugins.sinefit_search import _samplers
from sampling import search
from searching import make_space

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

optuna.logging.set_verbosity(optuna.logging.ERROR)

SAMPLERS: dict[str, Callable[[], optuna.samplers.BaseSampler]] = {
    "tpe": lambda: optuna.samplers.TPESampler(seed=3),
    "gp": lambda: optuna.samplers.GPSampler(seed=3, warn_independent_sampling=False),
    "cmaes": lambda: optuna.samplers.CmaEsSampler(seed=3, popsize=6, warn_independent_sampling=False),
    "nsga2": lambda: optuna.samplers.NSGAIISampler(seed=3, population_size=6),
}
WORDS = (
    "name=a,b",
    "x=tag(log,interval(0.001,1.0))",
    "size=tag(int,interval(1,40))",
    "m=tag(name:a,interval(0.0,1.0))",
)
PLAIN = ("x=tag(log,interval(0.001,1.0))", "y=interval(0.0,1.0)")


def bowl(values: Mapping[str, Any]) -> float:
    """The least at x=0.1, size=20 and, where it exists, m=0.3; the branch a is better."""
    branch = abs(values["m"] - 0.3) if values["name"] == "a" else 1.0
    return float(math.log10(values["x"] / 0.1) ** 2 + abs(values["size"] - 20) / 20 + branch)


def by_hand(sampler: optuna.samplers.BaseSampler, batches: int) -> list[dict[str, Any]]:
    """Optuna's suggestions for `bowl` in batches of six."""
    study = optuna.create_study(sampler=sampler)
    found = []
    for _ in range(batches):
        trials = [study.ask() for _ in range(6)]
        for trial in trials:
            name = trial.suggest_categorical("name", ["a", "b"])
            trial.suggest_float("x", 0.001, 1.0, log=True)
            trial.suggest_int("size", 1, 40)
            if name == "a":
                trial.suggest_float("m", 0.0, 1.0)
        for trial in trials:
            found.append(dict(trial.params))
            study.tell(trial, bowl(trial.params))
    return found


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_suggestions_are_those_of_optuna(tmp_path: Path, sampler: str) -> None:
    """In several batches of a space with a branch."""
    batches = search(tmp_path, WORDS, bowl, sampler=sampler, seed=3, num_draws=18, batch_size=6)
    assert [len(batch) for batch in batches] == [6, 6, 6]
    found = [dict(trial.values) for batch in batches for trial in batch]
    assert found == by_hand(SAMPLERS[sampler](), 3)


def diverging(values: Mapping[str, Any]) -> float:
    """Infinite for half of all y."""
    return math.inf if values["y"] > 0.5 else (values["y"] - 0.4) ** 2 + math.log10(values["x"] / 0.1) ** 2


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_runs_that_diverge_teach_the_sampler(tmp_path: Path, sampler: str) -> None:
    """Fewer of the last trials diverge than would by chance, and no warning leaks."""
    batches = search(tmp_path, PLAIN, diverging, sampler=sampler, seed=1, num_draws=50, batch_size=10)
    last = [trial.values["y"] > 0.5 for batch in batches[3:] for trial in batch]
    assert sum(last) <= 6  # of 20; by chance 10


@pytest.mark.parametrize("sampler", ["tpe", "gp", "nsga2"])
def test_two_objectives_one_of_them_infinite(tmp_path: Path, sampler: str) -> None:
    """Samplers of several objectives take infinite ones without a warning."""
    fields = {"sampler": sampler, "num_draws": 14, "batch_size": 10, "direction": ["minimize", "maximize"]}
    batches = search(tmp_path, PLAIN, lambda each: (diverging(each), each["x"]), **fields)
    assert sum(map(len, batches)) == 14


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_filter_is_kept(tmp_path: Path, sampler: str) -> None:
    """Every trial is one that the filter keeps, though the best of all lies elsewhere."""
    fields = {"sampler": sampler, "num_draws": 16, "batch_size": 8, "where": "y < 0.2"}
    batches = search(tmp_path, PLAIN, lambda values: (values["y"] - 0.9) ** 2, **fields)
    trials = [trial for batch in batches for trial in batch]
    assert len(trials) == 16
    assert all(trial.values["y"] < 0.2 for trial in trials)


def test_a_filter_that_drops_everything(tmp_path: Path) -> None:
    """It ends with an error that names it."""
    with pytest.raises(CompactHydraException, match=r"where=y < 0 drops 10,000 random draws in a row"):
        search(tmp_path, PLAIN, bowl, sampler="tpe", num_draws=5, where="y < 0")


def test_steps_on_a_log_scale(tmp_path: Path) -> None:
    """Numbers are those that the range has, which Optuna would not suggest."""
    words = ["x=tag(log,range(0.5,4.1,0.5))", "n=tag(log,range(1,40,3))", "k=range(0.1,0.5,0.1)"]
    batches = search(tmp_path, words, lambda values: values["x"], sampler="tpe", num_draws=30)
    trials = [trial.values for batch in batches for trial in batch]
    assert {each["x"] for each in trials} <= {0.5 * index for index in range(1, 9)}
    assert {each["n"] for each in trials} <= set(range(1, 40, 3))
    assert {each["k"] for each in trials} <= {0.1, 0.2, 0.3, 0.4}


def test_repeats_are_one_trial(tmp_path: Path) -> None:
    """The sampler is told the median, mean or worst of the repeats; a failed or infinite one is the worst."""
    objectives = {"seed=0": 1.0, "seed=1": 5.0, "seed=2": -math.inf, "seed=3": 2.0, "seed=4": 3.0}
    told = {}
    for by in ("median", "mean", "worst"):
        folder = tmp_path / by
        folder.mkdir()
        words = ["x=interval(0.0,1.0)", "seed=tag(repeats,range(0,5))"]
        fields = {"sampler": "tpe", "num_draws": 1, "repeats_by": by, "direction": "maximize"}
        search(folder, words, lambda _, repeat: objectives[repeat[0]], **fields)
        told[by] = stored(folder).trials[0].value
    assert told == {"median": 2.0, "mean": -math.inf, "worst": -math.inf}
    assert np.median([1.0, 5.0, -np.inf, 2.0, 3.0]) == told["median"]


def stored(folder: Path) -> optuna.Study:
    """The study that Optuna reads from the sweep folder."""
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "study.log"))
    return optuna.load_study(study_name=None, storage=optuna.storages.JournalStorage(backend))


def test_failures(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A trial whose jobs all failed has failed, and the search goes on and says so."""

    def objective(values: Mapping[str, Any]) -> float:
        return 1 / 0 if values["x"] < 0.5 else values["x"]

    search(tmp_path, ["x=interval(0.0,1.0)"], objective, sampler="tpe", num_draws=10)
    trials = stored(tmp_path).trials
    assert [each.state.name for each in trials] == [
        "FAIL" if each.params["x"] < 0.5 else "COMPLETE" for each in trials
    ]
    assert {"FAIL", "COMPLETE"} == {each.state.name for each in trials}
    assert "of 10 jobs failed, the first by ZeroDivisionError" in caplog.text


def test_nothing_but_failures(tmp_path: Path) -> None:
    """What failed the first job ends the search, and nothing is kept of it."""
    with pytest.raises(ZeroDivisionError):
        search(tmp_path, PLAIN, lambda _: 1 / 0, sampler="tpe", num_draws=30)
    assert not (tmp_path / "study.log").exists()


@pytest.mark.parametrize(
    ("value", "fields", "wanted"),
    [
        (None, {}, "a number from each job"),
        ("0.5", {}, "a number from each job"),
        ((1.0, 2.0), {}, "a number from each job"),
        (1.0, {"direction": ["minimize", "maximize"]}, "2 numbers from each job.*minimize, maximize"),
    ],
)
def test_what_is_no_objective(tmp_path: Path, value: Any, fields: dict[str, Any], wanted: str) -> None:
    """A task that returns something else is told what it must return."""
    with pytest.raises(CompactHydraException, match=wanted):
        search(tmp_path, PLAIN, lambda _: value, sampler="tpe", num_draws=2, **fields)


def test_numbers_of_numpy_are_objectives(tmp_path: Path) -> None:
    """As Hydra's own sweepers take them."""
    search(tmp_path, PLAIN, lambda values: np.float32(values["x"]), sampler="tpe", num_draws=2)
    assert len(stored(tmp_path).trials) == 2


@pytest.mark.parametrize(
    ("words", "fields", "message"),
    [
        (
            PLAIN,
            {"sampler": "cmaes", "direction": ["minimize"] * 2},
            r"one objective.*names 2.*tpe, gp, nsga2",
        ),
        (("x=1,2",), {"sampler": "cmaes"}, "learns intervals and ranges that all trials have"),
        (PLAIN, {"sampler": "nsga2", "batch_size": 1}, "population of nsga2.*got 1"),
    ],
)
def test_what_a_sampler_cannot_do(
    tmp_path: Path, words: tuple[str, ...], fields: dict[str, Any], message: str
) -> None:
    """It is refused before anything runs, and what can do it is named."""
    with pytest.raises(CompactHydraException, match=message):
        search(tmp_path, words, bowl, num_draws=5, **fields)


def test_what_is_drawn_at_random_is_said() -> None:
    """Of lists and branches, by the samplers that cannot learn them."""
    said = {
        name: list(_samplers.describe_limits(make_space(*WORDS, sampler=name, num_draws=1), name))
        for name in SAMPLERS
    }
    assert said["tpe"] == []
    assert said["cmaes"] == [
        "cmaes learns x, size; lists and settings of some branches it draws at random: name, m"
    ]
    assert said["gp"] == ["gp learns name, x, size; settings of some branches it draws at random: m"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({}, r"sampler=cmaes needs optuna and cmaes; type: pip install 'optuna>=4.5' cmaes"),
        ({"optuna": "5.0.0"}, r"needs cmaes; type: pip install 'optuna>=4.5' cmaes"),
        ({"optuna": "2.10.1", "cmaes": "0.9"}, r"needs optuna 4.5 or later, found 2.10.1; type: pip install"),
    ],
)
def test_missing_packages(monkeypatch: pytest.MonkeyPatch, found: dict[str, str], message: str) -> None:
    """The error says what to type."""
    monkeypatch.setattr(_samplers, "_find_version", found.get)
    with pytest.raises(CompactHydraException, match=message):
        _samplers.require_packages("cmaes")


def test_batches() -> None:
    """Ten trials, or a population for ten generations; what was typed counts."""
    sizes = {
        (name, count): _samplers.choose_batch_size(make_space(*PLAIN, sampler=name, num_draws=count).options)
        for name in ("tpe", "nsga2")
        for count in (40, 300, 5000)
    }
    assert {size for (name, _), size in sizes.items() if name == "tpe"} == {10}
    assert [sizes["nsga2", count] for count in (40, 300, 5000)] == [10, 30, 50]
    assert (
        _samplers.choose_batch_size(make_space(*PLAIN, sampler="tpe", num_draws=9, batch_size=4).options) == 4
    )
