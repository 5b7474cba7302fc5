"""The picture of one run: collects its points; what they look like is decided in `sinefit.results.plots`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sinefit.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from sinefit.core.data import Points, Samples
    from sinefit.core.data.points import TableFacts
    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome
    from sinefit.results.plots.chart import Chart, Panel

    Predictor = Callable[[Tensor], Tensor]

MOST_TARGETS = 3
"""Targets that a picture has room for."""
CURVE_POINTS = 401
"""Inputs at which a prediction is drawn between a table's rows."""


def draw_fit(experiment: Experiment, outcome: Outcome) -> bytes:
    """The content of `fit.png`: what was to be fitted and the prediction, and the losses beside them.

    Args:
        experiment: whose points and model are drawn.
        outcome: how it ended; the model has its parameters.

    Raises:
        PictureError: if a function has more than one input or output, or nothing can be drawn. Whatever
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
        PictureError: if a function has more than one input or output.
    """
    from sinefit.core.experiment import draw_points  # noqa: PLC0415 - loads torch
    from sinefit.results.plots.chart import Chart  # noqa: PLC0415 - loads matplotlib
    from sinefit.results.plots.measured import explain_hidden  # noqa: PLC0415
    from sinefit.results.plots.panels import loss_panel  # noqa: PLC0415

    samples = draw_points(experiment).to(experiment.device, experiment.dtype)
    predict = _make_predictor(experiment, samples, outcome)
    notes = []
    if samples.table is None:
        fits = [_draw_function(experiment, samples, predict)]
    elif samples.num_inputs == 1 and samples.num_targets == 1:
        fits = [_draw_rows(samples, samples.table, predict)]
    else:
        fits = _draw_measured(samples, samples.table, predict)
        left_out = samples.num_targets - len(fits)
        notes += [f"the first {len(fits)} of {samples.num_targets} targets are drawn"] if left_out else []
        notes += explain_hidden(fits)
    history = outcome.history
    losses: dict[str, list[float | None]] = {
        "train_loss": [row.train_loss for row in history],
        "validation_loss": [row.validation_loss for row in history],
    }
    if not fits[0].has_diagonal:
        fits = [replace(fits[0], width=2.0)]
    title = f"{outcome.status}, rmse {outcome.metrics['rmse']:.3g}, {outcome.num_parameters} parameters"
    return Chart(title, (*fits, loss_panel([row.epoch for row in history], losses)), notes=tuple(notes))


def _draw_function(experiment: Experiment, samples: Samples, predict: Predictor) -> Panel:
    """Function, samples and prediction against the one input."""
    from sinefit.results.plots.panels import fit_panel, without_gap  # noqa: PLC0415 - loads matplotlib

    if (samples.num_inputs, samples.num_targets) != (1, 1):
        msg = "the function has more than one input or output"
        raise PictureError(msg)
    lines = [_sorted(part.inputs, part.targets, predict(part.inputs)) for part in samples.shown]
    lines.sort(key=lambda columns: columns[0].min().item())
    training = samples.training
    ends = training.inputs.min().item(), training.inputs.max().item()
    x, target, prediction = map(_join, zip(*lines, strict=True))
    return fit_panel(
        x,
        target,
        prediction,
        samples=(_join([training.inputs]), _join([training.targets])),
        trained=without_gap(*ends, getattr(experiment.data, "gap", None)),
    )


def _draw_rows(samples: Samples, table: TableFacts, predict: Predictor) -> Panel:
    """A table's rows and the prediction against the one input, also between the rows."""
    import torch  # noqa: PLC0415 - takes a second

    from sinefit.results.plots.measured import rows_panel  # noqa: PLC0415 - loads matplotlib
    from sinefit.results.plots.subject import describe_subject  # noqa: PLC0415

    def columns_of(part: Points) -> tuple[list[float], list[float]]:
        inputs, targets = _sorted(table.inputs.restore(part.inputs), samples.restore(part.targets))
        return _join([inputs]), _join([targets])

    training, chosen = samples.training, samples.evaluation
    low, high = torch.cat([training.inputs, chosen.inputs]).aminmax()
    steps = low + (high - low) * torch.linspace(0, 1, CURVE_POINTS).to(low).unsqueeze(1)
    curve = _join([table.inputs.restore(steps)]), _join([predict(steps)])
    others = None if chosen is training else columns_of(training)
    return rows_panel(columns_of(chosen), curve, describe_subject(table.description), others)


def _draw_measured(samples: Samples, table: TableFacts, predict: Predictor) -> list[Panel]:
    """Predicted against measured values of a table's rows that choose, a panel a target."""
    from sinefit.results.plots.measured import measured_panel  # noqa: PLC0415 - loads matplotlib
    from sinefit.results.plots.panels import add_residual  # noqa: PLC0415
    from sinefit.results.plots.subject import describe_subject  # noqa: PLC0415

    part = samples.evaluation
    columns = zip(samples.restore(part.targets).T.tolist(), predict(part.inputs).T.tolist(), strict=True)
    rows = f"{len(part.inputs)} {describe_subject(table.description).rows}"
    return [
        add_residual(measured_panel(target, prediction, name, rows))
        for name, (target, prediction) in zip(table.target_names[:MOST_TARGETS], columns, strict=False)
    ]


def _make_predictor(experiment: Experiment, samples: Samples, outcome: Outcome) -> Predictor:
    """What maps inputs as the network sees them to outputs in the targets' unit."""
    from sinefit.core.data.scaling import pick_network  # noqa: PLC0415 - loads torch
    from sinefit.core.evaluation import predict  # noqa: PLC0415
    from sinefit.core.experiment import build_model  # noqa: PLC0415

    parameters = outcome.parameters if samples.table is None else pick_network(outcome.parameters)
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
