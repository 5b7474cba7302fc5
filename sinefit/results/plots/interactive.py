"""A `Chart` as plotly figures: plain dictionaries, as plotly.js takes them; loads no library.

Plotly reads text as a kind of HTML; whatever comes from a table is escaped here.
"""

from __future__ import annotations

import math
from html import escape
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from sinefit.results.cells import crop_values
from sinefit.results.plots.chart import COLOURS, REFERENCE
from sinefit.results.plots.ticks import scale_ticks, ticks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.results.plots.chart import Axis, Chart, Heat, Line, Panel, Parallel

    Figure = dict[str, Any]

DIGITS = 5
LONGEST = 14
"""Letters of a name beside an upright axis."""
LONGEST_CATEGORY = 60
"""Letters of a group's or a field's name."""
LETTER = 7
"""Pixels of a letter, at most."""
SCALE_WIDTH = 130
"""Pixels that an upright axis needs, if its name does not need more."""
PLOT_WIDTH = 260
"""Pixels that are left for boxes and fields beside long names, on a phone too."""
NOTHING = "rgba(128, 128, 128, 0.3)"
"""The colour of fields of a heat map without a number."""
MARKERS = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x")


def describe_panels(chart: Chart) -> list[tuple[str, Figure]]:
    """A heading and a figure ``{"data": [...], "layout": {...}}`` for each panel, as plotly.js takes them."""
    if chart.parallel is not None:
        layout = {"margin": {"t": 60, "b": 30, "l": 110, "r": 60}, "height": 420}
        longest = max(len(scale.axis.label) for scale in chart.parallel.scales)
        width = max(SCALE_WIDTH, LETTER * longest) * len(chart.parallel.scales)
        layout["meta"] = {"min_width": width}
        return [("", {"data": [_parallel(chart.parallel)], "layout": layout})]
    return [(panel.title, _panel(panel)) for panel in chart.panels]


def _panel(panel: Panel) -> Figure:
    data: list[Figure] = [trace for line in panel.lines for trace in _line(line)]
    layout: Figure = {
        "xaxis": _axis(panel.x, [x for line in panel.lines for x in line.x] or list(chain(*panel.boxes))),
        "yaxis": _axis(panel.y, [y for line in panel.lines for y in (*line.y, *(line.low or ()))]),
        "margin": {"t": 15, "r": 15, "b": 50, "l": 60},
        "showlegend": len(panel.lines) > 1,
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    }
    if panel.y.categories:
        longest = min(LONGEST_CATEGORY, max(map(len, panel.y.categories)))
        layout["meta"] = {"min_width": PLOT_WIDTH + LETTER * longest}
    if panel.heat is not None:
        data.append(_heat(panel.heat, panel))
        layout["yaxis"] |= {"autorange": "reversed", "showgrid": False}
        layout["xaxis"]["showgrid"] = False
        layout["plot_bgcolor"] = NOTHING
    elif panel.y.categories:
        data += _boxes(panel)
        layout["yaxis"]["autorange"] = "reversed"
        layout["height"] = max(300, 110 + 30 * len(panel.boxes))
    return {"data": data, "layout": layout}


def _axis(axis: Axis, numbers: Sequence[float]) -> Figure:
    """An axis; a logarithmic one has round numbers along what is drawn."""
    described: Figure = {"title": {"text": escape(axis.label), "standoff": 12}, "automargin": True}
    if axis.categories:
        places = [int(tick) for tick in axis.ticks] or list(range(len(axis.categories)))
        names = [escape(crop_values([axis.categories[place]], LONGEST_CATEGORY)[0]) for place in places]
        return described | {"tickmode": "array", "tickvals": places, "ticktext": names}
    drawn = [number for number in numbers if math.isfinite(number) and number > 0]
    ticks = list(axis.ticks)
    if axis.is_log and drawn:
        ticks = ticks or ticks_of(min(drawn) / 2, max(drawn) * 2, is_log=True)
    kind = {"type": "log"} if axis.is_log else {}
    if not ticks:
        return described | kind | {"exponentformat": "e"}
    return described | kind | {"tickmode": "array", "tickvals": ticks, "ticktext": [f"{t:g}" for t in ticks]}


def _line(line: Line) -> list[Figure]:
    """The band, as a closed outline, and the line over it; both follow one entry of the legend."""
    is_reference = line.style == REFERENCE
    colour = "#888888" if is_reference else COLOURS[line.style]
    name = escape(line.name)
    traces: list[Figure] = []
    traces += [
        {
            "type": "scatter",
            "x": [x for x, _, _ in ends] + [x for x, _, _ in reversed(ends)],
            "y": _short([low for _, low, _ in ends] + [high for _, _, high in reversed(ends)]),
            "fill": "toself",
            "fillcolor": f"{colour}26",
            "line": {"width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
            "legendgroup": name,
            "mode": "lines",
        }
        for ends in _bands(line)
    ]
    traces.append(
        {
            "type": "scatter",
            "x": _short(line.x),
            "y": _short(line.y),
            "name": name,
            "legendgroup": name,
            "reference": is_reference,
            "mode": "lines+markers" if line.has_markers else "lines",
            "line": {"color": colour, "width": 2, "dash": "dash" if is_reference else "solid"},
            "marker": {"symbol": MARKERS[line.style]},
        }
    )
    return traces


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
        "z": [_short(row) for row in heat.colours],
        "text": heat.texts,
        "texttemplate": "%{text}",
        "x": list(range(len(panel.x.categories))),
        "y": list(range(len(panel.y.categories))),
        "colorscale": "Cividis",
        "reversescale": heat.is_high_best,
        "colorbar": {"title": {"text": escape(heat.label), "side": "right"}},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _boxes(panel: Panel) -> list[Figure]:
    return [
        {
            "type": "box",
            "x": _short(values),
            "y": [position] * len(values),
            "name": escape(name),
            "orientation": "h",
            "boxpoints": "all",
            "pointpos": 0,
            "jitter": 0.5,
            "marker": {"color": COLOURS[0], "size": 4, "opacity": 0.5},
            "line": {"color": "#777777", "width": 1.2},
            "fillcolor": "rgba(0,0,0,0)",
            "showlegend": False,
        }
        for position, (name, values) in enumerate(zip(panel.y.categories, panel.boxes, strict=True))
    ]


def _parallel(parallel: Parallel) -> Figure:
    """Logarithmic scales hold logarithms with the numbers themselves written on them."""
    dimensions = []
    for scale in parallel.scales:
        values = [math.log10(v) for v in scale.runs] if scale.axis.is_log else scale.runs
        dimension: Figure = {"label": escape(scale.axis.label), "values": _short(values)}
        ticks = scale_ticks(scale)
        cropped = [name if len(name) <= LONGEST else f"{name[:LONGEST]}..." for name in scale.axis.categories]
        names = cropped or [f"{tick:g}" for tick in ticks]  # the one text that plotly shows as it is
        places = [math.log10(tick) for tick in ticks] if scale.axis.is_log else ticks
        dimension |= {"tickvals": places, "ticktext": names}
        dimensions.append(dimension)
    colour = dimensions[-1]["values"]
    return {
        "type": "parcoords",
        "dimensions": dimensions,
        "line": {
            "color": colour,
            "colorscale": "Cividis",
            "reversescale": parallel.is_high_best,
            "showscale": False,
        },
    }


def _short(values: Sequence[float]) -> list[float | None]:
    """Numbers with a few digits, so that pages stay small; None where there is none."""
    return [float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None for value in values]
