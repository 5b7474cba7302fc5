"""The picture of one run: collects its points; what they look like is decided in `sinefit.results.plots`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sinefit.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome
    from sinefit.results.plots.chart import Chart


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
    from sinefit.core.evaluation import predict  # noqa: PLC0415 - loads torch
    from sinefit.core.experiment import build_model  # noqa: PLC0415
    from sinefit.results.plots.chart import Chart  # noqa: PLC0415
    from sinefit.results.plots.panels import fit_panel, loss_panel, without_gap  # noqa: PLC0415

    samples = experiment.data.draw(experiment.seed).to(experiment.device, experiment.dtype)
    training, outside = samples.training, samples.extrapolation
    if training.inputs.shape[1:] != (1,) or training.targets.shape[1:] != (1,):
        msg = "the function has more than one input or output"
        raise PictureError(msg)
    model = build_model(experiment, outcome.parameters).eval()
    parts = [samples.evaluation] if outside is None else [samples.evaluation, outside]
    lines = [_sorted(points.inputs, points.targets, predict(model, points.inputs)) for points in parts]
    lines.sort(key=lambda columns: columns[0].min().item())
    ends = training.inputs.min().item(), training.inputs.max().item()
    x, target, prediction = map(_join, zip(*lines, strict=True))
    fit = fit_panel(
        x,
        target,
        prediction,
        samples=(_join([training.inputs]), _join([training.targets])),
        trained=without_gap(*ends, getattr(experiment.data, "gap", None)),
    )
    history = outcome.history
    losses: dict[str, list[float | None]] = {
        "train_loss": [row.train_loss for row in history],
        "validation_loss": [row.validation_loss for row in history],
    }
    title = f"{outcome.status}, rmse {outcome.metrics['rmse']:.3g}, {outcome.num_parameters} parameters"
    return Chart(title, (replace(fit, width=2.0), loss_panel([row.epoch for row in history], losses)))


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
