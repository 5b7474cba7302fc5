"""``sinefit-results report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.reading import choose_metric, read_rows
from sinefit.cli.writing import check_output, write_file
from sinefit.errors import plural


def report(
    paths: options.Paths = None,
    *,
    output: Annotated[Path, typer.Option(help="Where to write the page.", metavar="FILE.html")] = Path(
        "report.html"
    ),
    metric: options.Metric = None,
    title: Annotated[
        str | None, typer.Option(help="What stands above it; what was swept, if not given.", metavar="TEXT")
    ] = None,
    where: options.Where = None,
) -> None:
    """A page to look at and to send: one HTML file that needs no network.

    What was swept, the best settings, summary, importance and comparisons, interactive pictures, fits,
    failures, and every run with its settings, its curve, its fit and the command that trains it again.
    With several folders the first is compared with each of the others.

    Examples:
    * the newest sweep: `sinefit-results report`

    * two sweeps against each other: `sinefit-results report DIR_A DIR_B --output report.html`
    """
    from sinefit.results.report import render_report  # noqa: PLC0415 - help answers without pandas

    check_output(output, (".html", ".htm"))
    with Console(stderr=True).status("reading the runs"):
        table = read_rows(paths, where)
        several = paths if paths is not None and len(paths) > 1 else []
        sides = [(path, read_rows([path], where)) for path in several]
    metric = choose_metric(table, metric)
    with Console(stderr=True).status(f"making the page of {plural(len(table), 'run')}"):
        page = render_report(table, title, metric, sides)
    write_file(output, page.encode())
