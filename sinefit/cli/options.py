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


class ExportFormat(StrEnum):
    """What a model is written as."""

    ONNX = "onnx"
    TORCH = "torch"
    NUMPY = "numpy"


class TrackerName(StrEnum):
    """Where runs are sent."""

    MLFLOW = "mlflow"
    TENSORBOARD = "tensorboard"
    WANDB = "wandb"


class Diverged(StrEnum):
    """What becomes of diverged runs."""

    WORST = "worst"
    EXCLUDE = "exclude"
    ONLY = "only"


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        help="Run folders, sweep folders, folders above them, or quoted globs ('outputs/sweeps/**'). "
        "Without any: the newest sweep below outputs/sweeps.",
        show_default=False,
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        help="Keep the rows for which this holds: \"status == 'completed' and optimizer.lr < 0.1\". "
        "Known are == != < <= > >=, in [...], and, or, not; odd column names stand in backticks.",
        metavar="COND",
    ),
]
WriteAs = Annotated[
    Format,
    typer.Option("--format", help="How to write it: terminal, csv, markdown, json, latex.", metavar="FORMAT"),
]
Columns = Annotated[str | None, typer.Option(help="Show these columns, in this order.", metavar="A,B")]
Output = Annotated[
    Path | None, typer.Option(help="Write to this file; its ending chooses the format.", metavar="FILE")
]
Metric = Annotated[
    str | None,
    typer.Option(
        help="What is judged; the runs' objective, if not given. For r2 higher is better.", metavar="NAME"
    ),
]
WhatOfDiverged = Annotated[
    Diverged,
    typer.Option(
        help="Diverged runs: worst (they count as infinitely bad), exclude, or only (nothing else counts).",
        metavar="WHAT",
    ),
]
Sep = Annotated[
    str | None,
    typer.Option(
        help="Between the cells of a csv or tsv file; as in the training file, if not given.", metavar="CHAR"
    ),
]
Decimal = Annotated[
    str | None, typer.Option(help="Before the digits of a fraction, likewise.", metavar="CHAR")
]
Encoding = Annotated[str | None, typer.Option(help="Of the file, likewise.", metavar="NAME")]
Trust = Annotated[
    str | None,
    typer.Option(help="Packages with code of your own that the model needs and may run.", metavar="A,B"),
]
