"""``sinefit-results best``."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.notes import write_statistics
from sinefit.cli.parsing import split_names
from sinefit.cli.reading import choose_metric, read_rows
from sinefit.errors import plural
from sinefit.results.sentences import say


def best(
    paths: options.Paths = None,
    *,
    metric: options.Metric = None,
    by: Annotated[
        str | None,
        typer.Option(help="The best run for each value of these columns, as a table.", metavar="A,B"),
    ] = None,
    by_median: Annotated[
        bool, typer.Option("--by-median", help="The settings with the best median over seeds (and folds).")
    ] = False,
    where: options.Where = None,
) -> None:
    """The best run: its settings, its metrics, its folder, and the command that trains it again.

    Examples:
    * of the newest sweep: `sinefit-results best --metric rmse`

    * over seeds: `sinefit-results best --by-median`

    * for each optimizer: `sinefit-results best 'outputs/sweeps/**' --by optimizer`
    """
    # Help answers without pandas.
    from sinefit.results.baselines import describe_fit  # noqa: PLC0415
    from sinefit.results.best import best_by_median, best_rows, metrics_of_cell, metrics_of_run  # noqa: PLC0415
    from sinefit.results.display import print_table  # noqa: PLC0415
    from sinefit.results.front_table import print_front  # noqa: PLC0415
    from sinefit.results.one_run import print_run  # noqa: PLC0415
    from sinefit.results.statistics.metric import count_once  # noqa: PLC0415
    from sinefit.results.statistics.repeats import warn_of_unequal_rows  # noqa: PLC0415

    keys = split_names(by)
    candidates, notes = count_once(read_rows(paths, where))
    metric = choose_metric(candidates, metric)
    if by_median:
        summary, rows = best_by_median(candidates, metric, keys)
        write_statistics(summary, options.Format.TERMINAL, None, [])
        headline, remarks = f"the run nearest to the best median {metric}", []
        if not keys:
            for remark in describe_fit(metrics_of_cell(candidates, summary), metric):
                say(f"medians of these settings: {remark}", Console())
    else:
        rows = best_rows(candidates, metric, keys)
        headline = f"the best of {plural(len(candidates), 'run')} by {metric}"
        remarks = describe_fit(metrics_of_run(rows), metric)
        notes += warn_of_unequal_rows(candidates, without=keys)
    if keys and not by_median:
        print_table(rows, Console(), metric)
    if not keys:
        print_run(rows, metric, headline, Console(), remarks)
        print_front(candidates, Console())
    for note in notes:
        say(note, Console(), style="dim")
