"""``sinefit-results best``."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.parsing import split_names
from sinefit.cli.reading import choose_metric, read_rows
from sinefit.results.sentences import say


def best(
    paths: options.Paths = None,
    *,
    metric: options.Metric = None,
    by: Annotated[
        str | None,
        typer.Option(help="The best run for each value of these columns, as a table.", metavar="A,B"),
    ] = None,
    where: options.Where = None,
) -> None:
    """The best run: its settings, its metrics, its folder, and the command that trains it again.

    Examples:
    * of the newest sweep: `sinefit-results best --metric rmse`

    * for each optimizer: `sinefit-results best 'outputs/sweeps/**' --by optimizer`
    """
    # Help answers without pandas.
    from sinefit.results.best import best_rows  # noqa: PLC0415
    from sinefit.results.display import print_table  # noqa: PLC0415
    from sinefit.results.one_run import print_run  # noqa: PLC0415
    from sinefit.results.statistics.metric import count_once  # noqa: PLC0415

    keys = split_names(by)
    candidates, notes = count_once(read_rows(paths, where))
    metric = choose_metric(candidates, metric)
    rows = best_rows(candidates, metric, keys)
    if keys:
        print_table(rows, Console(), metric)
    else:
        print_run(rows, metric, len(candidates), Console())
    for note in notes:
        say(note, Console(), style="dim")
