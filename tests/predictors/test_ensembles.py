"""Ensembles: the mean over networks, chosen and judged; compared with loops of numpy and pandas."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from table_runs import NUM_PARTS, TEST, encode_by_hand, write_table, write_table_run

import sinefit
from sinefit.predictors import ensemble as ensembles
from sinefit.predictors import joining
from sinefit.predictors.candidates import choose_candidates
from sinefit.predictors.ensemble import Ensemble, join_predictions
from sinefit.predictors.ensemble_file import write_ensemble
from sinefit.predictors.greedy import select_greedily

if TYPE_CHECKING:
    from pathlib import Path

    from sinefit.core.data.scaling import Scaled

    Models = dict[str, Scaled]


@pytest.fixture
def trained(folder: Path) -> tuple[pd.DataFrame, Models]:
    """The rows of ``rows.csv``, and the models of two settings on three splits, by their folders."""
    rows = write_table(folder / "rows.csv")
    models = {
        f"{width}-{part}": write_table_run(
            folder / f"{width}-{part}",
            folder / "rows.csv",
            f"model.hidden_size={width}",
            seed=part + width,
            part=part,
            model={"hidden_size": width},
        )
        for width, part in itertools.product((3, 5), range(NUM_PARTS))
    }
    return rows, models


def split_settings(models: Models) -> list[list[str]]:
    """The folders of each setting's runs."""
    return [[name for name in models if name.startswith(f"{width}-")] for width in (3, 5)]


def predict(model: Scaled, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    """(N,) for rows encoded by pandas."""
    with torch.no_grad():
        return model(encode_by_hand(rows)).numpy()[:, 0]


def test_mean_and_spread(trained: tuple[pd.DataFrame, Models], monkeypatch: pytest.MonkeyPatch) -> None:
    """As of numpy over all networks, in blocks, from a file or a DataFrame; also after writing."""
    rows, models = trained
    monkeypatch.setattr(ensembles, "BLOCK_ROWS", 7)
    joined = joining.join_runs(joining.load_candidates(split_settings(models)))
    write_ensemble("all.sinefit", joined)
    loaded = sinefit.load("all.sinefit")
    assert isinstance(loaded, Ensemble)
    each = np.array([predict(model, rows) for model in models.values()])
    for predicted in (joined.predict("rows.csv"), loaded.predict("rows.csv"), loaded.predict(rows)):
        assert list(predicted) == ["predicted_y", "spread_y"]
        np.testing.assert_allclose(predicted["predicted_y"], each.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(predicted["spread_y"], each.std(axis=0), rtol=1e-4)
    assert [member.origin for member in loaded.members] == list(models)
    assert list(loaded.predict(rows.iloc[[5, 2]]).index) == [5, 2]


def test_weights(trained: tuple[pd.DataFrame, Models]) -> None:
    """A setting that is taken twice counts twice, one that is not taken is left out."""
    rows, models = trained
    candidates = joining.load_candidates(split_settings(models))
    joined = joining.join_runs(candidates, [2, 1])
    each = np.array([predict(model, rows) for model in models.values()])
    weights = [2, 2, 2, 1, 1, 1]
    mean = np.average(each, axis=0, weights=weights)
    spread = np.sqrt(np.average((each - mean) ** 2, axis=0, weights=weights))
    predicted = joined.predict(rows)
    np.testing.assert_allclose(predicted["predicted_y"], mean, rtol=1e-6)
    np.testing.assert_allclose(predicted["spread_y"], spread, rtol=1e-4)
    assert len(joining.join_runs(candidates, [0, 3]).members) == NUM_PARTS


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_join_predictions_is_that_of_repeated_members(count: int, most: int, seed: int) -> None:
    """Whole weights mean what repeating each member as often means."""
    draw = np.random.default_rng(seed)
    each, weights = draw.normal(size=(count, 3, 2)), draw.integers(1, most + 1, count)
    repeated = np.repeat(each, weights, axis=0)
    mean, spread = join_predictions(each, weights.tolist())
    np.testing.assert_allclose(mean, repeated.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(spread, repeated.std(axis=0), atol=1e-12)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_greedy_selection_is_the_textbook_loop(seed: int) -> None:
    """Each step takes what is best with those before it; the best of all steps counts."""
    draw = np.random.default_rng(seed)
    predictions, targets = draw.normal(size=(4, 9, 1)), draw.normal(size=(9, 1))
    chosen: list[int] = []
    steps: list[tuple[float, list[int]]] = []
    for _ in range(12):
        options = [[*chosen, candidate] for candidate in range(4)]
        errors = [np.sqrt(np.mean((predictions[one].mean(axis=0) - targets) ** 2)) for one in options]
        chosen = options[int(np.argmin(errors))]
        steps.append((min(errors), chosen))
    least = min(error for error, _ in steps)
    best = next(chosen for error, chosen in steps if error <= least * (1 + 1e-9))
    assert select_greedily(predictions, targets, 12) == [best.count(number) for number in range(4)]


def test_greedy_selection_weighs_targets_alike() -> None:
    """A target in large units decides no more than one in small units."""
    targets = np.array([[1.0, 1e6], [-1.0, -1e6]])
    good_at_both = targets * 0.9
    good_at_large = targets * [0.0, 1.0]
    assert select_greedily(np.stack([good_at_both, good_at_large]), targets, 1) == [1, 0]


def hold_out(rows: pd.DataFrame, models: Models, names: list[str]) -> pd.Series[float]:
    """What each row that does not test is predicted by the runs that it validates, by pandas."""
    found = pd.Series(0.0, rows.index)
    for name in names:
        validates = rows[f"part{name[-1]}"] == "validation"
        found[validates] = predict(models[name], rows[validates])
    return found[rows.index % 5 != TEST]


def rmse(predicted: Any, rows: pd.DataFrame) -> float:
    """Of predictions for rows."""
    return float(np.sqrt(np.mean((np.asarray(predicted) - rows["y"].to_numpy()) ** 2)))


def test_judging_uses_held_out_rows(trained: tuple[pd.DataFrame, Models]) -> None:
    """Validation rows are predicted by the networks that they were held out of, test rows by all."""
    rows, models = trained
    folders = split_settings(models)
    candidates = joining.load_candidates(folders)
    others, tested = rows[rows.index % 5 != TEST], rows[rows.index % 5 == TEST]
    held_out = [hold_out(rows, models, names) for names in folders]
    for counts, weights in ((None, [1, 1]), ([3, 1], [3, 1]), ([0, 2], [0, 2])):
        score = joining.judge(joining.join_runs(candidates, counts), candidates, counts)[0]
        assert (score.target, score.num_validation, score.num_test) == ("y", len(others), len(tested))
        expected = np.average(held_out, axis=0, weights=weights)
        np.testing.assert_allclose(score.validation_rmse, rmse(expected, others), rtol=1e-6)
        every = np.average(
            [predict(model, tested) for model in models.values()], axis=0, weights=np.repeat(weights, 3)
        )
        np.testing.assert_allclose(score.test_rmse, rmse(every, tested), rtol=1e-6)


def test_greedy_counts_are_those_of_held_out_predictions(trained: tuple[pd.DataFrame, Models]) -> None:
    """What is selected is what the textbook selects of predictions made by pandas; test rows play no part."""
    rows, models = trained
    folders = split_settings(models)
    held_out = np.stack([hold_out(rows, models, names) for names in folders])[:, :, None]
    targets = rows["y"][rows.index % 5 != TEST].to_numpy()[:, None]
    counts = joining.count_greedily(joining.load_candidates(folders))
    assert counts == select_greedily(held_out, targets)


def test_only_rows_that_all_settings_held_out_count(trained: tuple[pd.DataFrame, Models]) -> None:
    """A setting that lacks a fold takes its rows out; without common rows greedy selection is refused."""
    rows, models = trained
    _, covered = joining.predict_held_out(joining.load_candidates([["3-0", "3-1"], ["5-1", "5-2"]]))
    assert covered.tolist() == rows.index[rows["part1"] == "validation"].tolist()
    assert models
    candidates = joining.load_candidates([["3-0"], ["5-1"]])
    with pytest.raises(sinefit.SinefitError, match=r"--greedy needs rows that validate .* data\.fold"):
        joining.count_greedily(candidates)
    assert np.isnan(joining.judge(joining.join_runs(candidates), candidates)[0].validation_rmse)


def change_config(path: Path, **changes: Any) -> None:
    """Let a run's saved data have other settings."""
    import yaml  # noqa: PLC0415 - one test needs it

    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["data"] |= changes
    path.write_text(yaml.safe_dump(config), encoding="utf-8")


def test_runs_that_do_not_belong_together_are_refused(
    trained: tuple[pd.DataFrame, Models], folder: Path
) -> None:
    """Other test rows, other files, a file that changed, and functions: each has its sentence."""
    rows, _ = trained
    flipped = rows.assign(other=rows["part0"].replace({"test": "train", "train": "test"}))
    (folder / "x").mkdir()
    write_table(folder / "x" / "rows.csv", seed=1)
    write_table_run(folder / "another file", folder / "x" / "rows.csv")
    with pytest.raises(sinefit.SinefitError, match=r"another file and 3-0 have different files: .*--where"):
        joining.load_candidates([["3-0", "another file"]])
    flipped.to_csv(folder / "rows.csv", index=False)
    with pytest.raises(sinefit.SinefitError, match=r"rows\.csv has changed since 3-0 was trained"):
        joining.load_candidates([["3-0"]])
    for part, name in enumerate(("one", "two")):
        write_table_run(folder / name, folder / "rows.csv", part=part)
    change_config(folder / "two" / ".hydra" / "config.yaml", split_column="other")
    with pytest.raises(sinefit.SinefitError, match=r"rows that test are others in two than in one.*--where"):
        joining.load_candidates([["one"], ["two"]])
    change_config(folder / "two" / ".hydra" / "config.yaml", _target_="sinefit.core.data.SampledFunction")
    with pytest.raises(sinefit.SinefitError, match="two was not trained with data=table"):
        joining.load_candidates([["two"]])


def test_candidates_are_ranked_by_the_median() -> None:
    """The best settings over seeds and folds, with all runs that ended well; a repeated run counts once."""
    cells = [
        ("adam", 1.0),
        ("adam", 9.0),
        ("adam", 2.0),
        ("sgd", 4.0),
        ("sgd", 3.0),
        ("lbfgs", 0.1),
        ("lbfgs", np.nan),
    ]
    rows = [
        {
            "folder": f"{number}",
            "optimizer": name,
            "seed": number,
            "rmse": value,
            "status": "failed" if np.isnan(value) else "completed",
            "config_hash": f"{number}",
        }
        for number, (name, value) in enumerate(cells)
    ]
    rows.append({**rows[0], "folder": "again"})
    rows.append(
        {**rows[3], "folder": "diverged", "status": "diverged", "rmse": 5.0, "config_hash": "d", "seed": 9}
    )
    table = pd.DataFrame(rows)
    table.attrs = {"settings": ["optimizer", "seed"], "metrics": ["rmse"]}
    found = choose_candidates(table, "rmse", 2)
    assert found.folders == (("5",), ("0", "1", "2"))
    assert found.num_settings == 3
    assert any("2 runs that failed, diverged or did not end: left out" in note for note in found.notes)
    assert choose_candidates(table, "rmse", 9).folders[2] == ("3", "4")
