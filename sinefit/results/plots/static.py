"""A `Chart` as a PNG or SVG picture, by matplotlib; without pyplot, whose import takes a second.

One library cannot do both: matplotlib's pictures cannot be zoomed in a page, and plotly (`interactive`) needs
a browser beside it to write a PNG. What is drawn is decided in neither: both only translate the chart.
"""

from __future__ import annotations

import io
import logging
import math
import warnings
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from sinefit.errors import PictureError
from sinefit.results.plots.chart import COLORS, NO_VALUE, REFERENCE
from sinefit.results.plots.static_parallel import draw_parallel
from sinefit.results.plots.ticks import MOST, MOST_BESIDE, ticks_of
from sinefit.results.text import crop, fold

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec

    from sinefit.results.plots.chart import Axis, Chart, Heat, Line, Panel

log = logging.getLogger("sinefit")

# Text is drawn as it is: a dollar sign in a setting begins no formula.
STYLE: dict[Any, object] = {
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "sinefit",
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.25,
    "figure.titlesize": 11,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "legend.title_fontsize": 11,
}
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LONGEST_NAME, MOST_LETTERS = 48, 60
WIDTH, PANEL_WIDTH, SQUARE_WIDTH = 8.0, 5.0, 4.2
"""Inches: the least of a picture, and those of a panel."""
MOST_IN_ROW = 3
"""More panels than these stand two in a row, so that their letters stay legible on a page."""
BELOW = 1 / 3
"""How high a low panel is, by the height of the one above it."""
FAINT = 0.35
"""How opaque is what stays behind the rest."""
FEW_POINTS = 200
"""More points than these are drawn smaller and paler."""


def render_static(chart: Chart, kind: str) -> bytes:
    """The picture as the content of a file.

    Args:
        chart: what is drawn.
        kind: ``png`` (150 dots an inch) or ``svg``.

    Raises:
        PictureError: if matplotlib cannot draw it.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - takes half a second

    from sinefit.results.plots.fonts import find_fonts  # noqa: PLC0415

    buffer = io.BytesIO()
    try:
        families, missing = find_fonts(chart)
        with rc_context({**STYLE, "font.family": families}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from font")  # said below, in plain words
            metadata = {"Date": None} if kind == "svg" else None
            make_figure(chart).savefig(buffer, format=kind, dpi=150, metadata=metadata)
    except Exception as error:
        msg = f"{chart.title!r} cannot be drawn: {type(error).__name__}: {error}"
        raise PictureError(msg) from error
    if missing and kind != "svg":  # which is shown in the fonts of its reader
        log.warning(
            "boxes stand for %s, which no installed font has: install one, such as fonts-noto-cjk,"
            " or draw into a .html file",
            missing,
        )
    return buffer.getvalue()


def make_figure(chart: Chart) -> Figure:
    """The picture as a figure of matplotlib, to be drawn in `STYLE`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - takes half a second
    from matplotlib.figure import Figure  # noqa: PLC0415

    logging.getLogger("matplotlib.font_manager").setLevel(logging.WARNING)  # it reports the fonts it finds
    figure = Figure(figsize=_size(chart), layout="constrained")
    FigureCanvasAgg(figure)
    if chart.parallel is not None:
        draw_parallel(figure, chart.parallel)
    else:
        across, down = _grid(chart)
        widths = [panel.width for panel in chart.panels[:across]]
        grid = figure.add_gridspec(down, across, width_ratios=widths)
        for index, panel in enumerate(chart.panels):
            _draw_panel(figure, grid[divmod(index, across)], panel)
    _draw_title(figure, _wrap(chart.title, figure, 1.0))
    if chart.notes:
        figure.supxlabel(_wrap("; ".join(chart.notes), figure, 1.35), fontsize=8, color="#555555")
    return figure


def _grid(chart: Chart) -> tuple[int, int]:
    """Panels in a row, and rows."""
    count = len(chart.panels)
    across = count if count <= MOST_IN_ROW else 2
    return across, math.ceil(count / across)


def _size(chart: Chart) -> tuple[float, float]:
    """Inches: wider for more panels, higher for more boxes or fields."""
    if chart.parallel is not None:
        return max(WIDTH, 1.8 * len(chart.parallel.axes)), 4.8
    rows = max((len(panel.y.categories) for panel in chart.panels), default=0)
    legend = max((len(panel.lines) for panel in chart.panels), default=0)
    across, down = _grid(chart)
    height = max(4.4 + 0.12 * legend, 1.6 + 0.34 * rows)
    height += 1.3 * any(panel.below is not None for panel in chart.panels)
    is_square = any(panel.has_diagonal for panel in chart.panels)
    height += 0.6 * is_square
    shrunk = 1.0 if down == 1 else 0.88 if is_square else 0.75
    is_narrow = all(panel.has_diagonal for panel in chart.panels)
    return max(WIDTH, (SQUARE_WIDTH if is_narrow else PANEL_WIDTH) * across), shrunk * height * down


def _wrap(text: str, figure: Figure, density: float) -> str:
    return "\n".join(wrap(text, int(figure.get_figwidth() * 12 * density)))


def _draw_panel(figure: Figure, spot: SubplotSpec, panel: Panel) -> None:
    """A panel in its spot, with the low one that belongs to it."""
    if panel.below is None:
        axes = figure.add_subplot(spot)
    else:
        halves = spot.subgridspec(2, 1, height_ratios=(1, BELOW))
        axes = figure.add_subplot(halves[0])
        low = figure.add_subplot(halves[1], sharex=axes)
        _fill_axes(low, panel.below)
        axes.tick_params(labelbottom=False)
        if panel.has_diagonal:
            axes.set_box_aspect(1)
            low.set_box_aspect(BELOW)
    titles = [crop(line, 3 * LONGEST_NAME) for line in panel.title.splitlines()]
    axes.set_title("\n".join("\n".join(wrap(line, LONGEST_NAME)) for line in titles))
    _fill_axes(axes, panel)


def _fill_axes(axes: Axes, panel: Panel) -> None:
    for line in panel.lines:
        _draw_line(axes, line)
    if panel.shaded is not None:
        intervals, name = panel.shaded
        for number, (low, high) in enumerate(intervals):
            axes.axvspan(low, high, color="0.93", zorder=0, label=name if number == 0 else None)
    if panel.heat is not None:
        _draw_heat(axes, panel.heat)
    elif panel.y.categories:
        _draw_boxes(axes, panel)
    _set_axis(axes, panel.x, "x")
    _set_axis(axes, panel.y, "y")


def _draw_line(axes: Axes, line: Line) -> None:
    is_reference = line.style == REFERENCE
    color = "#000000" if is_reference else COLORS[line.style]
    if line.low is not None and line.high is not None:
        axes.fill_between(line.x, line.low, line.high, color=color, alpha=0.15, linewidth=0)
    name = crop(line.name, LONGEST_NAME)
    look: dict[str, Any] = {
        "linestyle": "--" if is_reference else "-",
        "linewidth": 1.2 if is_reference else 1.6,
        "marker": MARKERS[line.style] if line.marks != "line" or len(line.x) == 1 else None,
        "markersize": 5,
    }
    if line.marks == "steps":
        look |= {"drawstyle": "steps-post", "marker": None}
    elif line.marks == "points":
        size, alpha = (4, 0.9) if len(line.x) <= FEW_POINTS else (2.5, 0.5)
        look = {"linestyle": "none", "marker": "o", "markersize": size, "alpha": alpha}
    elif line.marks == "star":
        look = {"linestyle": "none", "marker": "*", "markersize": 14, "markeredgecolor": "black", "zorder": 4}
    look |= {"alpha": FAINT} if line.is_faint else {}
    # Matplotlib leaves names that begin with an underscore out of legends.
    label = f"\u200b{name}" if name.startswith("_") else name
    axes.plot(line.x, line.y, color=color, label=label or None, **look)


def _draw_boxes(axes: Axes, panel: Panel) -> None:
    """With a point a run beside each box, and a line where the diverged ones lie."""
    dice = np.random.default_rng(0)
    for height, box in enumerate(panel.boxes):
        if box.ends is not None:
            names = ("whislo", "q1", "med", "q3", "whishi")
            axes.bxp(
                [dict(zip(names, box.ends, strict=True))],
                positions=[height],
                orientation="horizontal",
                widths=0.6,
                showfliers=False,
                medianprops={"color": COLORS[1], "linewidth": 1.8},
                zorder=3,
            )
        scattered = height + dice.uniform(-0.2, 0.2, len(box.points))
        axes.plot(box.points, scattered, "o", color=COLORS[0], alpha=0.45, markersize=3, zorder=2)
    if panel.diverged is not None:
        axes.axvline(panel.diverged, color=COLORS[-1], linewidth=1, linestyle=":", zorder=1)
        place = (panel.diverged, 1), (0, 2)
        axes.annotate(
            "diverged",
            *place,
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )


def _draw_heat(axes: Axes, heat: Heat) -> None:
    """Good values dark blue, bad ones yellow; a text in each field in black or white."""
    from matplotlib import colormaps  # noqa: PLC0415 - takes half a second

    axes.grid(visible=False)
    values = np.array(heat.numbers, dtype=float)
    colors = colormaps["cividis_r" if heat.is_high_best else "cividis"].with_extremes(bad=NO_VALUE)
    image = axes.imshow(values, aspect="auto", cmap=colors)
    axes.get_figure(root=True).colorbar(image, ax=axes, label=heat.label)  # type: ignore[union-attr]
    middle = (np.nanmin(values) + np.nanmax(values)) / 2 if np.isfinite(values).any() else 0.0
    inks = np.where(values > middle if heat.is_high_best else values < middle, "white", "black")
    for (row, column), text in np.ndenumerate(np.array(heat.texts, dtype=object)):
        axes.text(column, row, text, ha="center", va="center", color=inks[row, column], fontsize=9)


def _set_axis(axes: Axes, axis: Axis, name: str) -> None:
    from matplotlib.ticker import NullFormatter  # noqa: PLC0415 - takes half a second

    which, room = (axes.xaxis, MOST_LETTERS) if name == "x" else (axes.yaxis, MOST_LETTERS // 2)
    which.set_label_text("\n".join(fold(axis.label, room)))
    if axis.categories:
        _set_categories(axes, axis, name)
        return
    if axis.is_log:
        axes.set(**{f"{name}scale": "log"})
        which.set_minor_formatter(NullFormatter())
    if axis.limits is not None:
        axes.set(**{f"{name}lim": axis.limits})
    if axis.is_log or axis.ticks:
        most = MOST_BESIDE if name == "x" and _has_neighbours(axes) else MOST
        ticks = axis.ticks or ticks_of(*which.get_view_interval(), is_log=axis.is_log, most=most)
        which.set_ticks(ticks, [f"{tick:g}" for tick in ticks])


def _has_neighbours(axes: Axes) -> bool:
    """Whether panels stand beside each other."""
    spot = axes.get_subplotspec()
    return spot is not None and spot.get_topmost_subplotspec().get_gridspec().ncols > 1


def _set_categories(axes: Axes, axis: Axis, name: str) -> None:
    """Names along an axis: along y from the top down, long ones along x on the slant."""
    shown = [int(tick) for tick in axis.ticks] or list(range(len(axis.categories)))
    labels = [crop(axis.categories[at], LONGEST_NAME) or "''" for at in shown]
    if name == "x":
        is_long = max(map(len, labels)) * len(shown) > MOST_LETTERS
        slant: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if is_long else {}
        axes.set_xticks(shown, labels, **slant)
    else:
        axes.set_yticks(shown, labels)
        axes.set_ylim(len(axis.categories) - 0.5, -0.5)


def _draw_title(figure: Figure, title: str) -> None:
    """The title, and below it one legend for all panels, where it covers nothing."""
    handles: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    if len(handles) <= 1:
        figure.suptitle(title)
        return
    most = max(1, int(figure.get_figwidth() * 11 / (max(map(len, handles)) + 7)))
    columns = math.ceil(len(handles) / math.ceil(len(handles) / most))  # in rows of equal length
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=columns, title=title)
