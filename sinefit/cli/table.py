"""``sinefit-results table``."""

from __future__ import annotations

from typing import Annotated

import typer

from sinefit.cli.options import Format, FormatOption, OutputOption, PathsArgument, WhereOption
from sinefit.cli.reading import choose_rows, collect_paths, split_names
from sinefit.cli.writing import write_table


def table(  # noqa: PLR0913 - each is an option of the command
    paths: PathsArgument = None,
    *,
    where: WhereOption = None,
    sort: Annotated[
        str | None, typer.Option(help="Sort by this column, the lowest first.", metavar="COLUMN")
    ] = None,
    descending: Annotated[bool, typer.Option("--descending", help="Highest first.")] = False,
    top: Annotated[int | None, typer.Option(help="Keep the first N rows.", min=1, metavar="N")] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Show these columns, in this order: job,optimizer.lr,rmse.", metavar="A,B"),
    ] = None,
    format: FormatOption = Format.TERMINAL,  # noqa: A002 - the option's name
    show_all: Annotated[bool, typer.Option("--all", help="Show all columns, constant ones too.")] = False,
    output: OutputOption = None,
) -> None:
    """One row a run: settings, metrics, and how it ended.

    Shown is what differs between the rows; what does not is said once above them. csv and json always
    hold all columns, unless `--columns` names some.

    Examples:
    * the ten best runs of the newest sweep: `sinefit-results table --sort rmse --top 10`

    * all sweeps in one file: `sinefit-results table 'outputs/sweeps/**' --output all.csv`

    * a choice: `sinefit-results table DIR1 DIR2 --where "optimizer in ['sgd', 'adam'] and rmse < 0.1"`
    """
    from sinefit.results.frame import require_columns  # noqa: PLC0415 - help answers without pandas

    names = split_names(columns)
    chosen = choose_rows(collect_paths(paths), where)
    require_columns(chosen, [*names, *([sort] if sort else [])])
    if sort:
        chosen = chosen.sort_values(sort, ascending=not descending, kind="stable")
    elif descending:
        chosen = chosen.iloc[::-1]
    chosen = chosen if top is None else chosen.head(top)
    write_table(chosen, names or (list(chosen.columns) if show_all else None), format, output)
