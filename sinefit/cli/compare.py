"""``sinefit-results compare``."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sinefit.cli.notes import say, write_statistics
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
from sinefit.cli.reading import choose_rows, collect_paths
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    import pandas as pd

    Sides = tuple[pd.DataFrame, pd.DataFrame, tuple[str, str], str | None]

TWO = 2
VALUE = re.compile(r"""((?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\[[^\]]*\]|\{[^}]*\}|\([^)]*\)|[^,])*),""")
"""A value before its comma: quoted text, lists and dicts with commas of their own, or anything else."""


def compare(  # noqa: PLR0913 - each is an option of the command
    paths: PathsArgument = None,
    *,
    between: Annotated[
        str | None,
        typer.Option(help="Compare two values of a setting within the table.", metavar="KEY=A,B"),
    ] = None,
    metric: MetricOption = "rmse",
    diverged: DivergedOption = Diverged.WORST,
    where: WhereOption = None,
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
    format: FormatOption = Format.TERMINAL,  # noqa: A002 - the option's name
    output: OutputOption = None,
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
    from sinefit.results.statistics.comparison import CONCLUSION, WORSE_BY  # noqa: PLC0415
    from sinefit.results.statistics.comparison import compare as compare_tables  # noqa: PLC0415

    limit = read_share(fail_if_worse)
    first, second, names, key = _sides(paths, between, where)
    first, second = choose_rows(first, where_a), choose_rows(second, where_b)
    result = compare_tables(first, second, metric, names=names, between=key, diverged=diverged.value)
    write_statistics(result, format, output)
    console = Console(stderr=format is not Format.TERMINAL or output is not None)
    say(str(result.attrs[CONCLUSION]), console, style="bold")
    worse_by = float(result.attrs[WORSE_BY])
    if limit is not None and worse_by > limit:
        by = "without bound" if math.isinf(worse_by) else f"by {worse_by:.1%}"
        msg = (
            f"{names[1]} is worse than {names[0]} in {metric} {by}, more than --fail-if-worse {fail_if_worse}"
        )
        raise SinefitError(msg)


def _sides(paths: list[str] | None, between: str | None, where: str | None) -> Sides:
    """What is compared with what: two folders, or two values of a setting.

    Raises:
        SinefitError: if it is neither.
    """
    from sinefit.results.statistics import split_sides  # noqa: PLC0415 - help answers without pandas

    if between is not None:
        key, *pair = read_between(between)
        first, second = split_sides(choose_rows(collect_paths(paths), where), key, (pair[0], pair[1]))
        return first, second, (f"{key}={pair[0]}", f"{key}={pair[1]}"), key
    if paths is None or len(paths) != TWO:
        msg = f"compare takes two folders, got {len(paths or [])}; or one and --between KEY=A,B"
        raise SinefitError(msg)
    tables = [choose_rows(collect_paths([path]), where) for path in paths]
    return tables[0], tables[1], (paths[0], paths[1]), None


def read_between(text: str) -> tuple[str, str, str]:
    """A setting and two of its values, typed as KEY=A,B; quotes and brackets hold a value together.

    Raises:
        SinefitError: if it is something else.

    >>> read_between("optimizer=adam,sgd")
    ('optimizer', 'adam', 'sgd')
    >>> read_between("data.range=[0,1],[0,6.3]"), read_between("note='it, is',a=b")
    (('data.range', '[0,1]', '[0,6.3]'), ('note', 'it, is', 'a=b'))
    """
    from sinefit.results.cells import name_value  # noqa: PLC0415 - help answers without pandas
    from sinefit.results.overrides import parse_value  # noqa: PLC0415

    key, _, typed = text.partition("=")
    pair = [name_value(parse_value(part)) if part.strip() else "" for part in VALUE.findall(f"{typed},")]
    key = key.strip().lstrip("+")
    if not key or len(pair) != TWO or not all(pair) or pair[0] == pair[1]:
        msg = (
            f"--between must be KEY=A,B with two different values, got {text!r}; type for example"
            " optimizer=adam,sgd (a value with a comma stands in quotes)"
        )
        raise SinefitError(msg)
    return key, pair[0], pair[1]


def read_share(text: str | None) -> float | None:
    """A share that was typed as 5% or 0.05.

    Raises:
        SinefitError: if it is no such number.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*(%?)", text.strip())
    if match is None:
        msg = f"--fail-if-worse must be a share, got {text!r}; type for example 5%"
        raise SinefitError(msg)
    return float(match[1]) / (100 if match[2] else 1)
