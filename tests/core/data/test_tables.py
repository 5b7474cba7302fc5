"""A table in a file as the points of a run, against scikit-learn and numpy."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from sinefit.core.data import Points, Samples, Table
from sinefit.core.data.scaling import Scaled, Scaling, learn_scaling
from sinefit.core.experiment import Experiment
from sinefit.core.fused import run_many
from sinefit.core.models import MLP
from sinefit.core.run import run
from sinefit.core.trainer import Trainer
from sinefit.errors import SettingsError, SinefitError

if TYPE_CHECKING:
    from pathlib import Path

    from sinefit.core.outcome import Outcome

SCALERS = {"standard": StandardScaler, "robust": RobustScaler, "minmax": MinMaxScaler}
ROWS = 60


@pytest.fixture
def frame() -> pd.DataFrame:
    """Two inputs of different size, a category, and two targets far from 0."""
    draws = np.random.default_rng(0)
    a, b = 1000 + 50 * draws.normal(size=ROWS), draws.normal(size=ROWS)
    color = draws.choice(["red", "green", "blue"], ROWS)
    y = 300 + a / 10 + 5 * np.sin(b) + 3 * (color == "red")
    return pd.DataFrame({"a=1": a, "b.c": b, "color": color, "y": y, "z z": 2 * y - 7 * b})


@pytest.fixture
def table(frame: pd.DataFrame, tmp_path: Path) -> Table:
    """The same in a file, with one target."""
    path = tmp_path / "a 'table', of=mine.csv"
    frame.to_csv(path, index=False)
    return Table(str(path), "y", drop=["z z"])


def make(table: Table, seed: int = 0, engine: str = "auto", epochs: int = 5) -> Experiment:
    """A short run on a table."""
    return Experiment(
        data=table,
        model=partial(MLP, input_size="auto", output_size="auto", hidden_size=6, activation="tanh"),
        loss=torch.nn.MSELoss(),
        optimizer=partial(torch.optim.Adam, lr=0.01),
        scheduler=partial(torch.optim.lr_scheduler.ConstantLR, factor=1.0),
        trainer=Trainer(max_epochs=epochs),
        seed=seed,
        engine=engine,  # type: ignore[arg-type]  # one of them
    )


def raw_rows(samples: Samples, points: Points | None) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets in their units."""
    assert points is not None
    assert samples.table is not None
    return samples.table.inputs.restore(points.inputs).numpy(), samples.restore(points.targets).numpy()


def load(outcome: Outcome, samples: Samples) -> Scaled:
    """What was recorded of a run, as a module that takes raw rows."""
    network = MLP(samples.num_inputs, 6, samples.num_targets, activation="tanh")
    nothing = [Scaling(torch.zeros(n).double(), torch.ones(n).double()) for n in (samples.num_inputs, 1)]
    if samples.num_targets > 1:
        nothing[1] = Scaling(*(torch.zeros(samples.num_targets).double() for _ in range(2)))
    scaled = Scaled(network, *nothing)
    scaled.load_state_dict(outcome.parameters)
    return scaled


@pytest.mark.parametrize("kind", SCALERS)
def test_scalings_are_those_of_scikit_learn(kind: str) -> None:
    """Columns of any size, one of them constant, scaled and brought back."""
    columns = np.random.default_rng(1).normal(size=(31, 4)) * [1, 1e-6, 1e9, 0] + [0, 5, 1e12, 7]
    scaling = learn_scaling(torch.from_numpy(columns), kind)  # type: ignore[arg-type]  # one of them
    expected = SCALERS[kind]().fit_transform(columns)
    scaled = scaling.scale(torch.from_numpy(columns))
    np.testing.assert_allclose(scaled.numpy(), expected, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(scaling.restore(scaled).numpy(), columns, rtol=1e-12)


def test_scaling_is_learned_from_the_rows_that_train(table: Table) -> None:
    """Training rows have mean 0 and deviation 1, also after all other rows were changed: nothing leaks."""
    samples = table.draw(0)
    assert samples.table is not None
    numbers = samples.training.inputs[:, :2]
    np.testing.assert_allclose(numbers.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(numbers.std(0, correction=0), 1)
    assert set(samples.training.inputs[:, 2:].flatten().tolist()) == {0.0, 1.0}


def test_rows_that_test_touch_nothing_but_their_metrics(table: Table, frame: pd.DataFrame) -> None:
    """With other values in all test rows a run has the same parameters and metrics, but for the test's.

    The same change to rows that train shows, so that this test could fail.
    """
    before = run(make(table))
    samples = table.draw(0)
    path = table.path

    def change(points: Points | None) -> Outcome:
        inputs, _ = raw_rows(samples, points)
        rows = frame["a=1"].isin(inputs[:, 0]) | np.isclose(
            frame["a=1"].to_numpy()[:, None], inputs[:, 0]
        ).any(1)
        assert rows.sum() == len(inputs)
        other = frame.copy()
        other.loc[rows, ["a=1", "b.c", "y"]] *= 1.7
        other.to_csv(path, index=False)
        return run(make(replace(table)))

    after = change(samples.test)
    assert all(map(torch.equal, before.parameters.values(), after.parameters.values()))
    differing = {name for name, value in before.metrics.items() if after.metrics[name] != value}
    assert differing == {name for name in before.metrics if name.startswith("test_")}
    leaked = change(samples.training)
    assert not torch.equal(before.parameters["input_shift"], leaked.parameters["input_shift"])


@pytest.mark.parametrize("scale", [*SCALERS, "none"])
@pytest.mark.parametrize("engine", ["plain", "native"])
def test_metrics_are_in_the_targets_unit(table: Table, scale: str, engine: str) -> None:
    """What the recorded module says of raw rows has the metrics of scikit-learn, part by part."""
    table = replace(table, scale=scale)  # type: ignore[arg-type]  # one of them
    outcome = run_many([make(table, engine=engine)])[0]
    samples = table.draw(0)
    scaled = load(outcome, samples)
    for prefix, points in (("", samples.validation), ("train_", samples.training), ("test_", samples.test)):
        inputs, targets = raw_rows(samples, points)
        said = scaled(torch.from_numpy(inputs)).detach().numpy()
        found = {name: outcome.metrics[prefix + name] for name in ("rmse", "mae", "r2", "max_abs_error")}
        expected = {
            "rmse": root_mean_squared_error(targets, said),
            "mae": mean_absolute_error(targets, said),
            "r2": r2_score(targets, said),
            "max_abs_error": np.abs(targets - said).max(),
        }
        assert found == pytest.approx(expected, rel=1e-4)


def test_several_targets_have_metrics_of_their_own(table: Table) -> None:
    """Of each target by its name, and their mean, as scikit-learn's uniform average."""
    table = replace(table, target=["z z", "y"], drop=())
    outcome = run(make(table))
    samples = table.draw(0)
    inputs, targets = raw_rows(samples, samples.test)
    said = load(outcome, samples)(torch.from_numpy(inputs)).detach().numpy()
    each = r2_score(targets, said, multioutput="raw_values")
    found = outcome.metrics
    assert [found["test_r2.z z"], found["test_r2.y"]] == pytest.approx(list(each), rel=1e-4)
    assert found["test_r2"] == pytest.approx(each.mean(), rel=1e-4)
    assert found["rmse"] == pytest.approx((found["rmse.z z"] + found["rmse.y"]) / 2)
    assert outcome.prediction is None


@pytest.mark.parametrize("target", ["y", ["y", "z z"]])
def test_baselines_are_those_of_numpy(table: Table, target: str | list[str]) -> None:
    """The mean of the rows that train, and least squares with an intercept, judged on rows that do not."""
    table = replace(table, target=target, drop=() if isinstance(target, list) else ("z z",))
    samples = table.draw(0)
    assert samples.table is not None
    (x, y), (x_test, y_test) = (raw_rows(samples, part) for part in (samples.training, samples.test))
    line = LinearRegression().fit(x, y)
    rmse = np.sqrt(((line.predict(x_test) - y_test) ** 2).mean(0)).mean()
    found = samples.table.baselines
    assert found["test_linear_rmse"] == pytest.approx(rmse, rel=1e-9)
    expected = np.sqrt(((y.mean(0) - y_test) ** 2).mean(0)).mean()
    assert found["test_mean_rmse"] == pytest.approx(expected, rel=1e-9)


def test_runs_share_their_points(table: Table) -> None:
    """Runs of one split have the very same tensors, whatever their seeds."""
    first, other = (table.draw(seed).to(torch.device("cpu"), torch.float32) for seed in (0, 1))
    assert first is other
    assert first.validation is first.evaluation


def test_without_rows_that_validate_those_that_train_are_judged(table: Table) -> None:
    """And it is said."""
    table = replace(table, validation_share=0.0)
    outcome = run(make(table))
    samples = table.draw(0)
    assert samples.validation is None
    assert samples.table is not None
    assert outcome.metrics["rmse"] == outcome.metrics["train_rmse"]
    assert "no rows validate: rmse and the other metrics are of the rows that train" in samples.table.notes


def test_missing_targets_cannot_be_filled(table: Table, frame: pd.DataFrame) -> None:
    """All of them are counted, whichever part they are in, and only leaving them out is offered."""
    frame.loc[::10, "y"] = np.nan
    frame.to_csv(table.path, index=False)
    with pytest.raises(SinefitError, match=r"'y' 6; a target cannot be filled: .* data.missing=drop$"):
        replace(table, missing="mean").draw(0)


def test_rows_with_missing_cells_are_dropped_before_the_split(table: Table, frame: pd.DataFrame) -> None:
    """With missing=drop they are in no part; else their number is told."""
    frame.loc[[3, 17, 40], "b.c"] = np.nan
    frame.to_csv(table.path, index=False)
    with pytest.raises(SinefitError, match=r"'b.c' 3; leave such rows out with data.missing=drop"):
        replace(table).draw(0)
    samples = replace(table, missing="drop").draw(0)
    assert samples.table is not None
    assert sum(samples.table.description["rows"].values()) == ROWS - 3


def test_a_column_that_does_not_vary_takes_no_part(table: Table, frame: pd.DataFrame) -> None:
    """It is no input, and it is said which."""
    frame.assign(one=1.0, two=2.0).to_csv(table.path, index=False)
    samples = replace(table).draw(0)
    assert samples.table is not None
    assert samples.num_inputs == 5
    assert "one, two do not vary over the rows that train: no input" in samples.table.notes


@pytest.mark.parametrize("column", [[f"2024-01-{1 + row % 28:02d}" for row in range(ROWS)], range(ROWS)])
def test_time_is_read_from_dates_and_numbers(table: Table, frame: pd.DataFrame, column: list) -> None:
    """The latest rows test, whatever their order in the file."""
    shuffled = frame.assign(when=list(column)).sample(frac=1, random_state=0)
    shuffled.to_csv(table.path, index=False)
    found = replace(table, split="time", split_column="when")
    samples = found.draw(0)
    assert samples.num_inputs == 5
    inputs, _ = raw_rows(samples, samples.test)
    latest = shuffled.sort_values("when", kind="stable")["a=1"].tail(12)
    np.testing.assert_allclose(sorted(inputs[:, 0]), sorted(latest))


def test_groups_may_be_texts_of_any_number(table: Table, frame: pd.DataFrame) -> None:
    """A column that would be no input says which rows stay together."""
    frame.assign(who=[f"person {row // 2}" for row in range(ROWS)]).to_csv(table.path, index=False)
    samples = replace(table, split="group", split_column="who").draw(0)
    assert samples.table is not None
    assert samples.table.description["rows"] == {"training": 36, "validation": 12, "test": 12}


def test_mistakes_of_a_table_are_told_together() -> None:
    """By name and value, those of the split among them."""
    with pytest.raises(SettingsError) as error:
        Table("", [], missing="never", scale="big", batch_size=0, split="kfold", validation_share=2)  # type: ignore[arg-type]  # mistakes
    names = [problem.setting for problem in error.value.problems]
    assert names == ["path", "target", "missing", "scale", "batch_size", "validation_share"]


def test_a_split_column_that_says_something_else(table: Table, frame: pd.DataFrame) -> None:
    """The words that are allowed, and the one that was found."""
    frame.assign(part="learn").to_csv(table.path, index=False)
    with pytest.raises(
        SinefitError, match=r"data.split_column=part must say train, validation, test .*'learn'"
    ):
        replace(table, split="column", split_column="part").draw(0)
    with pytest.raises(SettingsError, match=r"data.split_column must be one of the columns: .*'parts'"):
        replace(table, split="column", split_column="parts").draw(0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_native_runs_equal_the_plain_loop(table: Table, dtype: torch.dtype) -> None:
    """On scaled rows too, within rounding; company changes no bit."""
    experiments = [replace(make(table, seed), dtype=dtype) for seed in range(3)]
    together = run_many([replace(each, engine="native") for each in experiments])
    bound = 1e-12 if dtype == torch.float64 else 1e-5
    for each, outcome in zip(experiments, together, strict=True):
        plain = run(replace(each, engine="plain"))
        for name, value in plain.parameters.items():
            assert torch.allclose(value, outcome.parameters[name], rtol=bound, atol=bound)
        alone = run(replace(each, engine="native"))
        assert all(map(torch.equal, alone.parameters.values(), outcome.parameters.values()))
        assert alone.metrics == outcome.metrics


def test_a_changed_file_is_read_anew(table: Table, frame: pd.DataFrame) -> None:
    """The same settings draw what the file holds now."""
    before = table.draw(0)
    frame.assign(y=frame["y"] * 2).to_csv(table.path, index=False)
    after = table.draw(0)
    assert before.table is not None
    assert after.table is not None
    assert torch.allclose(after.table.targets.factor, 2 * before.table.targets.factor)


@pytest.mark.parametrize(
    "words", [["soon"] * ROWS, [f"at {row} o'clock, more or less" for row in range(ROWS)]]
)
def test_time_that_is_no_time_is_refused(table: Table, frame: pd.DataFrame, words: list[str]) -> None:
    """Words do not order rows, whether rows without them are dropped or not."""
    frame.assign(when=words).to_csv(table.path, index=False)
    for missing in ("error", "drop"):
        found = replace(table, split="time", split_column="when", missing=missing)
        with pytest.raises(SinefitError, match=r"data.split_column=when must be numbers or dates such as"):
            found.draw(0)


def test_a_column_named_by_a_number_groups_and_is_an_input(table: Table, frame: pd.DataFrame) -> None:
    """Hydra reads the name 7 as a number; as an input that is named the column stays one of numbers."""
    frame.assign(**{"7": np.arange(ROWS) // 2}).to_csv(table.path, index=False)
    samples = replace(table, inputs=[7], split="group", split_column="7").draw(0)
    assert samples.num_inputs == 1
