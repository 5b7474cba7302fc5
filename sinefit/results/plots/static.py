"""A `Chart` as a PNG or SVG picture, by matplotlib; without pyplot, whose import takes a second."""

from __future__ import annotations

import io
import math
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.results.cells import fold
from sinefit.results.plots.chart import COLOURS, REFERENCE
from sinefit.results.plots.ticks import scale_ticks, ticks_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sinefit.results.plots.chart import Axis, Chart, Heat, Line, Panel, Parallel

# Text is drawn as it is: a dollar sign in a setting begins no formula.
STYLE: dict[Any, object] = {
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "sinefit",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LONGEST_NAME = 48
WIDTH = 8.0
PANEL_WIDTH = 5.0
MOST_IN_ROW = 3
"""More panels than these stand two in a row, so that their letters stay legible on a page."""
MOST_LETTERS = 60
NOTE_SIZE, TITLE_SIZE = 8, 11


def render_static(chart: Chart, kind: str) -> bytes:
    """The picture as bytes.

    Args:
        chart: what is drawn.
        kind: ``png`` (150 dots an inch) or ``svg``.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - takes half a second

    with rc_context(STYLE):
        buffer = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else None
        make_figure(chart).savefig(buffer, format=kind, dpi=150, metadata=metadata)
    return buffer.getvalue()


def make_figure(chart: Chart) -> Figure:
    """The picture as a figure of matplotlib, to be drawn in `STYLE`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - takes half a second
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=_size(chart), layout="constrained")
    FigureCanvasAgg(figure)
    if chart.parallel is not None:
        _draw_parallel(figure, chart.parallel)
    else:
        across, down = _grid(chart)
        places = np.ravel(figure.subplots(down, across))
        for axes, panel in zip(places, chart.panels, strict=False):
            _draw_panel(axes, panel)
        for axes in places[len(chart.panels) :]:
            axes.set_axis_off()
    _draw_title(figure, _wrapped(chart.title, figure, 1.0))
    if chart.notes:
        text = _wrapped("; ".join(chart.notes), figure, 1.35)
        figure.supxlabel(text, fontsize=NOTE_SIZE, color="#555555")
    return figure


def _grid(chart: Chart) -> tuple[int, int]:
    """Panels in a row, and rows."""
    count = len(chart.panels)
    across = count if count <= MOST_IN_ROW else 2
    return across, math.ceil(count / across)


def _size(chart: Chart) -> tuple[float, float]:
    """Inches: wider for more panels, higher for more boxes or fields."""
    if chart.parallel is not None:
        return max(WIDTH, 1.8 * len(chart.parallel.scales)), 4.8
    rows = max((len(panel.y.categories) for panel in chart.panels), default=0)
    legend = max((len(panel.lines) for panel in chart.panels), default=0)
    across, down = _grid(chart)
    height = max(4.4 + 0.12 * legend, 1.6 + 0.34 * rows)
    return max(WIDTH, PANEL_WIDTH * across), height if down == 1 else 0.75 * height * down


def _wrapped(text: str, figure: Figure, density: float) -> str:
    return "\n".join(wrap(text, int(figure.get_figwidth() * 12 * density)))


def _draw_panel(axes: Axes, panel: Panel) -> None:
    titles = [shorten(line, 3 * LONGEST_NAME, placeholder="...") for line in panel.title.splitlines()]
    axes.set_title("\n".join("\n".join(wrap(line, LONGEST_NAME)) for line in titles))
    for line in panel.lines:
        _draw_line(axes, line)
    if panel.heat is not None:
        _draw_heat(axes, panel.heat)
    if panel.y.categories and panel.heat is None:
        _draw_boxes(axes, panel)
    _set_axis(axes, panel.x, "x")
    _set_axis(axes, panel.y, "y")
    if panel.heat is None:
        axes.grid(visible=True, alpha=0.25)
        axes.set_axisbelow(True)


def _draw_line(axes: Axes, line: Line) -> None:
    is_reference = line.style == REFERENCE
    colour = "#000000" if is_reference else COLOURS[line.style]
    if line.low is not None and line.high is not None:
        axes.fill_between(line.x, line.low, line.high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(
        line.x,
        line.y,
        color=colour,
        linestyle="--" if is_reference else "-",
        linewidth=1.2 if is_reference else 1.6,
        marker=MARKERS[line.style] if line.has_markers else None,
        markersize=5,
        label=shorten(line.name, LONGEST_NAME, placeholder="...") if line.name else None,
    )


def _draw_boxes(axes: Axes, panel: Panel) -> None:
    """The best one above, with a point a run beside each box."""
    dice = np.random.default_rng(0)
    for position, values in enumerate(panel.boxes):
        place = len(panel.boxes) - 1 - position
        if len(values) > 1:
            axes.boxplot(
                [values],
                positions=[place],
                orientation="horizontal",
                widths=0.6,
                showfliers=False,
                medianprops={"color": COLOURS[1], "linewidth": 1.8},
                zorder=3,
            )
        scatter = place + dice.uniform(-0.2, 0.2, len(values))
        axes.plot(values, scatter, "o", color=COLOURS[0], alpha=0.45, markersize=3, zorder=2)


def _draw_heat(axes: Axes, heat: Heat) -> None:
    """Good values dark blue, bad ones yellow; a text in each field in black or white."""
    from matplotlib import colormaps  # noqa: PLC0415 - takes half a second

    values = np.array(heat.colours, dtype=float)
    colours = colormaps["cividis_r" if heat.is_high_best else "cividis"]
    image = axes.imshow(values, aspect="auto", cmap=colours.with_extremes(bad="#d9d9d9"))
    axes.get_figure(root=True).colorbar(image, ax=axes, label=heat.label)  # type: ignore[union-attr]
    middle = (np.nanmin(values) + np.nanmax(values)) / 2 if np.isfinite(values).any() else 0.0
    for row, texts in enumerate(heat.texts):
        for column, text in enumerate(texts):
            is_dark = values[row, column] > middle if heat.is_high_best else values[row, column] < middle
            colour = "white" if is_dark else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)


def _set_axis(axes: Axes, axis: Axis, name: str) -> None:
    which = axes.xaxis if name == "x" else axes.yaxis
    which.set_label_text("\n".join(fold(axis.label, MOST_LETTERS if name == "x" else MOST_LETTERS // 2)))
    if axis.categories:
        places = list(range(len(axis.categories)))
        written = [int(tick) for tick in axis.ticks] or places
        is_heat = bool(axes.images)
        if name == "y" and not is_heat:
            places.reverse()
        labels = [shorten(text, LONGEST_NAME, placeholder="...") or "''" for text in axis.categories]
        which.set_ticks([places[at] for at in written], [labels[at] for at in written])
        if name == "y":
            axes.set_ylim(*((len(places) - 0.5, -0.5) if is_heat else (-0.6, len(places) - 0.4)))
        elif max(map(len, labels)) * len(written) > MOST_LETTERS:
            axes.set_xticks(places, labels, rotation=40, ha="right", rotation_mode="anchor")
        return
    if axis.is_log:
        (axes.set_xscale if name == "x" else axes.set_yscale)("log")
        which.set_minor_formatter(_no_text())
    if axis.is_log or axis.ticks:
        limits = axes.get_xlim() if name == "x" else axes.get_ylim()
        ticks = axis.ticks or ticks_of(*limits, is_log=axis.is_log)
        which.set_ticks(ticks, [f"{tick:g}" for tick in ticks])


def _no_text() -> Any:  # noqa: ANN401 - matplotlib's formatter
    from matplotlib.ticker import NullFormatter  # noqa: PLC0415 - takes half a second

    return NullFormatter()


def _draw_title(figure: Figure, title: str) -> None:
    """The title, and below it one legend for all panels, where it covers nothing."""
    handles: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    if len(handles) <= 1:
        figure.suptitle(title, fontsize=TITLE_SIZE)
        return
    longest = max(map(len, handles))
    columns = max(1, min(len(handles), int(figure.get_figwidth() * 11 / (longest + 7))))
    figure.legend(
        handles.values(),
        handles.keys(),
        loc="outside upper center",
        ncols=columns,
        frameon=False,
        fontsize=9,
        title=title,
        title_fontsize=TITLE_SIZE,
    )


def _draw_parallel(figure: Figure, parallel: Parallel) -> None:
    """Each scale from 0 to 1, its own numbers beside it; the best runs are drawn last."""
    from matplotlib import colormaps  # noqa: PLC0415 - takes half a second
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    axes = figure.add_subplot()
    placed = np.array([_place(scale.runs, scale.axis) for scale in parallel.scales]).T
    colour = placed[:, -1]
    badness = 1 - colour if parallel.is_high_best else colour
    order = np.argsort(-badness, kind="stable")
    where = np.arange(len(parallel.scales))
    lines = [np.column_stack([where, row]) for row in placed[order]]
    alpha = float(np.clip(60 / len(lines), 0.08, 0.8))
    colours = colormaps["cividis"](badness[order])
    axes.add_collection(LineCollection(lines, colors=colours, alpha=alpha, linewidths=1.2))
    for position, scale in enumerate(parallel.scales):
        axes.axvline(position, color="black", linewidth=0.8)
        ticks = scale_ticks(scale)
        names = scale.axis.categories or [f"{tick:g}" for tick in ticks]
        for name, height in zip(names, _place(ticks, scale.axis, scale.runs), strict=True):
            axes.annotate(
                shorten(name, 16, placeholder="..."),
                (position, height),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
                bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.6},
            )
    inch = (len(where) - 1) / (figure.get_figwidth() - 1.2)
    axes.set_xlim(-0.1 * inch, len(where) - 1 + 0.7 * inch)  # room for the last one's numbers
    axes.set_ylim(-0.04, 1.04)
    axes.set_xticks(where, ["\n".join(fold(scale.axis.label, 18)) for scale in parallel.scales])
    axes.set_yticks([])
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _place(numbers: Any, axis: Axis, of: Any = None) -> Any:  # noqa: ANN401 - whatever numpy takes
    """Numbers as heights from 0 to 1 on a scale that holds the numbers `of`."""
    numbers, of = np.asarray(numbers, dtype=float), np.asarray(numbers if of is None else of, dtype=float)
    low, high = (0.0, max(len(axis.categories) - 1.0, 0.0)) if axis.categories else (of.min(), of.max())
    if axis.is_log:
        numbers, low, high = np.log10(numbers), np.log10(low), np.log10(high)
    return (numbers - low) / (high - low) if high > low else np.full(len(numbers), 0.5)
