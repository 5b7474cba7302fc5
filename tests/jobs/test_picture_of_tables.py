"""What `fit.png` shows of a run on a table."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from sinefit.core.run import run
from sinefit.jobs.picture import chart_run, draw_fit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome

    Trained = Callable[..., tuple[Experiment, Outcome]]

LONG = (
    "a very_long name of a target with $x^2$ and <b>more</b> letters than any axis has room for, in newtons"
)


@pytest.fixture
def frame() -> pd.DataFrame:
    """Fifty rows with three inputs, and four targets of very different sizes."""
    dice = np.random.default_rng(0)
    table = pd.DataFrame(dice.normal(size=(50, 3)), columns=["a", "b", "c"])
    return table.assign(
        y=table["a"] + table["b"] ** 2, z=1e6 * table["c"], v=table["a"], w=-1e-3 * table["b"]
    )


@pytest.fixture
def trained(experiment: Callable[..., Experiment], frame: pd.DataFrame, tmp_path: Path) -> Trained:
    """An experiment on the table, and its outcome after a short training."""
    path = tmp_path / "table.csv"

    def train(*words: str, table: pd.DataFrame = frame) -> tuple[Experiment, Outcome]:
        table.to_csv(path, index=False)
        chosen = experiment("trainer=quick", "data=table", f"data.path='{path}'", *words)
        return chosen, run(chosen)

    return train


def test_residuals_have_the_recorded_error(trained: Trained, frame: pd.DataFrame) -> None:
    """The points are rows of the file, and their root mean square difference is the metric."""
    chosen, outcome = trained("data.target=y", "data.drop=[z,v,w]")
    fit, _ = chart_run(chosen, outcome).panels
    points = fit.lines[-1]
    assert points.name == "prediction of 10 validation rows"
    assert set(np.round(points.x, 5)) <= set(np.round(frame["y"], 5))
    assert fit.below is not None
    residual = np.array(fit.below.lines[-1].y)
    assert np.sqrt((residual**2).mean()) == pytest.approx(outcome.metrics["rmse"], rel=1e-5)
    assert (fit.below.x.label, fit.y.label) == ("measured y", "predicted y")


def test_several_targets_have_panels_of_their_own(trained: Trained) -> None:
    """Each with its own error and scale; of more than three the first three, and it is said."""
    chosen, outcome = trained("data.target=[y,z,v,w]")
    chart = chart_run(chosen, outcome)
    assert [panel.y.label for panel in chart.panels] == ["predicted y", "predicted z", "predicted v", "loss"]
    for panel, name in zip(chart.panels, "yzv", strict=False):
        assert panel.below is not None
        residual = np.array(panel.below.lines[-1].y)
        assert np.sqrt((residual**2).mean()) == pytest.approx(outcome.metrics[f"rmse.{name}"], rel=1e-5)
    assert "the first 3 of 4 targets are drawn" in chart.notes


def test_one_input_has_a_curve_between_the_rows(trained: Trained, frame: pd.DataFrame) -> None:
    """It goes through the recorded predictions; training and validation rows are those of the file."""
    repeated = frame[["a", "y"]].assign(a=frame["a"].round(0))
    chosen, outcome = trained("data.target=y", "data.test_share=0", table=repeated)
    fit, _ = chart_run(chosen, outcome).panels
    training, validation, curve = fit.lines
    assert (training.name, validation.name) == ("training rows", "validation rows")
    assert (fit.x.label, fit.y.label) == ("a", "y")
    assert {training.marks, validation.marks} == {"points"}
    rows = sorted(zip([*training.x, *validation.x], [*training.y, *validation.y], strict=True))
    assert np.array(rows) == pytest.approx(np.array(sorted(repeated.to_numpy().tolist())), abs=1e-4)
    assert curve.x == sorted(curve.x)
    assert (curve.x[0], curve.x[-1]) == pytest.approx((repeated["a"].min(), repeated["a"].max()))
    assert outcome.prediction is not None
    assert outcome.prediction.inputs is not None
    expected = np.interp(outcome.prediction.inputs.numpy(), curve.x, curve.y)
    assert expected == pytest.approx(outcome.prediction.outputs.numpy(), abs=0.01)


@pytest.mark.parametrize("factor", [math.nan, math.inf, 1e30])
def test_diverged_runs_are_drawn(trained: Trained, factor: float) -> None:
    """With axes of what was measured, and a sentence on what cannot be seen."""
    chosen, outcome = trained(f"data.target='{LONG}'", table=_rename(40))
    parameters = {name: factor * value for name, value in outcome.parameters.items()}
    chart = chart_run(chosen, replace(outcome, status="diverged", parameters=parameters))
    assert any("predictions are not finite or too far off to be seen" in note for note in chart.notes)
    content = draw_fit(chosen, replace(outcome, parameters=parameters))
    assert imread(io.BytesIO(content), format="png").std() > 0.1


@pytest.mark.parametrize("rows", [5, 40])
def test_few_rows_and_long_names_fit(trained: Trained, rows: int) -> None:
    """One validation row is a point; a long name is cropped at the axes."""
    chosen, outcome = trained(f"data.target='{LONG}'", table=_rename(rows))
    chart = chart_run(chosen, outcome)
    assert chart.panels[0].y.label.startswith("predicted a very_long name")
    assert len(chart.panels[0].y.label) <= 50
    assert imread(io.BytesIO(draw_fit(chosen, outcome)), format="png").shape[1] == 1500


def _rename(rows: int) -> pd.DataFrame:
    """A table whose target has a long name."""
    dice = np.random.default_rng(1)
    table = pd.DataFrame(dice.normal(size=(max(rows, 5), 2)), columns=["a", "b"])
    return table.assign(**{LONG: table["a"] - table["b"]})
