"""The one table of kinds of pictures; the command, its help and the report read it.

A kind of one's own is one more entry: ``KINDS[name] = Kind("what it shows", draw)``. Loads no pandas.
"""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Literal

from sinefit.errors import SinefitError, plural
from sinefit.results.plots.chart import Chart

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sinefit.results.plots.request import Request


@dataclass(frozen=True)
class Kind:
    """A kind of picture.

    Attributes:
        shows: what is seen, in a few words.
        draw: the function from a request to its chart, or its path, ``module:function``, which is imported
            when the picture is drawn.
        options: those of ``x``, ``y`` and ``by`` that it takes; all kinds take ``metric``.
        num_settings: how many swept settings it needs.
        suits: what the report draws it of: ``grids``, where no numbers were drawn; ``searches``, where not
            all combinations of values were run; or ``all``.
    """

    shows: str
    draw: Callable[[Request], Chart] | str
    options: tuple[str, ...] = ()
    num_settings: int = 0
    suits: Literal["all", "grids", "searches"] = "all"


_HERE = __name__.rpartition(".")[0]
KINDS = {
    "curves": Kind("the loss over the epochs", f"{_HERE}.curves:draw_curves", ("by",)),
    "spectrum": Kind("what probe=spectrum saw of each frequency", f"{_HERE}.spectrum:draw_spectrum", ("by",)),
    "lines": Kind("a metric against a setting", f"{_HERE}.lines:draw_lines", ("x", "by"), 1, "grids"),
    "heatmap": Kind("a metric over two settings", f"{_HERE}.heatmap:draw_heatmap", ("x", "y"), 2),
    "box": Kind("the distribution of a metric", f"{_HERE}.box:draw_box", ("by",), suits="grids"),
    "parallel": Kind("all settings, a line a run", f"{_HERE}.parallel:draw_parallel", ("by",), 1),
    "fits": Kind("the best, the median and the worst fit", f"{_HERE}.fits:draw_fits", ("by",)),
    "best": Kind(
        "the best so far against the number of jobs",
        f"{_HERE}.best_so_far:draw_best",
        ("by",),
        suits="searches",
    ),
    "slices": Kind(
        "a metric against each setting, a point a run",
        f"{_HERE}.slices:draw_slices",
        ("by",),
        1,
        suits="searches",
    ),
    "front": Kind("both objectives and their front", f"{_HERE}.front:draw_front", (), 1, "searches"),
}
"""All kinds by name."""


def find_kind(name: str) -> Kind:
    """The kind of that name.

    Raises:
        SinefitError: if there is none.
    """
    if name not in KINDS:
        msg = f"there is no kind of picture {name!r}; type one of {', '.join(KINDS)}"
        raise SinefitError(msg)
    return KINDS[name]


def kinds_with(option: str) -> str:
    """The names of the kinds that take an option, with commas."""
    return ", ".join(name for name, kind in KINDS.items() if option in kind.options)


def draw(name: str, request: Request) -> Chart:
    """Draw a picture of a table.

    Args:
        name: of the kind.
        request: what is to be shown of which table.

    Raises:
        SinefitError: if there is no such kind, it does not take one of the options, or the table does not
            hold what it needs.
    """
    kind = find_kind(name)
    given = {option: getattr(request, option) for option in ("x", "y", "by") if getattr(request, option)}
    for option in given:
        if option not in kind.options:
            msg = f"--kind {name} takes no --{option}; it is for {kinds_with(option)}"
            raise SinefitError(msg)
    named = [given[option] for option in ("x", "y") if option in given]
    if len({*request.keys, *named, *request.by}) < kind.num_settings:
        others = ", ".join(other for other in KINDS if not KINDS[other].num_settings)
        msg = (
            f"{name} needs {plural(kind.num_settings, 'swept setting')}, the table has"
            f" {', '.join(request.keys) or 'none'}; {others} need none"
        )
        raise SinefitError(msg)
    function = resolve_name(kind.draw) if isinstance(kind.draw, str) else kind.draw
    chart: Chart = function(request)
    return chart


def join_charts(charts: Sequence[Chart]) -> Chart:
    """The panels of several pictures side by side in one.

    Raises:
        SinefitError: if there is none, or if they have no panels.
    """
    if len(charts) == 1:
        return charts[0]
    if not charts or any(chart.parallel is not None for chart in charts):
        msg = "parallel coordinates take one metric; type for example --metric rmse"
        raise SinefitError(msg)
    return Chart(
        title="; ".join(dict.fromkeys(chart.title for chart in charts)),
        panels=tuple(panel for chart in charts for panel in chart.panels),
        notes=tuple(dict.fromkeys(note for chart in charts for note in chart.notes)),
    )
