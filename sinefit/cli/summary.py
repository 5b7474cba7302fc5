"""``sinefit-results summary``."""

from __future__ import annotations

from typing import Annotated

import typer

from sinefit.cli import options
from sinefit.cli.notes import write_statistics
from sinefit.cli.parsing import split_names
from sinefit.cli.reading import choose_metric, read_rows


def summary(
    paths: options.Paths = None,
    *,
    by: Annotated[
        str | None,
        typer.Option(
            help="A row for each combination of these; of all swept ones but seed and fold, if not given.",
            metavar="A,B",
        ),
    ] = None,
    metric: options.Metric = None,
    diverged: options.WhatOfDiverged = options.Diverged.WORST,
    where: options.Where = None,
    columns: options.Columns = None,
    write_as: options.WriteAs = options.Format.TERMINAL,
    output: options.Output = None,
) -> None:
    """A metric over seeds: one row for each combination of settings, the best first.

    n, mean, standard deviation, median, interquartile mean (iqm), 95 % interval of the median (low, high),
    best, worst, the shares of diverged and failed runs, and the rank.

    Examples:
    * over seeds: `sinefit-results summary --by optimizer,model.hidden_size --metric rmse`

    * as a file: `sinefit-results summary DIR --by optimizer --output summary.md`
    """
    from sinefit.results.statistics import summarize  # noqa: PLC0415 - help answers without pandas

    rows = read_rows(paths, where)
    result = summarize(rows, split_names(by), choose_metric(rows, metric), diverged=diverged.value)
    write_statistics(result, write_as, output, split_names(columns))
