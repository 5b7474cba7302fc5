"""Runs and sweeps in MLflow's terms: names, lengths and kinds as it takes them; loads no MLflow.

Source of the limits: https://mlflow.org/docs/latest/ml/tracking, and `mlflow.utils.validation`.
"""

from __future__ import annotations

import getpass
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sinefit.trackers.ending import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sinefit.results.overrides import Cell
    from sinefit.trackers.sent_run import SentRun
    from sinefit.trackers.sent_sweep import SentSweep

OWN = "sinefit."
"""How the names of sinefit's tags begin."""
IDENTITY, SWEEP, DIGEST = f"{OWN}run", f"{OWN}sweep", f"{OWN}digest"
"""Tags: what a run is known by, the identity of its sweep (or `SINGLE`); what was sent, once it is whole."""
SINGLE = "none"
PARENT = "mlflow.parentRunId"
LONGEST_NAME, LONGEST_PARAMETER, LONGEST_TAG = 250, 6_000, 8_000
"""Letters that MLflow takes."""
_FORBIDDEN = re.compile(r"[^/\w.\- :]")
_WORDS = {True: "true", False: "false", None: "null"}


@dataclass(frozen=True)
class MlflowRun:
    """A run of MLflow.

    Attributes:
        identity: what it is known by.
        digest: of what is sent.
        name: that is shown.
        state: how it ended.
        started: in milliseconds.
        ended: likewise.
        tags: by name.
        parameters: by name.
        metrics: name, value, step, and milliseconds.
        files: by the names that they get.
    """

    identity: str
    digest: str
    name: str
    state: State
    started: int
    ended: int | None
    tags: Mapping[str, str]
    parameters: Mapping[str, str]
    metrics: tuple[tuple[str, float, int, int], ...]
    files: Mapping[str, str]


class Wording:
    """Makes names and texts that MLflow takes, and remembers what it had to change.

    Attributes:
        changed: a sentence for each kind of change.
    """

    def __init__(self) -> None:
        self.changed: dict[str, None] = {}

    def name(self, name: str) -> str:
        """A name without the letters that MLflow refuses."""
        fit = _FORBIDDEN.sub("_", name)[:LONGEST_NAME]
        if fit != name:
            self.changed[f"{name!r} is called {fit!r} there: MLflow takes no other letters"] = None
        return fit

    def text(self, name: str, text: str, longest: int) -> str:
        """A text that is not too long; a longer one says that it is cut."""
        if len(text) <= longest:
            return text
        self.changed[f"{name} is cut to {longest:,} letters, as MLflow wants it; its file has all of it"] = (
            None
        )
        rest = f"... ({len(text):,} letters)"
        return text[: longest - len(rest)] + rest


def translate_run(run: SentRun, sweep: str, parent: str | None, wording: Wording) -> MlflowRun:
    """A run in MLflow's terms.

    Args:
        run: the run.
        sweep: the identity of its sweep, or `SINGLE`.
        parent: the id of MLflow's run that stands for the sweep.
        wording: is told of what had to be changed.
    """
    started, ended = to_milliseconds(run.started), to_milliseconds(run.ended)
    metrics = [(wording.name(name), value, run.epochs, ended) for name, value in run.metrics.items()]
    for curve in run.curves:
        name, last = wording.name(curve.name), curve.steps[-1] or 1
        metrics += [
            (name, value, step, started + (ended - started) * step // last)
            for step, value in zip(curve.steps, curve.values, strict=True)
        ]
    parameters = {name: _format(value) for name, value in run.parameters.items()}
    tags = {IDENTITY: run.identity, SWEEP: sweep, **({} if parent is None else {PARENT: parent})}
    commit = run.tags.get("git_commit")
    return MlflowRun(
        identity=run.identity,
        digest=run.digest,
        name=run.name[:LONGEST_NAME],
        state=run.state,
        started=started,
        ended=ended,
        tags=tags
        | _translate_tags(run.tags, run.note, wording)
        | ({} if commit is None else {"mlflow.source.git.commit": commit}),
        parameters={
            wording.name(name): wording.text(name, text, LONGEST_PARAMETER)
            for name, text in parameters.items()
        },
        metrics=tuple(metrics),
        files=run.files,
    )


def translate_sweep(sweep: SentSweep, now: int, wording: Wording) -> MlflowRun:
    """A sweep in MLflow's terms: the parent of its runs.

    Args:
        sweep: the sweep.
        now: in milliseconds; of numbers that are sent again the newest are shown.
        wording: is told of what had to be changed.
    """
    metrics = ((wording.name(name), float(value), 0, now) for name, value in sweep.metrics.items())
    return MlflowRun(
        identity=sweep.identity,
        digest=sweep.digest,
        name=sweep.name[:LONGEST_NAME],
        state=sweep.state,
        started=to_milliseconds(sweep.started),
        ended=None if sweep.state == State.RUNNING else to_milliseconds(sweep.ended),
        tags={IDENTITY: sweep.identity, SWEEP: sweep.identity}
        | _translate_tags(sweep.tags, sweep.note, wording),
        parameters={},
        metrics=tuple(metrics),
        files=sweep.files,
    )


def to_milliseconds(time: datetime) -> int:
    """A time as MLflow counts it."""
    return round(time.timestamp() * 1000)


def find_user() -> str:
    """Who sends, as MLflow's client finds out."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def _translate_tags(tags: Mapping[str, str], note: str, wording: Wording) -> dict[str, str]:
    """Sinefit's tags and those by which MLflow's page shows who made a run, how, and what is to be said."""
    own = {f"{OWN}{name}": text for name, text in tags.items()}
    known = {
        "mlflow.user": find_user(),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.name": tags.get("command", "sinefit"),
        **({"mlflow.note.content": note} if note else {}),
    }
    return {name: wording.text(name, text, LONGEST_TAG) for name, text in {**own, **known}.items()}


def _format(value: Cell) -> str:
    return _WORDS[value] if value is None or isinstance(value, bool) else str(value)
