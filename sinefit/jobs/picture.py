"""The picture of one fit: function, samples and prediction, and the loss beside it.

Knows nothing of models: it draws numbers. Drawn without pyplot, whose import takes a second.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from sinefit.core.outcome import Epoch

    Vector = NDArray[np.float64]

# Okabe and Ito's colours, which colour-blind people tell apart.
FUNCTION, PREDICTION, SAMPLES, VALIDATION = "#000000", "#D55E00", "#56B4E9", "#009E73"
MANY_SAMPLES = 200


@dataclass(frozen=True)
class Fit:
    """What is drawn; all vectors of points.

    Attributes:
        inputs: where function and prediction are drawn, (N,), ascending; nan where the lines break off.
        targets: the function there, (N,).
        prediction: the model's output there, (N,).
        sample_inputs: the training points, (M,).
        sample_targets: their targets, (M,).
        extrapolation: the interval outside that is drawn too, or None.
    """

    inputs: Vector
    targets: Vector
    prediction: Vector
    sample_inputs: Vector
    sample_targets: Vector
    extrapolation: tuple[float, float] | None


def draw_fit(fit: Fit, history: Sequence[Epoch], title: str) -> bytes:
    """The picture as a PNG of 1,500 x 600 pixels."""
    buffer = io.BytesIO()
    make_figure(fit, history, title).savefig(buffer, format="png", dpi=150)
    return buffer.getvalue()


def make_figure(fit: Fit, history: Sequence[Epoch], title: str) -> Figure:
    """The fit on the left, the loss on the right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - takes half a second
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=[2, 1])
    figure.suptitle(title, fontsize=11)
    _draw_functions(left, fit)
    _draw_losses(right, history)
    return figure


def _draw_functions(axes: Axes, fit: Fit) -> None:
    import numpy as np  # noqa: PLC0415 - loaded by matplotlib

    few = len(fit.sample_inputs) <= MANY_SAMPLES
    axes.plot(
        fit.sample_inputs,
        fit.sample_targets,
        linestyle="none",
        marker="o",
        markersize=4 if few else 2.5,
        alpha=0.9 if few else 0.5,
        color=SAMPLES,
        label="samples",
    )
    axes.plot(fit.inputs, fit.targets, color=FUNCTION, linewidth=1.2, linestyle="--", label="function")
    axes.plot(fit.inputs, fit.prediction, color=PREDICTION, linewidth=1.8, label="prediction")
    if fit.extrapolation is not None:
        axes.axvspan(*fit.extrapolation, color="0.9", zorder=0, label="extrapolation")
    lowest, highest = float(np.nanmin(fit.targets)), float(np.nanmax(fit.targets))
    span = highest - lowest or 1.0  # of a constant function
    axes.set_ylim(lowest - 0.35 * span, highest + 0.35 * span)
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.margins(x=0)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=9)


def _draw_losses(axes: Axes, history: Sequence[Epoch]) -> None:
    marker = "o" if len(history) == 1 else None
    axes.plot(
        [row.epoch for row in history],
        [row.train_loss for row in history],
        color=PREDICTION,
        marker=marker,
        label="training",
    )
    validated = [(row.epoch, row.validation_loss) for row in history if row.validation_loss is not None]
    if validated:
        axes.plot(*zip(*validated, strict=True), color=VALIDATION, marker=marker, label="validation")
        axes.legend(frameon=False, fontsize=9)
    if any(row.train_loss > 0 for row in history):
        axes.set_yscale("log")
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.grid(visible=True, which="both", alpha=0.2)
