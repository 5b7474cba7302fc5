"""``sinefit-results best``."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from sinefit.cli.options import MetricOption, PathsArgument, WhereOption
from sinefit.cli.reading import choose_rows, collect_paths, split_names


def best(
    paths: PathsArgument = None,
    *,
    metric: MetricOption = "rmse",
    by: Annotated[
        str | None,
        typer.Option(help="The best run for each value of these columns, as a table.", metavar="A,B"),
    ] = None,
    where: WhereOption = None,
) -> None:
    """The best run: its settings, its metrics, its folder, and the command that trains it again.

    Examples:
    * of the newest sweep: `sinefit-results best --metric rmse`

    * for each optimizer: `sinefit-results best 'outputs/sweeps/**' --by optimizer`
    """
    from sinefit.results.best import best_rows  # noqa: PLC0415 - help answers without pandas
    from sinefit.results.display import print_table  # noqa: PLC0415
    from sinefit.results.one_run import print_run  # noqa: PLC0415

    keys = split_names(by)
    candidates = choose_rows(collect_paths(paths), where)
    rows = best_rows(candidates, metric, keys)
    if keys:
        print_table(rows, Console())
    else:
        print_run(rows, metric, len(candidates), Console())
