"""``sinefit-results plot``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sinefit.cli import options
from sinefit.cli.parsing import split_names
from sinefit.cli.reading import choose_metric, read_rows
from sinefit.cli.writing import check_output, write_file
from sinefit.results.picture_files import ENDINGS, render_picture
from sinefit.results.plots.kinds import KINDS, draw, find_kind, join_charts, kinds_with

KIND_HELP = "; ".join(f"{name}: {kind.shows}" for name, kind in KINDS.items())


def plot(
    paths: options.Paths = None,
    *,
    kind: Annotated[
        str,
        typer.Option(
            help=f"What to draw. {KIND_HELP}.",
            metavar="KIND",
            autocompletion=lambda: list(KINDS),
        ),
    ] = "curves",
    output: Annotated[
        Path | None,
        typer.Option(help="FILE.png, .svg or .html (interactive); KIND.png if not given.", metavar="FILE"),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="What is shown; several, with commas, are panels; the runs' objective, if not given.",
            metavar="NAME",
        ),
    ] = None,
    x: Annotated[
        str | None, typer.Option(help=f"The setting along x, for {kinds_with('x')}.", metavar="KEY")
    ] = None,
    y: Annotated[
        str | None, typer.Option(help=f"The setting along y, for {kinds_with('y')}.", metavar="KEY")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="A line, box or panel for each combination of these; all swept settings, if not given. "
            f"For {kinds_with('by')}.",
            metavar="A,B",
        ),
    ] = None,
    where: options.Where = None,
) -> None:
    """A picture of a table.

    Examples:
    * `sinefit-results plot --kind curves --by optimizer --output curves.png`

    * `sinefit-results plot DIR --kind heatmap --x optimizer.lr --y optimizer --output rmse.html`
    """
    find_kind(kind)  # before anything is read
    file = output or Path(f"{kind}.png")
    check_output(file, ENDINGS)
    table = read_rows(paths, where)
    from sinefit.results.plots.request import Request  # noqa: PLC0415 - help answers without pandas

    groups = tuple(split_names(by))
    names = split_names(choose_metric(table, metric))
    charts = [draw(kind, Request(table, name, x, y, groups)) for name in names]
    write_file(file, render_picture(join_charts(charts), file.suffix.lower()))
