"""The arguments and options that commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a table is written."""

    TERMINAL = "terminal"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"
    LATEX = "latex"


class Diverged(StrEnum):
    """What becomes of diverged runs."""

    WORST = "worst"
    EXCLUDE = "exclude"
    ONLY = "only"


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
FormatOption = Annotated[Format, typer.Option(help="How to write it.")]
OutputOption = Annotated[
    Path | None, typer.Option(help="Write to this file; its ending chooses the format.", metavar="FILE")
]
MetricOption = Annotated[
    str, typer.Option(help="What is compared: lower is better; for r2, higher.", metavar="NAME")
]
DivergedOption = Annotated[
    Diverged,
    typer.Option(help="Diverged runs: count as infinitely bad, are left out, or are all that is looked at."),
]
