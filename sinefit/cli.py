"""The command ``sinefit-results``: what the results of runs and sweeps say; knows neither torch nor Hydra.

``sinefit-results ARGS`` and ``python -m sinefit.cli ARGS`` are the same.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from sinefit.errors import SinefitError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    help="What the results of runs and sweeps say: tables, and the best run.",
    epilog="Examples: `sinefit-results table --sort rmse --top 10`, `sinefit-results best --metric rmse`",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

PATHS_HELP = (
    "Run folders, sweep folders, folders above them, or quoted globs ('outputs/sweeps/**'). "
    "Without any: the newest sweep below outputs/sweeps."
)
PathsArgument = Annotated[list[str] | None, typer.Argument(help=PATHS_HELP, show_default=False)]
WhereOption = Annotated[
    str | None,
    typer.Option(
        help="Keep the rows for which this holds: \"status == 'completed' and optimizer.lr < 0.1\". "
        "Known are == != < <= > >=, in [...], and, or, not; odd column names stand in backticks.",
        metavar="COND",
    ),
]


class Format(StrEnum):
    """How a table is written."""

    TERMINAL = "terminal"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"
    LATEX = "latex"


@app.callback()
def _results() -> None:
    """What the results of runs and sweeps say: tables, and the best run."""


@app.command()
def table(  # noqa: PLR0913 - each is an option of the command
    paths: PathsArgument = None,
    *,
    where: WhereOption = None,
    sort: Annotated[str | None, typer.Option(help="Sort by this column.", metavar="COLUMN")] = None,
    descending: Annotated[bool, typer.Option("--descending", help="Highest first.")] = False,
    top: Annotated[int | None, typer.Option(help="Keep the first N rows.", min=1, metavar="N")] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Show these columns, in this order: job,optimizer.lr,rmse.", metavar="A,B"),
    ] = None,
    format: Annotated[Format, typer.Option(help="How to write it.")] = Format.TERMINAL,  # noqa: A002
    show_all: Annotated[bool, typer.Option("--all", help="Show all columns, constant ones too.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="Write to this file; its ending chooses the format.", metavar="FILE")
    ] = None,
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

    names = _split(columns)
    chosen = _choose(_collect(paths), where)
    require_columns(chosen, [*names, *([sort] if sort else [])])
    if sort:
        chosen = chosen.sort_values(sort, ascending=not descending, kind="stable")
    elif descending:
        chosen = chosen.iloc[::-1]
    chosen = chosen if top is None else chosen.head(top)
    _write(chosen, names or (list(chosen.columns) if show_all else None), format, output)


@app.command()
def best(
    paths: PathsArgument = None,
    *,
    metric: Annotated[str, typer.Option(help="Lower is better; for r2, higher.")] = "rmse",
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

    keys = _split(by)
    candidates = _choose(_collect(paths), where)
    rows = best_rows(candidates, metric, keys)
    if keys:
        print_table(rows, Console())
    else:
        print_run(rows, metric, len(candidates), Console())


def _split(names: str | None) -> list[str]:
    """Names between commas, each once."""
    return list(dict.fromkeys(name.strip() for name in (names or "").split(",") if name.strip()))


def _collect(paths: list[str] | None) -> pd.DataFrame:
    """The table of the paths; of the newest sweep if there are none."""
    from sinefit.results import collect, newest_sweep  # noqa: PLC0415 - help answers without pandas

    if not paths:
        paths = [newest_sweep()]
    return collect(paths)


def _choose(rows: pd.DataFrame, where: str | None) -> pd.DataFrame:
    from sinefit.results import select_rows  # noqa: PLC0415 - help answers without pandas

    if where is None:
        return rows
    chosen = select_rows(rows, where)
    if chosen.empty:
        msg = f"none of the {len(rows)} runs fulfils {where!r}"
        raise SinefitError(msg)
    return chosen


def _write(rows: pd.DataFrame, columns: list[str] | None, kind: Format, output: Path | None) -> None:
    """Write a table to a file or to standard output; with `columns`, these and no others."""
    from sinefit.results.display import print_all, print_table  # noqa: PLC0415 - help answers without pandas
    from sinefit.results.formats import format_table  # noqa: PLC0415

    if output is not None and kind is Format.TERMINAL:
        kind = _format_of(output)
    if kind is not Format.TERMINAL:
        text = format_table(rows, kind, columns)
        if output is None:
            sys.stdout.write(text)
        else:
            _write_file(output, text)
    elif columns is None:
        print_table(rows, Console())
    else:
        print_all(rows, columns, Console())


def _format_of(output: Path) -> Format:
    endings = {".csv": Format.CSV, ".md": Format.MARKDOWN, ".json": Format.JSON, ".tex": Format.LATEX}
    if output.suffix.lower() not in endings:
        msg = f"--output {output}: the ending must be one of {', '.join(endings)}; or say --format csv"
        raise SinefitError(msg)
    return endings[output.suffix.lower()]


def _write_file(output: Path, text: str) -> None:
    from sinefit.record import write_atomically  # noqa: PLC0415 - only where a file is written

    write_atomically(output, text.encode())
    Console(stderr=True).print(Text(f"written to {output}"), soft_wrap=True)


def main() -> None:
    """The console command ``sinefit-results``; mistakes end it with one message, not with a traceback."""
    try:
        app(prog_name="sinefit-results")
    except SinefitError as error:
        print(f"sinefit-results: {error}", file=sys.stderr)  # noqa: T201 - the message itself
        sys.exit(1)


if __name__ == "__main__":
    main()
