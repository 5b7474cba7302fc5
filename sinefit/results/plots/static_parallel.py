"""Parallel coordinates as a picture by matplotlib, which has none of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sinefit.results.plots.ticks import place_along
from sinefit.results.text import fold, tell_apart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sinefit.results.plots.chart import Parallel

LONGEST_LABEL = 18
PRUNED = (0.5, 0.5, 0.5, 0.12)
"""The color of pruned runs: red, green, blue, and how opaque."""
FAINTEST = 0.85
"""Where the colors of the lines end, short of a yellow that vanishes on white."""


def draw_parallel(figure: Figure, parallel: Parallel) -> None:
    """Each scale from 0 to 1, its own numbers beside it; the best runs are drawn last."""
    from matplotlib import colormaps  # noqa: PLC0415 - takes half a second
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    axes = figure.add_subplot()
    axes.grid(visible=False)
    heights = []
    for position, (axis, values) in enumerate(zip(parallel.axes, parallel.runs, strict=True)):
        runs, labels = place_along(axis, values)
        ends = min([*runs, *labels]), max([*runs, *labels])
        span = (0.0, 1.0) if ends[0] < ends[1] else (0.5, 0.5)
        heights.append(np.interp(runs, ends, span))
        axes.axvline(position, color="black", linewidth=0.8)
        is_first = position == 0  # its numbers stand where no lines are, as the last one's do
        names = tell_apart(list(labels.values()), LONGEST_LABEL)
        for height, name in zip(np.interp(list(labels), ends, span), names, strict=True):
            axes.annotate(
                name,
                (position, height),
                xytext=(-5 if is_first else 5, 0),
                textcoords="offset points",
                ha="right" if is_first else "left",
                va="center",
                fontsize=8,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
                zorder=4,
            )
    is_pruned = np.array(parallel.is_pruned or [False] * len(heights[-1]))
    counted = heights[-1][~is_pruned]
    shares = (
        np.interp(heights[-1], (counted.min(), counted.max()), (0, 1)) if np.ptp(counted) else 0 * heights[-1]
    )
    badness = 1 - shares if parallel.is_high_best else shares
    order = np.lexsort([-badness, ~is_pruned])
    where = np.arange(len(heights))
    lines = [np.column_stack([where, row]) for row in np.transpose(heights)[order]]
    alpha = float(np.clip(60 / len(lines), 0.08, 0.8))
    colors = colormaps["cividis"](FAINTEST * badness[order])
    colors[:, 3] = alpha
    colors[is_pruned[order]] = PRUNED
    axes.add_collection(LineCollection(lines, colors=colors, linewidths=1.2))
    inch = (len(where) - 1) / (figure.get_figwidth() - 1.2)
    axes.set_xlim(-0.1 * inch, len(where) - 1 + 0.7 * inch)  # room for the last one's numbers
    axes.set_ylim(-0.04, 1.04)
    axes.set_xticks(where, ["\n".join(fold(axis.label, 18)) for axis in parallel.axes])
    axes.set_yticks([])
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
