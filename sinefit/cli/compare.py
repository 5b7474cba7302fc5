"""``sinefit-results compare``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.notes import write_statistics
from sinefit.cli.parsing import parse_between, parse_share, split_names
from sinefit.cli.reading import choose_metric, choose_rows, read_rows
from sinefit.errors import SinefitError
from sinefit.results.sentences import say

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

TWO = 2
"""Sides that are compared by cells of settings; more are compared with the best, over all cells."""


def compare(
    paths: options.Paths = None,
    *,
    between: Annotated[
        str | None,
        typer.Option(help="Compare values of a setting within the table.", metavar="KEY=A,B"),
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
    columns: options.Columns = None,
    write_as: options.WriteAs = options.Format.TERMINAL,
    output: options.Output = None,
) -> None:
    """Is the second side better than the first, by how much, and is it luck? Of more, each against the best.

    Runs are paired that have the same settings, seed and fold. A row for each combination of settings,
    and a last one over all; below them what was paired, what was left over, and a sentence as conclusion.

    Examples:
    * two sweeps: `sinefit-results compare DIR_A DIR_B --metric rmse`

    * two values of a setting: `sinefit-results compare DIR --between optimizer=adam,sgd`

    * more than two: `sinefit-results compare DIR --between optimizer=adam,sgd,rmsprop`

    * for CI: `sinefit-results compare BASELINE DIR --fail-if-worse 5%`
    """
    # Help answers without pandas.
    from sinefit.results.statistics import compare_with_best, comparison  # noqa: PLC0415

    limit = math.inf if fail_if_worse is None else parse_share(fail_if_worse)
    sides, key = _read_sides(paths, between, where)
    if len(sides) > TWO and (where_a or where_b or fail_if_worse):
        given = ", ".join(sides)
        msg = f"--where-a, --where-b and --fail-if-worse are for two sides, got {len(sides)}: {given}"
        raise SinefitError(msg)
    metric = choose_metric(next(iter(sides.values())), metric)
    if len(sides) > TWO:
        result = compare_with_best(sides, metric, between=key, diverged=diverged.value)
        _write(result, write_as, output, split_names(columns))
        return
    (first, a), (second, b) = sides.items()
    a, b, names = choose_rows(a, where_a), choose_rows(b, where_b), (first, second)
    result = comparison.compare(a, b, metric, names=names, between=key, diverged=diverged.value)
    _write(result, write_as, output, split_names(columns))
    worse_by = float(result.attrs[comparison.WORSE_BY])
    if worse_by > limit:
        by = "without bound" if math.isinf(worse_by) else f"by {worse_by:.1%}"
        more = f"more than --fail-if-worse {fail_if_worse}"
        msg = f"{names[1]} is worse than {names[0]} in {metric} {by}, {more}"
        raise SinefitError(msg)


def _write(result: pd.DataFrame, kind: options.Format, output: Path | None, columns: list[str]) -> None:
    """Write a comparison, then its conclusion."""
    from sinefit.results.statistics.comparison import CONCLUSION  # noqa: PLC0415 - help answers without pandas

    write_statistics(result, kind, output, columns)
    console = Console(stderr=kind is not options.Format.TERMINAL or output is not None)
    say(str(result.attrs[CONCLUSION]), console, style="bold")


def _read_sides(
    paths: list[str] | None, between: str | None, where: str | None
) -> tuple[dict[str, pd.DataFrame], str | None]:
    """What is compared with what, folders or values of a setting, by their names; and this setting.

    Raises:
        SinefitError: if it is neither.
    """
    from sinefit.results.statistics import split_sides  # noqa: PLC0415 - help answers without pandas

    if between is not None:
        key, values = parse_between(between)
        return split_sides(read_rows(paths, where), key, values), key
    given = list(paths or [])
    if len(given) < TWO:
        msg = f"compare takes two or more folders, got {len(given)}; or one and --between KEY=A,B"
        raise SinefitError(msg)
    if len(set(given)) == 1:
        return {name: read_rows(given[:1], where) for name in (given[0], f"{given[0]} again")}, None
    return {path: read_rows([path], where) for path in given}, None
