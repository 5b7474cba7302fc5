"""All commands as one app, and how mistakes end it."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from sinefit.cli.best import best
from sinefit.cli.compare import compare
from sinefit.cli.importance import importance
from sinefit.cli.plot import plot
from sinefit.cli.report import report
from sinefit.cli.summary import summary
from sinefit.cli.table import table
from sinefit.errors import SinefitError

app = typer.Typer(
    help="What the results of runs and sweeps say: tables, the best run, and which setting is better.",
    epilog="Examples: `sinefit-results table --sort rmse --top 10`, `sinefit-results best --metric rmse`, "
    "`sinefit-results compare --between optimizer=adam,sgd`",
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (table, best, summary, compare, importance, plot, report):
    app.command()(command)


def _print_version(is_asked: bool) -> None:  # noqa: FBT001 - typer calls it
    if is_asked:
        print(f"sinefit {version('sinefit')}")  # noqa: T201
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before a command; without a command show what there is."""
    if context.invoked_subcommand is None:
        print(context.get_help())  # noqa: T201 - the help itself


def main() -> None:
    """The console command ``sinefit-results``; whatever is wrong ends it with one message and exit code 1."""
    try:
        sys.exit(app(prog_name="sinefit-results", standalone_mode=False) or 0)
    except typer.TyperException as error:
        reason = str(error.format_message()).replace("Value error, ", "")
        command = getattr(getattr(error, "ctx", None), "command_path", "sinefit-results")
        _fail(f"{reason} ({command} --help shows what can be typed)")
    except SinefitError as error:
        _fail(str(error))
    except typer.Abort:
        sys.exit(130)


def _fail(message: str) -> NoReturn:
    print(f"sinefit-results: {message}", file=sys.stderr)  # noqa: T201 - the message itself
    sys.exit(1)
