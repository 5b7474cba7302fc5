"""The picture of one run: collects its points; what they look like is decided in `sinefit.results.plots`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sinefit.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from sinefit.core.data import Samples
    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome
    from sinefit.results.plots.chart import Chart, Panel

MOST_TARGETS = 3
"""Targets that a picture has room for."""


def draw_fit(experiment: Experiment, outcome: Outcome) -> bytes:
    """The content of `fit.png`: function, samples and prediction, and the losses beside them.

    Args:
        experiment: whose points and model are drawn.
        outcome: how it ended; the model has its parameters.

    Raises:
        PictureError: if the function has more than one input or output, or nothing can be drawn. Whatever
            goes wrong while drawing is this error, so that a picture never changes a run's result.
    """
    from sinefit.results.plots.static import render_static  # noqa: PLC0415 - loads matplotlib

    try:
        return render_static(chart_run(experiment, outcome), "png")
    except PictureError:
        raise
    except Exception as error:
        msg = f"the fit cannot be drawn: {type(error).__name__}: {error}"
        raise PictureError(msg) from error


def chart_run(experiment: Experiment, outcome: Outcome) -> Chart:
    """What the picture of a run shows.

    Args:
        experiment: whose points and model are drawn.
        outcome: how it ended.

    Raises:
        PictureError: if the function has more than one input or output.
    """
    from sinefit.results.plots.chart import Chart  # noqa: PLC0415 - loads matplotlib
    from sinefit.results.plots.panels import loss_panel  # noqa: PLC0415

    samples = experiment.data.draw(experiment.seed).to(experiment.device, experiment.dtype)
    if samples.num_inputs == 1 and samples.num_targets == 1:
        fits = [_draw_curve(experiment, samples, outcome)]
    elif samples.table is not None:
        fits = _draw_measured(experiment, samples, outcome)
    else:
        msg = "the function has more than one input or output"
        raise PictureError(msg)
    history = outcome.history
    losses: dict[str, list[float | None]] = {
        "train_loss": [row.train_loss for row in history],
        "validation_loss": [row.validation_loss for row in history],
    }
    title = f"{outcome.status}, rmse {outcome.metrics['rmse']:.3g}, {outcome.num_parameters} parameters"
    wide = [replace(fit, width=2.0 / len(fits)) for fit in fits]
    return Chart(title, (*wide, loss_panel([row.epoch for row in history], losses)))


def _draw_curve(experiment: Experiment, samples: Samples, outcome: Outcome) -> Panel:
    """Function, or a table's rows, and prediction against the one input."""
    from sinefit.results.plots.panels import fit_panel, without_gap  # noqa: PLC0415 - loads matplotlib

    predict = _make_predictor(experiment, samples, outcome)
    table, training = samples.table, samples.training

    def restore(inputs: Tensor) -> Tensor:
        return inputs if table is None else table.inputs.restore(inputs)

    lines = [
        _sorted(restore(part.inputs), samples.restore(part.targets), predict(part.inputs))
        for part in samples.shown
    ]
    lines.sort(key=lambda columns: columns[0].min().item())
    inputs = restore(training.inputs)
    ends = inputs.min().item(), inputs.max().item()
    x, target, prediction = map(_join, zip(*lines, strict=True))
    return fit_panel(
        x,
        target,
        prediction,
        samples=(_join([inputs]), _join([samples.restore(training.targets)])),
        trained=without_gap(*ends, getattr(experiment.data, "gap", None)),
    )


def _draw_measured(experiment: Experiment, samples: Samples, outcome: Outcome) -> list[Panel]:
    """Predicted against measured values of a table's rows that choose, a panel a target."""
    from sinefit.results.plots.panels import add_residual, measured_panel  # noqa: PLC0415 - loads matplotlib

    assert samples.table is not None  # noqa: S101 - the caller has looked
    part = samples.evaluation
    outputs = _make_predictor(experiment, samples, outcome)(part.inputs)
    columns = zip(samples.restore(part.targets).T.tolist(), outputs.T.tolist(), strict=True)
    names = samples.table.target_names
    return [
        add_residual(measured_panel(*pair, name))
        for name, pair in zip(names[:MOST_TARGETS], columns, strict=False)
    ]


def _make_predictor(experiment: Experiment, samples: Samples, outcome: Outcome) -> Callable[[Tensor], Tensor]:
    """What maps inputs as the network sees them to outputs in the targets' unit."""
    from sinefit.core.data.scaling import NETWORK  # noqa: PLC0415 - loads torch
    from sinefit.core.evaluation import predict  # noqa: PLC0415
    from sinefit.core.experiment import build_model  # noqa: PLC0415

    parameters = outcome.parameters
    if samples.table is not None:
        begin = f"{NETWORK}."
        parameters = {
            name.removeprefix(begin): value for name, value in parameters.items() if name.startswith(begin)
        }
    model = build_model(experiment, samples, parameters).eval()
    return lambda inputs: samples.restore(predict(model, inputs))


def _sorted(inputs: Tensor, *others: Tensor) -> list[Tensor]:
    """Columns (N, 1) in the order of the first, so that lines go from left to right."""
    order = inputs.flatten().argsort(stable=True)
    return [column[order] for column in (inputs, *others)]


def _join(columns: Iterable[Tensor]) -> list[float]:
    """Columns (N, 1) one behind the other, with a nan between, where a line breaks off."""
    joined: list[float] = []
    for column in columns:
        joined += [math.nan] * bool(joined) + column.double().flatten().tolist()
    return joined
