"""``sinefit-results plot``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sinefit.cli import options
from sinefit.cli.parsing import split_names
from sinefit.cli.reading import read_rows
from sinefit.cli.writing import write_file
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from sinefit.results.plots.chart import Chart


class Kind(StrEnum):
    """What is drawn."""

    CURVES = "curves"
    HEATMAP = "heatmap"
    LINES = "lines"
    BOX = "box"
    PARALLEL = "parallel"
    FITS = "fits"
    SPECTRUM = "spectrum"


ENDINGS = (".png", ".svg", ".html")


def plot(
    paths: options.Paths = None,
    *,
    kind: Annotated[Kind, typer.Option(help="What to draw.")] = Kind.CURVES,
    output: Annotated[
        Path | None,
        typer.Option(help="FILE.png, .svg or .html (interactive); KIND.png if not given.", metavar="FILE"),
    ] = None,
    metric: Annotated[
        str, typer.Option(help="What is shown; several, with commas, are panels.", metavar="NAME")
    ] = "rmse",
    x: Annotated[
        str | None, typer.Option(help="The setting along x, for lines and heatmap.", metavar="KEY")
    ] = None,
    y: Annotated[str | None, typer.Option(help="The setting along y, for heatmap.", metavar="KEY")] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="A line, box or panel for each combination of these; all swept settings, if not given.",
            metavar="A,B",
        ),
    ] = None,
    where: options.Where = None,
) -> None:
    """A picture of a table.

    curves: the loss over the epochs; heatmap: a metric over two settings; lines: a metric against a setting;
    box: its distribution; parallel: all settings and the metric, a line a run; fits: the best, the median
    and the worst fit over the function; spectrum: what runs with probe=spectrum learned of each frequency.

    Examples:
    * `sinefit-results plot --kind curves --by optimizer --output curves.png`

    * `sinefit-results plot DIR --kind heatmap --x optimizer.lr --y optimizer --output rmse.html`
    """
    # Help answers without pandas.
    from sinefit.results.plots import draw, join_charts  # noqa: PLC0415
    from sinefit.results.plots.request import Request  # noqa: PLC0415

    file = output or Path(f"{kind.value}.png")
    if file.suffix.lower() not in ENDINGS:
        msg = f"--output {file}: the ending must be one of {', '.join(ENDINGS)}"
        raise SinefitError(msg)
    table = read_rows(paths, where)
    groups = tuple(split_names(by))
    charts = [draw(kind.value, Request(table, name, x, y, groups)) for name in split_names(metric)]
    write_file(file, _render(join_charts(charts), file.suffix.lower()))


def _render(chart: Chart, ending: str) -> bytes:
    if ending == ".html":
        from sinefit.results.page import render_chart  # noqa: PLC0415 - loads plotly

        return render_chart(chart)
    from sinefit.results.plots.static import render_static  # noqa: PLC0415 - loads matplotlib

    return render_static(chart, ending.removeprefix("."))
