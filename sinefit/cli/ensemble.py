"""``sinefit-results ensemble``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sinefit.cli import options
from sinefit.cli.parsing import split_names
from sinefit.cli.reading import choose_metric, read_rows
from sinefit.cli.writing import check_output
from sinefit.errors import plural
from sinefit.interrupts import loading_modules
from sinefit.results.sentences import say

if TYPE_CHECKING:
    from sinefit.predictors.joining import Score

ENDING = ".sinefit"


def ensemble(
    paths: options.Paths = None,
    *,
    top: Annotated[int, typer.Option(help="How many of the best settings.", min=1, metavar="N")] = 10,
    greedy: Annotated[
        bool,
        typer.Option("--greedy", help="Of these, those that are best together, each as often as it helps."),
    ] = False,
    metric: options.Metric = None,
    where: options.Where = None,
    output: Annotated[Path, typer.Option(help="The file.", metavar="FILE.sinefit")] = Path(
        f"ensemble{ENDING}"
    ),
    trust: options.Trust = None,
) -> None:
    """The best settings' networks as one predictor: the mean of what they say, and how far they spread.

    Settings are ranked by the median over seeds and folds, and all runs of each become members. With --greedy
    settings join one after the other, with replacement, as long as the error on the rows that validate falls.
    The rows that test are used once, at the end, to say what the ensemble gives there.

    Examples:
    * the ten best settings: `sinefit-results ensemble --top 10 --output concrete.sinefit`

    * chosen for each other: `sinefit-results ensemble DIR --top 40 --greedy --output concrete.sinefit`

    * then: `sinefit-results predict concrete.sinefit new.csv`
    """
    check_output(output, (ENDING,))
    rows = read_rows(paths, where)
    metric = choose_metric(rows, metric)
    with loading_modules():
        from sinefit.predictors import joining  # noqa: PLC0415 - loads torch
        from sinefit.predictors.candidates import choose_candidates  # noqa: PLC0415 - loads pandas
        from sinefit.predictors.ensemble_file import write_ensemble  # noqa: PLC0415 - loads torch

    best = choose_candidates(rows, metric, top)
    console = Console(stderr=True)
    with console.status(f"loading {plural(sum(map(len, best.folders)), 'run')}"):
        candidates = joining.load_candidates(best.folders, split_names(trust))
        counts = joining.count_greedily(candidates) if greedy else None
        joined = joining.join_runs(candidates, counts)
        scores = joining.judge(joined, candidates, counts)
        write_ensemble(output, joined)
    num_chosen = len(candidates) if counts is None else sum(count > 0 for count in counts)
    known = f"{best.num_settings:,} by {metric}"
    how = f"chosen greedily from the {len(candidates)} best of {known}" if greedy else f"the best of {known}"
    networks = f"{plural(len(joined.members), 'network')} of {plural(num_chosen, 'setting')}"
    say(f"{networks}, {how}", Console(), style="bold")
    for score in scores:
        for line in _describe(score, is_greedy=greedy):
            say(line, Console())
    for note in best.notes:
        say(note, Console(), style="dim")
    say(f"written to {output}", console)


def _describe(score: Score, *, is_greedy: bool) -> list[str]:
    """What an ensemble gives for a target, a sentence for each part of the rows."""
    lines = []
    if not math.isnan(score.validation_rmse):
        by = "which --greedy chose by" if is_greedy else "which ranked the settings"
        rows = plural(score.num_validation, "row")
        lines.append(f"rmse of {score.target} on {rows} that validate, {by}: {score.validation_rmse:.6g}")
    if not math.isnan(score.test_rmse):
        rows = plural(score.num_test, "row")
        lines.append(f"rmse of {score.target} on {rows} that test, used here only: {score.test_rmse:.6g}")
    return lines or [f"no rows were held out, so that nothing is known of the error of {score.target}"]
