"""``sinefit-results importance``."""

from __future__ import annotations

from typing import Annotated

import typer

from sinefit.cli import options
from sinefit.cli.notes import write_statistics
from sinefit.cli.parsing import split_names
from sinefit.cli.reading import choose_metric, read_rows


def importance(
    paths: options.Paths = None,
    *,
    metric: options.Metric = None,
    keys: Annotated[
        str | None,
        typer.Option(help="Which settings; all swept ones but seed and fold, if not given.", metavar="A,B"),
    ] = None,
    diverged: options.WhatOfDiverged = options.Diverged.WORST,
    where: options.Where = None,
    write_as: options.WriteAs = options.Format.TERMINAL,
    output: options.Output = None,
) -> None:
    """Which setting matters: the share of the metric's variance that each explains.

    Of positive errors it is the variance of their logarithm. The last column is the best value. Diverged runs
    count as the worst value that any other run has.

    Example: `sinefit-results importance DIR --metric rmse`
    """
    from sinefit.results import statistics  # noqa: PLC0415 - help answers without pandas

    rows = read_rows(paths, where)
    metric = choose_metric(rows, metric)
    result = statistics.importance(rows, metric, split_names(keys), diverged=diverged.value)
    write_statistics(result, write_as, output, [])
