"""A `Chart` as plotly figures: plain dictionaries, as plotly.js takes them; loads no library.

Plotly reads text as a kind of HTML; whatever comes from a table is escaped here.
"""

from __future__ import annotations

import math
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sinefit.results.plots.chart import COLORS, NO_VALUE, REFERENCE
from sinefit.results.plots.ticks import MOST, MOST_BESIDE, place_along, ticks_of
from sinefit.results.text import crop, tell_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.results.plots.chart import Axis, Chart, Heat, Line, Panel, Parallel

    Figure = dict[str, Any]

DIGITS = 5
LONGEST = 16
"""Letters of a name beside an upright axis."""
LONGEST_CATEGORY = 60
"""Letters of the name of an axis, a group or a field."""
LONGEST_LABEL = 26
"""Letters of the name of an upright axis."""
LETTER = 7
"""Pixels of a letter, at most."""
SCALE_WIDTH = 90
"""Pixels that an upright axis needs, if its name does not need more."""
NARROW_SCALE = 66
"""The same on a phone, where the names of axes stand aslant."""
MARKERS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x")
MODES = {
    "line": "lines",
    "points": "markers",
    "line and points": "lines+markers",
    "steps": "lines",
    "star": "markers",
}
FAINT = 0.55
"""How opaque is what stays behind the rest."""
REFERENCE_COLOR = "#888888"
"""The page's program takes the theme's color of text instead."""
_COLORS = ((0.0, "#00224e"), (0.5, "#666970"), (1.0, "#c8b866"))
PARALLEL_COLORS = list(map(list, _COLORS))
"""Cividis, short of a yellow that vanishes on white; the page's program has one for the dark theme."""
PRUNED_AT, PRUNED_COLOR = 1.25, "#e4e4e4"
"""Where pruned runs stand on the scale of colors, beyond the worst of the others, and their color."""
SHADE = "#8888881f"
"""Of what is shaded, on a light page and a dark one."""
SQUARE_HEIGHT, SQUARE_HEIGHT_WITH_BELOW = 380, 520
"""Pixels of a figure with equal units along both axes, by itself and with a low panel."""
JITTER = (0.0, -0.16, 0.12, -0.08, 0.18, 0.04, -0.2, 0.08, -0.12, 0.16, -0.04, 0.2)
"""How far points stand from the middle of their box, in turn."""
MARGINS = {"t": 40, "r": 15, "b": 50, "l": 60}
"""Pixels around the axes; above them is room for the tool bar."""


def describe_panels(chart: Chart) -> list[tuple[str, Figure]]:
    """A heading and a figure ``{"data": [...], "layout": {...}}`` for each panel, as plotly.js takes them.

    ``layout["meta"]`` says how many pixels the figure needs, on a wide page and on a narrow one, if it needs
    many, and whether it names positions along the y axis.
    """
    if chart.parallel is not None:
        layout = {"margin": {"t": 70, "b": 30, "l": 120, "r": 90}, "height": 440}
        longest = min(LONGEST_LABEL, max(len(axis.label) for axis in chart.parallel.axes))
        count = len(chart.parallel.axes)
        layout["meta"] = {"wide": max(SCALE_WIDTH, LETTER * longest) * count, "narrow": NARROW_SCALE * count}
        return [("", {"data": [_parallel(chart.parallel)], "layout": layout})]
    return [(panel.title, _panel(panel)) for panel in chart.panels]


def shorten_numbers(values: Sequence[float | None], digits: int = DIGITS) -> list[float | None]:
    """Numbers with few digits, so that pages stay small.

    Args:
        values: (N,); None, nan and infinity become None, a gap.
        digits: how many are kept.
    """
    return [
        float(f"{value:.{digits}g}") if value is not None and math.isfinite(value) else None
        for value in values
    ]


def log_ticks(values: Sequence[float | None], most: int = MOST) -> list[float]:
    """Round numbers along a logarithmic axis that shows these values; none if no value is positive.

    Args:
        values: those that are no positive numbers do not count.
        most: how many ticks.
    """
    drawn = [value for value in values if value is not None and math.isfinite(value) and value > 0]
    return ticks_of(min(drawn) / 1.1, max(drawn) * 1.1, is_log=True, most=most) if drawn else []


def _panel(panel: Panel) -> Figure:
    data: list[Figure] = [trace for line in panel.lines for trace in _line(line)]
    boxes = [x for box in panel.boxes for x in box.points]
    layout: Figure = {
        "xaxis": _axis(panel.x, [x for line in panel.lines for x in line.x] or boxes, MOST_BESIDE),
        "yaxis": _axis(panel.y, [y for line in panel.lines for y in (*line.y, *(line.low or ()))]),
        "margin": MARGINS,
        "showlegend": len(panel.lines) > 1,
        "legend": {"orientation": "h", "yref": "container", "yanchor": "bottom", "y": 0, "x": 0},
        "shapes": _shade(panel, "paper"),
    }
    if panel.has_diagonal:
        _make_square(panel, layout)
    if panel.y.categories:
        layout["meta"] = {"has_names": True}
        layout["yaxis"]["range"] = [len(panel.y.categories) - 0.5, -0.5]  # also where nothing is drawn
    if panel.heat is not None:
        data.append(_heat(panel.heat, panel))
        for axis in ("xaxis", "yaxis"):
            layout[axis] |= {"showgrid": False, "zeroline": False}
        layout["plot_bgcolor"] = NO_VALUE
    elif panel.y.categories:
        data += _boxes(panel)
        layout["height"] = max(300, 110 + 30 * len(panel.boxes))
        layout |= _mark_diverged(panel)
    elif panel.below is not None:
        data += _add_below(panel.below, layout)
    return {"data": data, "layout": layout}


def _make_square(panel: Panel, layout: Figure) -> None:
    """Equal units along both axes, so that the diagonal goes halfway between them."""
    layout["height"] = SQUARE_HEIGHT if panel.below is None else SQUARE_HEIGHT_WITH_BELOW
    layout["xaxis"]["constrain"] = "domain"
    layout["yaxis"] |= {"constrain": "domain", "scaleanchor": "x"}


def _shade(panel: Panel, height: str) -> list[Figure]:
    """The shaded intervals of a panel, each over its whole height."""
    drawn: Figure = {"type": "rect", "layer": "below", "line": {"width": 0}, "fillcolor": SHADE}
    along = {"yref": height, "y0": 0, "y1": 1}
    return [drawn | along | {"x0": low, "x1": high} for low, high in (panel.shaded or ((), ""))[0]]


def _add_below(panel: Panel, layout: Figure) -> list[Figure]:
    """The traces of a low panel with the same x axis, for which a layout makes room."""
    lines = [y for line in panel.lines for y in line.y]
    layout["xaxis"] |= {"matches": "x2", "showticklabels": False}
    layout["yaxis"]["domain"] = [0.36, 1]
    layout["xaxis2"] = _axis(panel.x, []) | {"anchor": "y2"}
    layout["yaxis2"] = _axis(panel.y, lines) | {"domain": [0, 0.26]}
    traces = [trace for line in panel.lines for trace in _line(line)]
    return [trace | {"xaxis": "x2", "yaxis": "y2", "showlegend": False} for trace in traces]


def _mark_diverged(panel: Panel) -> Figure:
    """A dotted line where diverged runs are drawn, with its name above."""
    if panel.diverged is None:
        return {}
    place = math.log10(panel.diverged) if panel.x.is_log else panel.diverged
    line = {"color": REFERENCE_COLOR, "width": 1, "dash": "dot"}
    across = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "line": line}
    is_last = all(x <= panel.diverged for box in panel.boxes for x in box.points)
    side = {"xanchor": "right", "xshift": -3} if is_last else {"xanchor": "left", "xshift": 3}
    text = side | {
        "text": "diverged",
        "showarrow": False,
        "yref": "paper",
        "y": 1,
        "yanchor": "top",
        "x": place,
    }
    return {"shapes": [across | {"x0": panel.diverged, "x1": panel.diverged}], "annotations": [text]}


def _axis(axis: Axis, numbers: Sequence[float], most: int = MOST) -> Figure:
    """An axis; a logarithmic one has round numbers along what is drawn.

    Args:
        axis: as of the chart.
        numbers: that are drawn along it.
        most: how many round numbers.
    """
    described: Figure = {
        "title": {"text": escape(crop(axis.label, LONGEST_CATEGORY)), "standoff": 12},
        "automargin": True,
    }
    if axis.categories:
        indices = [int(tick) for tick in axis.ticks] or list(range(len(axis.categories)))
        names = [escape(crop(axis.categories[index], LONGEST_CATEGORY)) for index in indices]
        return described | {"tickmode": "array", "tickvals": indices, "ticktext": names}
    if axis.is_log:
        described["type"] = "log"
    if axis.limits is not None:
        described["range"] = [math.log10(end) for end in axis.limits] if axis.is_log else list(axis.limits)
    ticks = list(axis.ticks) or (log_ticks(numbers, most) if axis.is_log else [])
    if not ticks:
        return described | {"exponentformat": "e"}
    return described | {"tickmode": "array", "tickvals": ticks, "ticktext": [f"{t:g}" for t in ticks]}


def _line(line: Line) -> list[Figure]:
    """The band, as closed outlines, and the line over it; both follow one entry of the legend."""
    is_reference = line.style == REFERENCE
    color = REFERENCE_COLOR if is_reference else COLORS[line.style]
    shared: Figure = {"type": "scatter", "legendgroup": escape(line.name)}
    traces = [
        shared
        | {
            "x": [x for x, _, _ in ends] + [x for x, _, _ in reversed(ends)],
            "y": shorten_numbers([low for _, low, _ in ends] + [high for _, _, high in reversed(ends)]),
            "fill": "toself",
            "fillcolor": f"{color}26",
            "line": {"width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
            "mode": "lines",
        }
        for ends in _bands(line)
    ]
    described = shared | {
        "x": shorten_numbers(line.x),
        "y": shorten_numbers(line.y),
        "name": escape(line.name),
        "mode": MODES[line.marks] if len(line.x) > 1 or line.marks == "steps" else "markers",
        "line": {"color": color, "width": 2, "dash": "dash" if is_reference else "solid"},
        "marker": {"color": color, "symbol": MARKERS[line.style] if line.marks != "points" else "circle"},
    }
    if line.marks == "steps":
        described["line"]["shape"] = "hv"
    elif line.marks == "star":
        described["marker"] |= {"symbol": "star", "size": 15, "line": {"color": "#000000", "width": 1}}
    return [*traces, described | ({"opacity": FAINT} if line.is_faint else {})]


def _bands(line: Line) -> list[list[tuple[float, float, float]]]:
    """The parts of a band between its gaps: x, low, high."""
    if line.low is None or line.high is None:
        return []
    rows = zip(line.x, line.low, line.high, strict=True)
    parts = groupby(rows, key=lambda row: math.isnan(row[1] + row[2]))
    return [list(part) for is_gap, part in parts if not is_gap]


def _heat(heat: Heat, panel: Panel) -> Figure:
    return {
        "type": "heatmap",
        "z": [shorten_numbers(row) for row in heat.numbers],
        "text": [[text.replace("\n", "<br>") for text in row] for row in heat.texts],
        "texttemplate": "%{text}",
        "x": list(range(len(panel.x.categories))),
        "y": list(range(len(panel.y.categories))),
        "colorscale": "Cividis",
        "reversescale": heat.is_high_best,
        "colorbar": {"title": {"text": escape(heat.label), "side": "right"}},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _boxes(panel: Panel) -> list[Figure]:
    """Boxes as they were computed, and the runs as points beside them."""
    color = {"line": {"color": REFERENCE_COLOR, "width": 1.2}, "fillcolor": "rgba(0,0,0,0)"}
    fixed: Figure = {"type": "box", "orientation": "h", "hoverinfo": "x", "showlegend": False}
    names = ("lowerfence", "q1", "median", "q3", "upperfence")
    boxes = [
        fixed | color | {"y": [at]} | {name: [end] for name, end in zip(names, box.ends, strict=True)}
        for at, box in enumerate(panel.boxes)
        if box.ends is not None
    ]
    points = [
        (x, at + JITTER[k % len(JITTER)])
        for at, box in enumerate(panel.boxes)
        for k, x in enumerate(box.points)
    ]
    x, y = map(list, zip(*points, strict=True)) if points else ([], [])
    marker = {"color": COLORS[4], "size": 5, "opacity": 0.7}
    runs = {"type": "scatter", "mode": "markers", "x": shorten_numbers(x), "y": y, "marker": marker}
    return [*boxes, runs | {"hovertemplate": "%{x}<extra></extra>", "showlegend": False}]


def _parallel(parallel: Parallel) -> Figure:
    """Logarithmic scales hold logarithms with the numbers themselves written on them."""
    dimensions = []
    for axis, values in zip(parallel.axes, parallel.runs, strict=True):
        runs, labels = place_along(axis, values)
        # The labels are the one text that plotly shows as it is, so that they are not escaped.
        names = tell_apart(list(labels.values()), LONGEST)
        described = {"label": escape(crop(axis.label, LONGEST_LABEL)), "values": shorten_numbers(runs)}
        dimensions.append({**described, "tickvals": list(labels), "ticktext": names})
    last: Any = dimensions[-1]["values"]
    line: Figure = {"color": last, "reversescale": parallel.is_high_best, "colorscale": PARALLEL_COLORS}
    line |= _color_with_pruned(last, parallel) if parallel.is_pruned else {}
    return {"type": "parcoords", "dimensions": dimensions, "line": line | {"showscale": False}}


def _color_with_pruned(values: Sequence[float], parallel: Parallel) -> Figure:
    """The colors of runs from 0, the best, to 1; those of pruned runs are beyond all others.

    Args:
        values: of each run, along the last axis.
        parallel: says which runs were pruned.
    """
    counted = [value for value, is_pruned in zip(values, parallel.is_pruned, strict=True) if not is_pruned]
    low, high = min(counted), max(counted)
    shares = [(value - low) / ((high - low) or 1.0) for value in values]
    badness = [1 - share if parallel.is_high_best else share for share in shares]
    colors: list[float | None] = [
        PRUNED_AT if pruned else bad for bad, pruned in zip(badness, parallel.is_pruned, strict=True)
    ]
    scale: list[list[object]] = [[at / PRUNED_AT, color] for at, color in _COLORS]
    beyond = [[1 / PRUNED_AT, PRUNED_COLOR], [1.0, PRUNED_COLOR]]
    limits = {"cmin": 0, "cmax": PRUNED_AT, "reversescale": False}
    return limits | {"color": shorten_numbers(colors), "colorscale": [*scale, *beyond]}
