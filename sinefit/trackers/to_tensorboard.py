"""Runs to TensorBoard: a folder a run within its sweep's, with one event file that is written whole."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import Problem, RecordError, SettingsError, SinefitError
from sinefit.record.files import remove, remove_leftovers, write_atomically
from sinefit.trackers.curves import HISTORY, check_history
from sinefit.trackers.tracker import require_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sinefit.trackers.sent_run import SentRun
    from sinefit.trackers.sent_sweep import SentSweep

LOGDIR = "outputs/tensorboard"
BEGUN = "begun"
"""In the name of a sweep's file, in place of the digest, until its runs are written."""
_NAME = re.compile(r"events\.out\.tfevents\.\d+\.sinefit\.([0-9a-f]{32})\.([0-9a-f]{32}|begun)")


@dataclass(frozen=True)
class TensorBoard:
    """TensorBoard, and the folder that it shows.

    Attributes:
        logdir: the folder; it is made if there is none.
        history: how many points of a curve are sent, or ``all``.

    Raises:
        SinefitError: if a setting cannot be used, or TensorBoard is not installed.
    """

    logdir: str = LOGDIR
    history: int | str = HISTORY

    def __post_init__(self) -> None:
        check_history(self.history)
        if not isinstance(self.logdir, str) or not self.logdir:
            raise SettingsError([Problem("logdir", self.logdir, "a folder", LOGDIR)])
        require_packages("TensorBoard", "tensorboard", "tensorboard")

    def place(self) -> str:
        """The folder, absolute."""
        return os.path.abspath(self.logdir)

    @contextmanager
    def opened(self) -> Iterator[TensorBoardFolder]:
        """The folder, open to be written to.

        Raises:
            SinefitError: if it cannot be written.
        """
        folder = Path(self.place())
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"{self.logdir} cannot be made: {error.strerror}; type another folder for TensorBoard"
            raise SinefitError(msg) from error
        remove_leftovers(folder)
        try:
            yield TensorBoardFolder(self.logdir, str(folder), dict(_find_files(folder)))
        except RecordError as error:
            msg = f"TensorBoard's folder {self.logdir} cannot be written: {error}"
            raise SinefitError(msg) from error


@dataclass
class TensorBoardFolder:
    """A folder of event files that is open.

    Attributes:
        shown: it in words.
        folder: the same, absolute.
        files: that are there, by identity: paths, and digests.
    """

    shown: str
    folder: str
    files: dict[str, list[tuple[str, str]]]
    notes: list[str] = field(default_factory=list)
    at_once: int = 100
    _sweep: str | None = None

    def begin(self, sweep: SentSweep | None, identities: Sequence[str]) -> Mapping[str, str]:
        """Choose the folder of a sweep; what is there and whole."""
        from sinefit.trackers.event_file import format_sweep  # noqa: PLC0415 - loads TensorBoard

        self._sweep = None
        if sweep is not None:
            self._sweep = self._choose_folder(sweep.identity, f"{self.folder}{os.sep}{sweep.name}")
            if sweep.identity not in self.files:
                content = format_sweep(sweep, is_whole=False)
                self._write(self._sweep, sweep.identity, BEGUN, sweep.started, content)
        wanted = [*identities, *([] if sweep is None else [sweep.identity])]
        files = {identity: self.files[identity] for identity in wanted if identity in self.files}
        return {identity: found[0][1] for identity, found in files.items() if len(found) == 1}

    def write(self, runs: Sequence[SentRun]) -> None:
        """Write a file for each run, instead of what is there of it."""
        from sinefit.trackers.event_file import format_run  # noqa: PLC0415 - loads TensorBoard

        for run in runs:
            above = self._sweep or self.folder
            parts = ["_" if part == ".." else part for part in (run.job or run.name).split(os.sep)]
            folder = self._choose_folder(run.identity, os.path.join(above, *parts))
            self._write(folder, run.identity, run.digest, run.started, format_run(run))

    def end(self, sweep: SentSweep) -> None:
        """Write the file of the sweep as a whole."""
        from sinefit.trackers.event_file import format_sweep  # noqa: PLC0415 - loads TensorBoard

        assert self._sweep is not None  # noqa: S101 - `begin` has chosen it
        content = format_sweep(sweep, is_whole=True)
        self._write(self._sweep, sweep.identity, sweep.digest, sweep.started, content)

    def _choose_folder(self, identity: str, wanted: str) -> str:
        """The folder in which something is, else the one wanted, or one beside it if another has that."""
        if identity in self.files:
            return os.path.dirname(self.files[identity][0][0])
        is_taken = os.path.isdir(wanted) and any("tfevents" in name for name in os.listdir(wanted))
        return f"{wanted}-{identity[:6]}" if is_taken else wanted

    def _write(self, folder: str, identity: str, digest: str, started: datetime, content: bytes) -> None:
        """Write a file, and remove the others of the same run: TensorBoard would show them all as one."""
        name = f"events.out.tfevents.{int(started.timestamp()):010d}.sinefit.{identity}.{digest}"
        path = os.path.join(folder, name)
        write_atomically(path, content, durable=False)
        for other, _ in self.files.get(identity, ()):
            if other != path:
                remove(other)
        self.files[identity] = [(path, digest)]


def _find_files(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """The event files of sinefit in a folder, by identity: paths and digests."""
    found: dict[str, list[tuple[str, str]]] = {}
    for above, _, names in os.walk(folder):
        for name in names:
            if match := _NAME.fullmatch(name):
                found.setdefault(match[1], []).append((os.path.join(above, name), match[2]))
    return found
