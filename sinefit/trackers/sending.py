"""Runs and sweeps, as they are on disk, sent to a tracker: once, however often they are sent."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError, SinefitError
from sinefit.record.folder import RESULT_NAME, RunFolder
from sinefit.results.folders import find_runs
from sinefit.trackers.exclusive import exclusive
from sinefit.trackers.sent_run import digest_run, identify_run, read_sent_run
from sinefit.trackers.sent_sweep import read_sent_sweep
from sinefit.trackers.to_mlflow import Mlflow
from sinefit.trackers.to_tensorboard import TensorBoard
from sinefit.trackers.to_wandb import Wandb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sinefit.results.folders import Paths
    from sinefit.trackers.sent_run import SentRun
    from sinefit.trackers.sent_sweep import SentSweep
    from sinefit.trackers.tracker import Tracker

TRACKERS: dict[str, Callable[..., Tracker]] = {
    "mlflow": Mlflow,
    "tensorboard": TensorBoard,
    "wandb": Wandb,
}
POINTS = 300_000
"""Of curves that are held at once: memory does not grow with the sweep."""


@dataclass
class Sent:
    """What became of runs that were to be sent.

    Attributes:
        where: in words.
        sent: how many runs were.
        unchanged: how many were there already, as they are.
        unfinished: folders of runs without a result yet; they are not sent.
        broken: why a record could not be read, a sentence each.
        notes: sentences on what could not be sent as it is.
    """

    where: str = ""
    sent: int = 0
    unchanged: int = 0
    unfinished: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def send(
    paths: Paths,
    to: str,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    **options: Any,  # noqa: ANN401 - a tracker checks its own
) -> Sent:
    """Send runs to a tracker: each is there once, however often it is sent, and as it is now.

    A sweep becomes the parent of its runs. What is there already and has not changed since is left alone;
    a run that was trained again since takes the place of the earlier one.

    Args:
        paths: run folders, sweep folders, folders above them, or globs.
        to: ``mlflow``, ``tensorboard`` or ``wandb``.
        on_progress: is called with how many runs are done, and of how many.
        options: of the tracker, as its class takes them: `Mlflow`, `TensorBoard`, `Wandb`.

    Raises:
        SinefitError: if a path holds no run, an option cannot be used, a package is missing, or the tracker
            cannot be reached; what was sent until then stays, and sending again goes on.
    """
    if to not in TRACKERS:
        msg = f"to must be one of {', '.join(TRACKERS)}, got {to!r}"
        raise SinefitError(msg)
    sent = Sent()
    send_to(TRACKERS[to](**options), paths, sent, on_progress or (lambda *_: None))
    return sent


def send_to(tracker: Tracker, paths: Paths, sent: Sent, on_progress: Callable[[int, int], None]) -> None:
    """Send runs to a tracker, see `send`.

    Args:
        tracker: where to.
        paths: of the runs.
        sent: is told what became of them, also if this is interrupted.
        on_progress: is called with how many runs are done, and of how many.
    """
    found = find_runs(paths)
    total, done = sum(map(len, found.values())), 0
    with exclusive(tracker.place()), tracker.opened() as destination:
        sent.where = destination.shown
        for folder, runs in found.items():
            sweep = None if folder is None else read_sent_sweep(folder)
            there = destination.begin(sweep, [identify_run(run, sweep) for run in runs])
            new: list[SentRun] = []
            for run in runs:
                new += _read_new(run, sweep, tracker.history, there, sent)
                done += 1
                if len(new) >= destination.at_once or _count_points(new) >= POINTS or run == runs[-1]:
                    if new:
                        destination.write(new)
                    sent.sent += len(new)
                    new = []
                on_progress(done - len(new), total)
            if sweep is not None and there.get(sweep.identity) != sweep.digest:
                destination.end(sweep)
            sent.notes = list(dict.fromkeys([*sent.notes, *destination.notes]))


def _read_new(
    run: str, sweep: SentSweep | None, history: int | str, there: Mapping[str, str], sent: Sent
) -> list[SentRun]:
    """The run, if it is not there yet as it is now.

    Args:
        run: its folder.
        sweep: that it is a job of.
        history: how many points of its curves are sent.
        there: what is there and whole: digests by identities.
        sent: is told if there is nothing to send.
    """
    try:
        result = RunFolder(run).read_result()
        if there.get(identify_run(run, sweep)) != digest_run(run, result, history):
            return [read_sent_run(run, sweep, result, history)]
        sent.unchanged += 1
    except RecordError as error:
        if isinstance(error.__cause__, FileNotFoundError) and not os.path.lexists(f"{run}/{RESULT_NAME}"):
            sent.unfinished.append(run)
        else:
            sent.broken.append(str(error))
    return []


def _count_points(runs: Sequence[SentRun]) -> int:
    return sum(len(curve.steps) for run in runs for curve in run.curves)
