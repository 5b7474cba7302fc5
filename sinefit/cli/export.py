"""``sinefit-results export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.parsing import split_names
from sinefit.cli.writing import check_output
from sinefit.errors import SinefitError
from sinefit.interrupts import loading_modules
from sinefit.results.sentences import say

NAME = "sinefit_model"
"""Of the file that is written without --output; Python can import it."""


def export(
    run: Annotated[str, typer.Argument(help="The folder of a run.", show_default=False)],
    *,
    write_as: Annotated[
        options.ExportFormat,
        typer.Option(
            "--format",
            help="onnx (needs the extra onnx), torch (torch.export, .pt2), or numpy (readable Python).",
            metavar="FORMAT",
        ),
    ],
    output: Annotated[
        Path | None, typer.Option(help=f"The file; {NAME}.onnx, .pt2 or .py if not given.", metavar="FILE")
    ] = None,
    trust: options.Trust = None,
) -> None:
    """A run's model as a file that works without sinefit: raw numbers in, raw numbers out.

    The scaling is inside. The file is read again and compared with the model before it is written.

    Examples:
    * for other languages: `sinefit-results export RUN --format onnx --output model.onnx`

    * to read and to copy: `sinefit-results export RUN --format numpy --output model.py`
    """
    with loading_modules():
        from sinefit.predictors.describe import describe_run  # noqa: PLC0415 - loads torch
        from sinefit.predictors.export import FORMATS, export_model  # noqa: PLC0415
        from sinefit.predictors.run import load_run  # noqa: PLC0415

    ending = FORMATS[write_as].ending
    file = output or Path(f"{NAME}{ending}")
    check_output(file, (ending,))
    if Path(run).is_file():
        msg = f"export takes the folder of one run, got the file {run}; an ensemble stays a file of sinefit"
        raise SinefitError(msg)
    loaded = load_run(run, split_names(trust))
    with Console(stderr=True).status("writing and checking the model"):
        export_model(loaded.model, describe_run(loaded), write_as, file)
    say(f"written to {file}, checked against the model on 1,000 rows", Console(stderr=True))
