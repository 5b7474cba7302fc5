"""Sending with a bar on the terminal, what is said of it, and the command that sends again."""

from __future__ import annotations

import shlex
from dataclasses import fields
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sinefit.errors import plural
from sinefit.results.sentences import say
from sinefit.trackers.sending import TRACKERS, Sent, send_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from sinefit.trackers.tracker import Tracker

OPTIONS = {
    "mlflow": {"tracking_uri": "--tracking-uri", "experiment": "--experiment", "history": "--history"},
    "tensorboard": {"logdir": "--logdir", "history": "--history"},
    "wandb": {"project": "--experiment", "dir": "--logdir", "history": "--history"},
}
"""Of each tracker: its settings, and the options that are typed for them."""
MOST_SHOWN = 5


def send_and_tell(tracker: Tracker, paths: Sequence[str], console: Console) -> Sent:
    """Send runs, with a bar on a terminal, and say what became of them.

    Args:
        tracker: where to.
        paths: of the runs.
        console: where to print.

    Raises:
        SinefitError: if they cannot be sent.
        KeyboardInterrupt: after it was said what is to be typed to go on.
    """
    sent = Sent()
    with Progress(
        TextColumn("sending"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)
        try:
            send_to(tracker, paths, sent, lambda done, total: bar.update(task, completed=done, total=total))
        except KeyboardInterrupt:
            bar.stop()
            say(f"stopped after {plural(sent.sent, 'run')}; to send the others, type:", console)
            console.print(
                f"  {command_to_send(tracker, paths)}", soft_wrap=True, markup=False, highlight=False
            )
            raise
    for line in describe(sent):
        say(line, console)
    return sent


def describe(sent: Sent) -> Iterator[str]:
    """What became of runs that were to be sent, a sentence a line."""
    there = f", {sent.unchanged:,} {'was' if sent.unchanged == 1 else 'were'} there already" * bool(
        sent.unchanged
    )
    yield f"{plural(sent.sent, 'run')} sent to {sent.where}{there}"
    if sent.unfinished:
        runs = plural(len(sent.unfinished), "run")
        yield f"{runs} without a result yet: not sent ({_list(sent.unfinished)})"
    yield from (f"not sent: {reason}" for reason in sent.broken)
    yield from sent.notes


def command_to_send(tracker: Tracker, paths: Sequence[str]) -> str:
    """The command that sends runs to a tracker, quoted for the shell.

    Args:
        tracker: where to.
        paths: of the runs.
    """
    name = next(name for name, kind in TRACKERS.items() if kind is type(tracker))
    words = ["sinefit-results", "send", *paths, "--to", name]
    for each in fields(tracker):  # type: ignore[arg-type]  # all trackers are dataclasses
        value = getattr(tracker, each.name)
        if value != each.default:
            words += [OPTIONS[name][each.name], str(value)]
    return shlex.join(words)


def _list(folders: Sequence[str]) -> str:
    shown = ", ".join(folders[:MOST_SHOWN])
    return shown if len(folders) <= MOST_SHOWN else f"{shown}, ..."
