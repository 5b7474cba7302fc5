"""``sinefit-results predict``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.parsing import split_names
from sinefit.cli.writing import check_output, write_file
from sinefit.errors import SinefitError, plural
from sinefit.interrupts import loading_modules
from sinefit.results.sentences import say
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from sinefit.core.data.files.table_file import TableFile

ENDINGS = (".csv", ".tsv", ".parquet")
_SETTING = re.compile(r'"?data\.(sep|decimal|encoding)=((?:[^"\s]|(?<==)"[^"]*")*)"?')
"""How a message about a file says what to type in training."""


def predict(
    run: Annotated[
        str, typer.Argument(help="The folder of a run, or the file of an ensemble.", show_default=False)
    ],
    table: Annotated[
        str, typer.Argument(help="A file with the columns that it was trained on.", show_default=False)
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            help="FILE.csv, .tsv or .parquet; csv to standard output, if not given.", metavar="FILE"
        ),
    ] = None,
    sep: options.Sep = None,
    decimal: options.Decimal = None,
    encoding: options.Encoding = None,
    trust: options.Trust = None,
) -> None:
    """Predictions for new rows: the columns of the file, and predicted_TARGET behind them.

    Raw columns in, the target's own unit out. An ensemble says spread_TARGET as well, the standard deviation
    between its networks. If the file has the target too, one line says the error on its rows.

    Examples:
    * `sinefit-results predict RUN new.csv --output predicted.csv`

    * `sinefit-results predict concrete.sinefit new.csv`
    """
    if output is not None:
        check_output(output, ENDINGS)
    with loading_modules():
        from sinefit.cli.beside import format_beside  # noqa: PLC0415 - loads pandas
        from sinefit.core.data.files.digest import hash_file  # noqa: PLC0415 - loads torch
        from sinefit.predictors.load import load  # noqa: PLC0415 - loads torch
        from sinefit.predictors.tables import read_rows, reading_of  # noqa: PLC0415

    predictor = load(run, split_names(trust))
    reading = reading_of(table, predictor.tables, sep=sep, decimal=decimal, encoding=encoding)
    try:
        file = read_rows(table, predictor.tables, **reading)
        predicted = predictor.predict(file)
    except SinefitError as error:
        told = _SETTING.sub(r"--\1 \2", str(error)).replace("data.path must", "TABLE must")
        raise SinefitError(told) from error
    content = format_beside(table, reading, predicted, ".csv" if output is None else output.suffix.lower())
    if output is None:
        sys.stdout.write(content.decode())
    else:
        write_file(output, content)
    for line in _errors(file, predicted, predictor.targets):
        say(line, Console(stderr=True))
    result = getattr(predictor, "result", None)
    if result is not None and result.status == Status.PRUNED:
        say(f"the run was pruned ({result.message}): it is not trained to its end", Console(stderr=True))
    if hash_file(str(table)) in {each.sha256 for each in predictor.tables}:
        say("it is the file that was trained on: this says nothing of new rows", Console(stderr=True))


def _errors(file: TableFile, predicted: pd.DataFrame, targets: tuple[str, ...]) -> Iterator[str]:
    """A sentence for each target that the file has as well: its rmse on the rows that have a value."""
    import numpy as np  # noqa: PLC0415 - help answers without

    for name in targets:
        column = file.columns.get(name)
        if column is None or column.kind != "number" or column.problem:
            continue
        differences = predicted[f"predicted_{name}"].to_numpy() - column.values  # noqa: PD011 - no DataFrame
        known = differences[~np.isnan(column.values)]
        if len(known):
            rmse = float(np.sqrt(np.mean(known**2)))
            yield f"rmse of {name} on the {plural(len(known), 'row')} of the file that have it: {rmse:.6g}"
