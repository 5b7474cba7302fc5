"""``sinefit-results compare``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.notes import write_statistics
from sinefit.cli.parsing import parse_between, parse_share
from sinefit.cli.reading import choose_metric, choose_rows, read_rows
from sinefit.errors import SinefitError
from sinefit.results.sentences import say

if TYPE_CHECKING:
    import pandas as pd

    Sides = tuple[pd.DataFrame, pd.DataFrame]


def compare(
    paths: options.Paths = None,
    *,
    between: Annotated[
        str | None,
        typer.Option(help="Compare two values of a setting within the table.", metavar="KEY=A,B"),
    ] = None,
    metric: options.Metric = None,
    diverged: options.WhatOfDiverged = options.Diverged.WORST,
    where: options.Where = None,
    where_a: Annotated[
        str | None, typer.Option(help="Like --where, for the first side only.", metavar="COND")
    ] = None,
    where_b: Annotated[
        str | None, typer.Option(help="Like --where, for the second side only.", metavar="COND")
    ] = None,
    fail_if_worse: Annotated[
        str | None,
        typer.Option(
            help="Exit with code 1 if the second side is worse over all by more than this.",
            metavar="5%",
        ),
    ] = None,
    write_as: options.WriteAs = options.Format.TERMINAL,
    output: options.Output = None,
) -> None:
    """Is the second side better than the first, by how much, and is it luck?

    Runs are paired that have the same settings and the same seed. A row for each combination of settings,
    and a last one over all; below them what was paired, what was left over, and a sentence as conclusion.

    Examples:
    * two sweeps: `sinefit-results compare DIR_A DIR_B --metric rmse`

    * two values of a setting: `sinefit-results compare DIR --between optimizer=adam,sgd`

    * for CI: `sinefit-results compare BASELINE DIR --fail-if-worse 5%`
    """
    # Help answers without pandas.
    from sinefit.results.statistics import comparison  # noqa: PLC0415

    limit = math.inf if fail_if_worse is None else parse_share(fail_if_worse)
    (first, second), names, key = _read_sides(paths, between, where)
    sides = choose_rows(first, where_a), choose_rows(second, where_b)
    metric = choose_metric(sides[0], metric)
    result = comparison.compare(*sides, metric, names=names, between=key, diverged=diverged.value)
    write_statistics(result, write_as, output)
    console = Console(stderr=write_as is not options.Format.TERMINAL or output is not None)
    say(str(result.attrs[comparison.CONCLUSION]), console, style="bold")
    worse_by = float(result.attrs[comparison.WORSE_BY])
    if worse_by > limit:
        by = "without bound" if math.isinf(worse_by) else f"by {worse_by:.1%}"
        more = f"more than --fail-if-worse {fail_if_worse}"
        msg = f"{names[1]} is worse than {names[0]} in {metric} {by}, {more}"
        raise SinefitError(msg)


def _read_sides(
    paths: list[str] | None, between: str | None, where: str | None
) -> tuple[Sides, tuple[str, str], str | None]:
    """What is compared with what, two folders or two values of a setting; their names; and this setting.

    Raises:
        SinefitError: if it is neither.
    """
    from sinefit.results.statistics import split_sides  # noqa: PLC0415 - help answers without pandas

    if between is not None:
        key, values = parse_between(between)
        sides = split_sides(read_rows(paths, where), key, values)
        return sides, (f"{key}={values[0]}", f"{key}={values[1]}"), key
    match paths:
        case [first, second]:
            return (read_rows([first], where), read_rows([second], where)), (first, second), None
    msg = f"compare takes two folders, got {len(paths or [])}; or one and --between KEY=A,B"
    raise SinefitError(msg)
