"""All commands as one app, and how mistakes end it."""

from __future__ import annotations

import itertools
import re
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from sinefit.cli.best import best
from sinefit.cli.compare import compare
from sinefit.cli.ensemble import ensemble
from sinefit.cli.export import export
from sinefit.cli.importance import importance
from sinefit.cli.plot import plot
from sinefit.cli.predict import predict
from sinefit.cli.report import report
from sinefit.cli.send import send
from sinefit.cli.summary import summary
from sinefit.cli.table import table
from sinefit.errors import SinefitError
from sinefit.terminal import explain_output, patient_output

_TRUST = re.compile(r"say so: trust=")
"""What the messages of `sinefit` and of Python advise, where this command has an option."""
app = typer.Typer(
    help="What the results of runs and sweeps say, and what their models predict: tables, the best run, "
    "which setting is better, predictions, models for elsewhere, runs for experiment trackers.",
    epilog="Examples: `sinefit-results table --sort rmse --top 10`, `sinefit-results best --metric rmse`, "
    "`sinefit-results compare --between optimizer=adam,sgd`",
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (table, best, summary, compare, importance, plot, report, ensemble, predict, export, send):
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


def _refuse_values_of_flags(words: list[str]) -> None:
    """Say of ``--all true`` that it is typed without a value; else ``true`` were taken for a folder."""
    command = typer.main.get_command(app)
    known = getattr(command, "commands", {}).get(words[0] if words else None)
    flags = {
        name for each in getattr(known, "params", ()) if getattr(each, "is_flag", False) for name in each.opts
    }
    for word, after in itertools.pairwise([*words, ""]):
        flag, equals, value = word.partition("=")
        if flag in flags and (equals or after.lower() in {"true", "false"}):
            msg = f"{flag} takes no value, got {value or after!r}; type {flag} alone, or leave it out"
            raise SinefitError(msg)


def main() -> None:
    """The console command ``sinefit-results``; whatever is wrong ends it with one message and exit code 1."""
    code = 1
    with patient_output() as output:
        try:
            _refuse_values_of_flags(sys.argv[1:])
            code = app(prog_name="sinefit-results", standalone_mode=False) or 0
        except typer.TyperException as error:
            reason = str(error.format_message()).replace("Value error, ", "")
            command = getattr(getattr(error, "ctx", None), "command_path", "sinefit-results")
            _tell(f"{reason} ({command} --help shows what can be typed)")
        except SinefitError as error:
            _tell(_TRUST.sub("say so: --trust ", str(error)))
        except typer.Abort:
            code = 130
        finally:
            output.flush()
            if trouble := explain_output(output.error):
                _tell(trouble)
                code = 1
    sys.exit(code)


def _tell(message: str) -> None:
    print(f"sinefit-results: {message}", file=sys.stderr)  # noqa: T201 - the message itself
