"""What `fit.png` shows: function, samples, prediction, training range, and the losses beside them."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib.image import imread

from sinefit.core.data import Points
from sinefit.core.outcome import Epoch
from sinefit.core.run import run
from sinefit.errors import PictureError
from sinefit.jobs.picture import chart_run, draw_fit
from sinefit.results.plots.static import make_figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome
    from sinefit.results.plots.chart import Panel

HISTORY = (Epoch(1, 0.5, None, 0.1), Epoch(2, 0.05, 0.06, 0.1), Epoch(3, 0.04, 0.07, 0.1))


@pytest.fixture
def trained(experiment: Callable[..., Experiment]) -> Callable[..., tuple[Experiment, Outcome]]:
    """An experiment with these words, and its outcome after a short training."""

    def train(*words: str) -> tuple[Experiment, Outcome]:
        chosen = experiment("trainer=quick", "data.num_evaluation_points=5", *words)
        return chosen, replace(run(chosen), history=HISTORY)

    return train


def lines_of(panel: Panel) -> dict[str, tuple[list[float], list[float]]]:
    """The points of each line, by the name in the legend."""
    return {line.name: (line.x, line.y) for line in panel.lines}


def test_function_samples_and_prediction(trained: Callable[..., Any]) -> None:
    """Each is drawn with its own numbers, and the losses of each epoch on a logarithmic axis."""
    experiment, outcome = trained()
    chart = chart_run(experiment, outcome)
    fit, losses = chart.panels
    samples = experiment.data.draw(experiment.seed).to(experiment.device, experiment.dtype)
    lines = lines_of(fit)
    assert list(lines) == ["samples", "function", "prediction"]
    assert lines["samples"][0] == samples.training.inputs.flatten().tolist()
    assert lines["function"][1] == pytest.approx(np.sin(lines["function"][0]), abs=1e-6)
    assert lines["prediction"][1] == pytest.approx(outcome.prediction.outputs.tolist(), rel=1e-5)
    assert lines_of(losses) == {
        "training loss": ([1, 2, 3], [0.5, 0.05, 0.04]),
        "validation loss": ([2, 3], [0.06, 0.07]),
    }
    assert losses.y.is_log
    assert chart.title.endswith(f"{outcome.num_parameters} parameters")
    image = imread(io.BytesIO(draw_fit(experiment, outcome)), format="png")
    assert image.shape[1] == 1500
    assert image.std() > 0.1


@pytest.mark.parametrize("interval", [None, (-30.0, -20.0), (20.0, 30.0)])
def test_the_training_range_is_shaded(
    trained: Callable[..., Any], interval: tuple[float, float] | None
) -> None:
    """Where points end before the lines do; between the points and those outside there is no line."""
    words = [] if interval is None else [f"data.extrapolation=[{interval[0]},{interval[1]}]"]
    (fit, _) = chart_run(*trained(*words)).panels
    if interval is None:
        assert fit.shaded is None
        return
    assert fit.shaded is not None
    ((ends,), name) = fit.shaded
    assert (*ends, name) == (pytest.approx(-2 * math.pi), pytest.approx(2 * math.pi), "training range")
    for x, y in (lines_of(fit)["function"], lines_of(fit)["prediction"]):
        assert len(x) == 11
        assert (
            [at for at in range(11) if math.isnan(x[at])]
            == [at for at in range(11) if math.isnan(y[at])]
            == [5]
        )
        assert x[:5] == sorted(x[:5])
        assert x[4] < x[6]


def test_a_gap_is_not_shaded(trained: Callable[..., Any]) -> None:
    """It holds no training points."""
    (fit, _) = chart_run(*trained("data.lower=-1", "data.upper=1", "data.gap=[-0.5,0.25]")).panels
    assert fit.shaded == (((-1.0, -0.5), (0.25, 1.0)), "training range")


def test_lines_go_from_left_to_right(trained: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the data hand out their points in another order."""
    experiment, outcome = trained()
    samples = experiment.data.draw(experiment.seed)
    order = [3, 0, 4, 1, 2]
    points = samples.evaluation
    mixed = Points(points.inputs[order], points.targets[order])
    monkeypatch.setattr(type(experiment.data), "draw", lambda *_: replace(samples, evaluation=mixed))
    for x, y in (
        lines_of(chart_run(experiment, outcome).panels[0])[name] for name in ("function", "prediction")
    ):
        assert x == sorted(x)
        assert len(y) == 5
    assert lines_of(chart_run(experiment, outcome).panels[0])["function"][1] == pytest.approx(
        samples.evaluation.targets.flatten().tolist()
    )


def test_a_wild_prediction_does_not_hide_the_function(trained: Callable[..., Any]) -> None:
    """The axis follows the function, not what a bad model predicts."""
    experiment, outcome = trained()
    wild = {name: 1e9 * value for name, value in outcome.parameters.items()}
    axes, _ = make_figure(chart_run(experiment, replace(outcome, parameters=wild))).axes
    lower, upper = axes.get_ylim()
    assert -2 < lower < -0.8 < 0.8 < upper < 2


@pytest.mark.parametrize(
    "history", [(), HISTORY[:1], (Epoch(1, 0.0, None, 0.1),), (Epoch(1, math.inf, None, 0.1),)]
)
def test_short_histories(trained: Callable[..., Any], history: tuple[Epoch, ...]) -> None:
    """No epoch, a single one, and losses of zero and of infinity are drawn."""
    experiment, outcome = trained()
    content = draw_fit(experiment, replace(outcome, history=history))
    assert imread(io.BytesIO(content), format="png").shape[1] == 1500


def test_what_cannot_be_drawn_is_one_known_error(
    trained: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong is a `PictureError`, so that whoever asks for a picture can go on without it."""
    experiment, outcome = trained()
    with pytest.raises(PictureError, match="cannot be drawn: RuntimeError"):
        draw_fit(experiment, replace(outcome, parameters={}))
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda *_, **__: 1 / 0)
    with pytest.raises(PictureError, match="cannot be drawn: ZeroDivisionError: division by zero"):
        draw_fit(experiment, outcome)
