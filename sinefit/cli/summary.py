"""``sinefit-results summary``."""

from __future__ import annotations

from typing import Annotated

import typer

from sinefit.cli.notes import write_statistics
from sinefit.cli.options import (
    Diverged,
    DivergedOption,
    Format,
    FormatOption,
    MetricOption,
    OutputOption,
    PathsArgument,
    WhereOption,
)
from sinefit.cli.reading import choose_rows, collect_paths, split_names


def summary(  # noqa: PLR0913 - each is an option of the command
    paths: PathsArgument = None,
    *,
    by: Annotated[
        str | None,
        typer.Option(
            help="A row for each combination of these; of all swept settings but the seed, if not given.",
            metavar="A,B",
        ),
    ] = None,
    metric: MetricOption = "rmse",
    diverged: DivergedOption = Diverged.WORST,
    where: WhereOption = None,
    format: FormatOption = Format.TERMINAL,  # noqa: A002 - the option's name
    output: OutputOption = None,
) -> None:
    """A metric over seeds: one row for each combination of settings, the best first.

    n, mean, standard deviation, median, interquartile mean (iqm), 95 % interval of the median (low, high),
    best, worst, the shares of diverged and failed runs, and the rank.

    Examples:
    * over seeds: `sinefit-results summary --by optimizer,model.hidden_size --metric rmse`

    * as a file: `sinefit-results summary DIR --by optimizer --output summary.md`
    """
    from sinefit.results.statistics import summarize  # noqa: PLC0415 - help answers without pandas

    rows = choose_rows(collect_paths(paths), where)
    write_statistics(summarize(rows, split_names(by), metric, diverged=diverged.value), format, output)
