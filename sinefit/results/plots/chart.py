"""A picture as data: what is drawn, whatever draws it; knows no table and no library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Okabe and Ito's colors, which color-blind people tell apart, in an order of falling contrast to white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#555555")
MOST_LINES = len(COLORS)
"""More lines than that cannot be told apart."""
REFERENCE = -1
"""The style of a line that others are compared with: black and dashed."""
NO_VALUE = "#d9d9d9"
"""The color of the fields of a heat map that have no number."""


@dataclass(frozen=True)
class Axis:
    """An axis.

    Attributes:
        label: its name, with the unit where there is one.
        is_log: whether it is logarithmic.
        categories: names of the positions 0, 1, 2, ...; none on an axis of numbers.
        ticks: the numbers, or positions of categories, that are labeled; none leaves them to the renderer.
        limits: where it begins and ends; None leaves them to the renderer.
    """

    label: str
    is_log: bool = False
    categories: tuple[str, ...] = ()
    ticks: tuple[float, ...] = ()
    limits: tuple[float, float] | None = None


@dataclass(frozen=True)
class Line:
    """A line or points, with a band around it where `low` and `high` are given; all lists of one length.

    Attributes:
        name: in the legend; none if empty.
        x: ascending, or positions of categories.
        y: values; nan leaves a gap.
        style: which color and marker, counted from 0; or `REFERENCE`.
        low: where the band begins; nan where there is none.
        high: where it ends.
        marks: what stands for the values; a line of a single value is a point, but for ``steps``, which keep
            a value until the next one, and for ``star``, a single point that stands out.
        is_faint: whether it stays behind what is drawn with it.
    """

    name: str
    x: list[float]
    y: list[float]
    style: int
    low: list[float] | None = None
    high: list[float] | None = None
    marks: Literal["line", "points", "line and points", "steps", "star"] = "line"
    is_faint: bool = False


@dataclass(frozen=True)
class Box:
    """The values of a group as a lying box; diverged runs lie at the axis' end, `Panel.diverged`.

    Attributes:
        points: the runs' values, ascending.
        ends: where the lower whisker, the box, its median, the box again and the upper whisker end; none for
            a single value.
    """

    points: list[float]
    ends: tuple[float, float, float, float, float] | None


@dataclass(frozen=True)
class Heat:
    """Numbers on a grid of categories, with a text in each field; all lists row by row of the y axis.

    Attributes:
        numbers: what colors a field; nan leaves it gray.
        texts: what is written in it.
        label: of the colors.
        is_high_best: whether high values are the good ones, which are dark.
    """

    numbers: list[list[float]]
    texts: list[list[str]]
    label: str
    is_high_best: bool = False


@dataclass(frozen=True)
class Panel:
    """What is drawn between two axes.

    Attributes:
        title: above it.
        x: the horizontal axis.
        y: the vertical one.
        lines: drawn in this order.
        boxes: of the categories of the y axis.
        diverged: where on the x axis diverged runs are drawn, as infinitely bad ones; None if there are none.
        heat: the fields of a heat map.
        shaded: intervals of x with a gray background, and their name in the legend.
        width: relative to other panels in the row.
        below: a low panel with the same x axis; None if there is none.
        has_diagonal: whether predictions are drawn against what was measured, rather than against inputs.
    """

    title: str
    x: Axis
    y: Axis
    lines: tuple[Line, ...] = ()
    boxes: tuple[Box, ...] = ()
    diverged: float | None = None
    heat: Heat | None = None
    shaded: tuple[tuple[tuple[float, float], ...], str] | None = None
    width: float = 1.0
    below: Panel | None = None
    has_diagonal: bool = False


@dataclass(frozen=True)
class Parallel:
    """Parallel coordinates: a line a run over upright axes, colored by the last of them.

    Attributes:
        axes: from left to right.
        runs: for each axis a value a run: a number or the position of a category; nan where it has none.
        is_high_best: whether high values of the last are the good ones, which are dark and drawn on top.
        is_pruned: for each run, whether it stays behind the others, without a color; none if empty.
    """

    axes: tuple[Axis, ...]
    runs: tuple[list[float], ...]
    is_high_best: bool = False
    is_pruned: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A whole picture.

    Attributes:
        title: above it.
        panels: side by side; none if it is parallel coordinates.
        parallel: those.
        notes: below it: what was left out, and what bands and boxes are.
    """

    title: str
    panels: tuple[Panel, ...] = ()
    parallel: Parallel | None = None
    notes: tuple[str, ...] = ()
