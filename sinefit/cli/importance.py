"""``sinefit-results importance``."""

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


def importance(  # noqa: PLR0913 - each is an option of the command
    paths: PathsArgument = None,
    *,
    metric: MetricOption = "rmse",
    keys: Annotated[
        str | None,
        typer.Option(help="Which settings; all swept ones but the seed, if not given.", metavar="A,B"),
    ] = None,
    diverged: DivergedOption = Diverged.WORST,
    where: WhereOption = None,
    format: FormatOption = Format.TERMINAL,  # noqa: A002 - the option's name
    output: OutputOption = None,
) -> None:
    """Which setting matters: the share of the variance of log10(metric) that each explains.

    The last column is the best value. Diverged runs count as the worst value that any other run has.

    Example: `sinefit-results importance DIR --metric rmse`
    """
    # Help answers without pandas.
    from sinefit.results.statistics import importance as explain  # noqa: PLC0415

    rows = choose_rows(collect_paths(paths), where)
    write_statistics(explain(rows, metric, split_names(keys), diverged=diverged.value), format, output)
