"""``sinefit-results table``."""

from __future__ import annotations

from typing import Annotated

import typer

from sinefit.cli import options
from sinefit.cli.parsing import split_names
from sinefit.cli.reading import read_rows
from sinefit.cli.writing import write_table


def table(
    paths: options.Paths = None,
    *,
    where: options.Where = None,
    sort: Annotated[
        str | None,
        typer.Option(help="Sort by this column: a metric's best first, others from low.", metavar="COLUMN"),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    top: Annotated[int | None, typer.Option(help="Keep the first N rows.", min=1, metavar="N")] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Show these columns, in this order: job,optimizer.lr,rmse.", metavar="A,B"),
    ] = None,
    write_as: options.WriteAs = options.Format.TERMINAL,
    show_all: Annotated[bool, typer.Option("--all", help="Show all columns, constant ones too.")] = False,
    output: options.Output = None,
) -> None:
    """One row a run: settings, metrics, and how it ended.

    Shown is what differs between the rows; what does not is said once above them. csv and json always
    hold all columns, unless `--columns` names some.

    Examples:
    * the ten best runs of the newest sweep: `sinefit-results table --sort rmse --top 10`

    * all sweeps in one file: `sinefit-results table 'outputs/sweeps/**' --output all.csv`

    * a choice: `sinefit-results table DIR1 DIR2 --where "optimizer in ['sgd', 'adam'] and rmse < 0.1"`
    """
    # Help answers without pandas.
    from sinefit.results.best import sort_rows  # noqa: PLC0415
    from sinefit.results.frame import add_settings, require_columns  # noqa: PLC0415

    names = split_names(columns)
    needed = [*names, *([sort] if sort else [])]
    rows = add_settings(read_rows(paths, where), needed)
    require_columns(rows, needed)
    rows = sort_rows(rows, sort) if sort else rows
    rows = rows.iloc[::-1] if reverse else rows
    rows = rows if top is None else rows.head(top)
    write_table(rows, names or (list(rows.columns) if show_all else None), write_as, output, sort)
