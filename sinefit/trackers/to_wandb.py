"""Runs to Weights & Biases as offline runs, which `wandb sync` uploads; a sweep is the group of its runs.

Each is written by W&B's own library into a folder beside, which gets its name when it is whole. A run of 20
epochs takes 20 ms, one of 100 takes 70 ms. W&B takes the time of sending for a run's start; when it was
trained, its config says.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sinefit.errors import Problem, SettingsError, SinefitError
from sinefit.interrupts import INTERRUPTS, loading_modules
from sinefit.trackers.curves import HISTORY, check_history, values_by_step
from sinefit.trackers.ending import State
from sinefit.trackers.sent_run import PICTURE
from sinefit.trackers.tracker import require_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sinefit.results.overrides import Cell
    from sinefit.trackers.sent_run import SentRun
    from sinefit.trackers.sent_sweep import SentSweep

PROJECT = "sinefit"
FOLDER = "wandb"
"""Within the folder that is named, as W&B's own runs."""
DIGEST_NAME = "sinefit.digest"
"""A file within an offline run: what was sent."""
CHOICE = "choice"
"""The key of a group's choice within its settings, which W&B wants nested."""
_NAME = re.compile(r"offline-run-\d{8}_\d{6}-([0-9a-f]{32})")
_SETTINGS: dict[str, Any] = {
    "silent": True,
    "console": "off",
    "disable_git": True,
    "save_code": False,
    "x_disable_stats": True,
    "x_disable_meta": True,
    "x_save_requirements": False,
}
"""Nothing of the process that sends: it is not the one that trained."""


@dataclass(frozen=True)
class Wandb:
    """Weights & Biases, and where its offline runs lie.

    Attributes:
        project: of W&B.
        dir: the folder in which ``wandb/offline-run-...`` are; if None, what WANDB_DIR says, else this one.
        history: how many points of a curve are sent, or ``all``.

    Raises:
        SinefitError: if a setting cannot be used, or W&B's library is not installed.
    """

    project: str = PROJECT
    dir: str | None = None
    history: int | str = HISTORY

    def __post_init__(self) -> None:
        check_history(self.history)
        if not isinstance(self.project, str) or not re.fullmatch(r"[^/\\#?%:]{1,128}", self.project):
            allowed = r"a name of at most 128 letters without / \ # ? % :"
            raise SettingsError([Problem("project", self.project, allowed, PROJECT)])
        require_packages("W&B", "wandb", "wandb")

    def place(self) -> str:
        """The folder of the offline runs, absolute."""
        return os.path.abspath(os.path.join(self.dir or os.environ.get("WANDB_DIR") or os.curdir, FOLDER))

    @contextmanager
    def opened(self) -> Iterator[WandbFolder]:
        """The folder, open to be written to.

        Raises:
            SinefitError: if it cannot be written.
        """
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # offline: nothing goes anywhere
        with loading_modules():
            import wandb  # noqa: PLC0415 - takes half a second

        folder = Path(self.place())
        hooks = sys.exit, sys.excepthook  # which wandb puts its own in front of, and leaves them there
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.glob(".sinefit-*"):
                shutil.rmtree(left)
            yield WandbFolder(f"{os.path.relpath(folder)}, project {self.project}", folder, self.project)
        except (OSError, wandb.Error) as error:
            msg = f"W&B's folder {folder} cannot be written: {' '.join(str(error).split())}"
            raise SinefitError(msg) from error
        finally:
            with INTERRUPTS.held():
                wandb.teardown()
            sys.exit, sys.excepthook = hooks


@dataclass
class WandbFolder:
    """A folder of offline runs that is open.

    Attributes:
        shown: it in words.
        folder: the same.
        project: of W&B.
    """

    shown: str
    folder: Path
    project: str
    notes: list[str] = field(default_factory=list)
    at_once: int = 10
    _group: str | None = None
    _there: dict[str, list[Path]] = field(default_factory=dict)

    def begin(self, sweep: SentSweep | None, identities: Sequence[str]) -> Mapping[str, str]:
        """Name the group of a sweep's runs; what is there and whole."""
        self._group = None if sweep is None else f"{sweep.name}-{sweep.identity[:6]}"
        self._there = {}
        for path in self.folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                self._there.setdefault(match[1], []).append(path)
        wanted = [*identities, *([] if sweep is None else [sweep.identity])]
        return {
            identity: digest
            for identity in wanted
            if (digest := _read_digest(self._there.get(identity, ()))) is not None
        }

    def write(self, runs: Sequence[SentRun]) -> None:
        """Write an offline run for each run, instead of what is there of it."""
        for run in runs:
            config = nest(run.parameters) | {"sinefit": dict(run.tags)}
            kind = "run" if self._group is None else "job"
            about = {"config": config, "job_type": kind, "tags": [run.tags["status"]], "notes": run.note}
            with self._whole(run, about) as opened:
                for step, row in values_by_step(run.curves):
                    opened.log(row, step=step)
                if PICTURE in run.files:
                    import wandb  # noqa: PLC0415 - loaded by now

                    opened.log({"fit": wandb.Image(run.files[PICTURE])}, step=run.epochs)
                opened.summary.update(dict(run.metrics))

    def end(self, sweep: SentSweep) -> None:
        """Write an offline run for the sweep as a whole."""
        about = {"config": {"sinefit": dict(sweep.tags)}, "job_type": "sweep", "notes": sweep.note}
        with self._whole(sweep, about) as opened:
            opened.summary.update(dict(sweep.metrics))

    @contextmanager
    def _whole(self, run: SentRun | SentSweep, about: Mapping[str, Any]) -> Iterator[Any]:
        """An open offline run in a folder beside, which takes its place when it is whole.

        Args:
            run: that is written.
            about: what W&B is told of it.
        """
        import wandb  # noqa: PLC0415 - loaded by now

        beside = tempfile.mkdtemp(prefix=".sinefit-", dir=self.folder)
        settings = wandb.Settings(**_SETTINGS)
        try:
            opened = wandb.init(
                mode="offline",
                dir=beside,
                project=self.project,
                id=run.identity,
                name=run.name,
                group=self._group,
                reinit="create_new",
                settings=settings,
                **about,
            )
            yield opened
            _save_files(opened, run.files)
            opened.finish(exit_code=int(run.state in {State.FAILED, State.KILLED}))
            (made,) = Path(beside, FOLDER).glob(f"offline-run-*-{run.identity}")
            (made / DIGEST_NAME).write_text(run.digest, encoding="ascii")
            with INTERRUPTS.held():
                for old in self._there.get(run.identity, ()):
                    shutil.rmtree(old)
                made.rename(self.folder / _name_run(run.started, run.identity))
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def nest(parameters: Mapping[str, Cell]) -> dict[str, Any]:
    """Parameters by dotted paths as W&B wants them, nested; the choice of a group stands within its settings.

    >>> nest({"optimizer": "adam", "optimizer.lr": 0.01, "seed": 0})
    {'optimizer': {'choice': 'adam', 'lr': 0.01}, 'seed': 0}

    Args:
        parameters: their values, a group before what is in it.
    """
    nested: dict[str, Any] = {}
    for name, value in parameters.items():
        *above, last = name.split(".")
        node = nested
        for part in above:
            if not isinstance(node.get(part), dict):
                node[part] = {CHOICE: node[part]} if part in node else {}
            node = node[part]
        node[last] = value
    return nested


def _save_files(opened: Any, files: Mapping[str, str]) -> None:  # noqa: ANN401 - W&B's run
    """Copy files into an offline run: W&B itself makes links, which lead nowhere once a record has gone."""
    for name, path in files.items():
        target = Path(opened.dir, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        opened.save(str(target), base_path=opened.dir, policy="end")


def _name_run(started: datetime, identity: str) -> str:
    return f"offline-run-{started.astimezone(UTC):%Y%m%d_%H%M%S}-{identity}"


def _read_digest(paths: Sequence[Path]) -> str | None:
    """What was sent, if there is one whole offline run."""
    with contextlib.suppress(OSError):
        return (paths[0] / DIGEST_NAME).read_text(encoding="ascii") if len(paths) == 1 else None
    return None
