"""What `fit.png` shows: function, samples, prediction, the extrapolation shaded, and the loss beside them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.patches import Rectangle

from sinefit.core.outcome import Epoch
from sinefit.core.run import run
from sinefit.jobs.job import Job, draw_picture
from sinefit.jobs.picture import Fit, draw_fit, make_figure
from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.axes import Axes

    from sinefit.core.experiment import Experiment

HISTORY = [Epoch(1, 0.5, None, 0.1), Epoch(2, 0.05, 0.06, 0.1), Epoch(3, 0.04, 0.07, 0.1)]
X = np.linspace(0.0, 4.0, 50)
FIT = Fit(X, np.sin(X), np.sin(X) + 0.1, X[::5], np.sin(X[::5]) + 0.01, extrapolation=None)


def lines_of(axes: Axes) -> dict[str, list[float]]:
    """The values of each line, by the label in the legend."""
    return {str(line.get_label()): list(np.asarray(line.get_ydata())) for line in axes.lines}


def test_function_samples_and_prediction() -> None:
    """Each is drawn with its own numbers, and the loss of each epoch on a logarithmic axis."""
    figure = make_figure(FIT, HISTORY, "a title")
    left, right = figure.axes
    expected = {"samples": FIT.sample_targets, "function": FIT.targets, "prediction": FIT.prediction}
    assert lines_of(left) == {name: list(values) for name, values in expected.items()}
    assert lines_of(right) == {"training": [0.5, 0.05, 0.04], "validation": [0.06, 0.07]}
    assert (right.get_yscale(), right.get_xlabel(), right.get_ylabel()) == ("log", "epoch", "loss")
    assert [text.get_text() for text in left.get_legend().get_texts()] == list(expected)
    assert figure.get_suptitle() == "a title"


@pytest.mark.parametrize("interval", [None, (-3.0, -1.0), (4.0, 6.0)])
def test_the_extrapolation_is_shaded(interval: tuple[float, float] | None) -> None:
    """The interval outside, and nothing else, is; it stands in the legend."""
    left, _ = make_figure(replace(FIT, extrapolation=interval), HISTORY, "").axes
    spans = [patch for patch in left.patches if isinstance(patch, Rectangle)]
    assert [(span.get_x(), span.get_x() + span.get_width()) for span in spans] == [interval][: bool(interval)]
    labels = [text.get_text() for text in left.get_legend().get_texts()]
    assert labels.count("extrapolation") == len(spans)


def test_lines_break_off_where_nothing_was_computed(
    experiment: Callable[..., Experiment], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the points and an interval far from them there is no line."""
    drawn: list[Fit] = []
    monkeypatch.setattr("sinefit.jobs.picture.draw_fit", lambda fit, *_: drawn.append(fit) or b"")
    chosen = experiment("data.extrapolation=[20,30]", "trainer=quick", "data.num_evaluation_points=5")
    settings = {"picture": True}
    job = Job(settings, RunFolder(folder), (), {}, alone=True, started=datetime.now().astimezone())
    draw_picture(job, chosen, run(chosen))
    (fit,) = drawn
    assert fit.inputs[6:].tolist() == [21, 23, 25, 27, 29]
    assert [
        np.isnan(values).nonzero()[0].tolist() for values in (fit.inputs, fit.targets, fit.prediction)
    ] == [[5]] * 3
    assert fit.extrapolation == (21, 29)
    assert make_figure(fit, HISTORY, "").axes[0].get_ylim() == pytest.approx((-1.6, 1.6), abs=0.2)


def test_a_wild_prediction_does_not_hide_the_function() -> None:
    """The axis follows the function, also a constant one, not what a bad model predicts."""
    for targets in (FIT.targets, np.full_like(X, 3.0), np.zeros_like(X)):
        left, _ = make_figure(replace(FIT, targets=targets, prediction=1e9 * X), HISTORY, "").axes
        lower, upper = left.get_ylim()
        assert lower < targets.min() <= targets.max() < upper
        assert 0.1 < upper - lower < 5


@pytest.mark.parametrize("history", [[], HISTORY[:1], [Epoch(1, 0.0, None, 0.1)]])
def test_short_histories(history: list[Epoch]) -> None:
    """A run that diverged in its first epoch, one of a single epoch, and a loss of 0 have their picture."""
    assert imread(io.BytesIO(draw_fit(FIT, history, "short")), format="png").shape == (600, 1500, 4)
