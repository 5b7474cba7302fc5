"""``sinefit-results send``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.reading import or_newest_sweep
from sinefit.errors import SettingsError, SinefitError
from sinefit.interrupts import loading_modules

if TYPE_CHECKING:
    from sinefit.errors import Problem


def send(
    paths: options.Paths = None,
    *,
    to: Annotated[
        options.TrackerName,
        typer.Option(
            help="mlflow, tensorboard, or wandb (offline runs for wandb sync); each needs its extra.",
            metavar="TRACKER",
        ),
    ],
    tracking_uri: Annotated[
        str | None,
        typer.Option(
            help="MLflow: http://HOST:PORT, sqlite:///mlflow.db or a folder. If not given, what"
            " MLFLOW_TRACKING_URI says, else MLflow's own default.",
            metavar="URI",
        ),
    ] = None,
    experiment: Annotated[
        str | None,
        typer.Option(help="MLflow: the experiment; W&B: the project. sinefit, if not given.", metavar="NAME"),
    ] = None,
    logdir: Annotated[
        str | None,
        typer.Option(
            help="TensorBoard: its folder, outputs/tensorboard if not given; W&B: where the folder wandb is.",
            metavar="DIR",
        ),
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(help="Points of a curve at most: a number, all, or 0. 200, if not given.", metavar="N"),
    ] = None,
) -> None:
    """Runs to an experiment tracker: parameters, metrics, curves, picture, model, status.

    A sweep becomes the parent of its runs. What is there already is left alone, and a run that was trained
    again since takes the place of the earlier one: send as often as you like.

    Examples:
    * the newest sweep: `sinefit-results send --to mlflow`, then `mlflow ui`

    * to a server: `sinefit-results send DIR --to mlflow --tracking-uri http://127.0.0.1:5000`

    * for TensorBoard: `sinefit-results send DIR --to tensorboard --logdir runs`
    """
    typed = {
        "--tracking-uri": tracking_uri,
        "--experiment": experiment,
        "--logdir": logdir,
        "--history": _parse_history(history),
    }
    given = {name: value for name, value in typed.items() if value is not None}
    with loading_modules():
        from sinefit.trackers.sending import TRACKERS  # noqa: PLC0415 - help answers without
        from sinefit.trackers.telling import OPTIONS, send_and_tell  # noqa: PLC0415

    known = {option: name for name, option in OPTIONS[to].items()}
    foreign = [f"{name} {value}" for name, value in given.items() if name not in known]
    if foreign:
        msg = f"{', '.join(foreign)}: no effect with --to {to}, which takes {', '.join(known)}"
        raise SinefitError(msg)
    paths = or_newest_sweep(paths)
    try:
        tracker = TRACKERS[to](**{known[name]: value for name, value in given.items()})
    except SettingsError as error:
        raise SinefitError("\n".join(map(str, _as_typed(error, OPTIONS[to])))) from error
    if send_and_tell(tracker, paths, Console(stderr=True)).broken:
        raise typer.Exit(1)


def _parse_history(text: str | None) -> int | str | None:
    return int(text) if text is not None and text.isdecimal() else text


def _as_typed(error: SettingsError, names: dict[str, str]) -> list[Problem]:
    """The problems of settings by the names of options, such as --history=200."""
    return [replace(problem, setting=names[problem.setting]) for problem in error.problems]
