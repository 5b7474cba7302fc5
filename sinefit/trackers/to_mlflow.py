"""Runs to MLflow: a server, a database or a folder of its; a sweep is the parent of its runs."""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
import time
import warnings
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from sinefit.errors import Problem, SettingsError, SinefitError
from sinefit.interrupts import loading_modules
from sinefit.trackers.curves import HISTORY, check_history
from sinefit.trackers.mlflow_run import SINGLE, Wording, translate_run, translate_sweep
from sinefit.trackers.tracker import require_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mlflow import MlflowClient

    from sinefit.trackers.mlflow_writer import There, Writer
    from sinefit.trackers.sent_run import SentRun
    from sinefit.trackers.sent_sweep import SentSweep

EXPERIMENT = "sinefit"
SQLITE = "sqlite:///"
FIRST_ANSWER = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
"""How patiently a first answer is waited for, unless the environment says it; MLflow waits for minutes."""


@dataclass(frozen=True)
class Mlflow:
    """MLflow, and where it is.

    Attributes:
        tracking_uri: of a server (``http://...``), a database (``sqlite:///mlflow.db``) or a folder; if None,
            what MLFLOW_TRACKING_URI says, else MLflow's own default.
        experiment: its name there; it is made if there is none.
        history: how many points of a curve are sent, or ``all``.

    Raises:
        SinefitError: if a setting cannot be used, or MLflow is not installed.
    """

    tracking_uri: str | None = None
    experiment: str = EXPERIMENT
    history: int | str = HISTORY

    def __post_init__(self) -> None:
        check_history(self.history)
        if not isinstance(self.experiment, str) or not self.experiment.strip():
            raise SettingsError([Problem("experiment", self.experiment, "a name", EXPERIMENT)])
        if self.tracking_uri is not None and not str(self.tracking_uri).strip():
            raise SettingsError(
                [Problem("tracking_uri", self.tracking_uri, "an address", "sqlite:///mlflow.db")]
            )
        require_packages("MLflow", "mlflow", "mlflow", *self._database_packages())

    def _database_packages(self) -> tuple[str, ...]:
        uri = self.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or SQLITE
        return ("sqlalchemy", "alembic") if uri.startswith(SQLITE) else ()

    def place(self) -> str:
        """The address, of a file as an absolute path."""
        uri = self._uri()
        return f"{SQLITE}{os.path.abspath(_read_path(uri))}" if uri.startswith(SQLITE) else uri

    def _uri(self) -> str:
        if self.tracking_uri is not None:
            return str(self.tracking_uri)
        with loading_modules():
            import mlflow  # noqa: PLC0415 - takes a second

        return str(mlflow.get_tracking_uri())

    @contextmanager
    def opened(self) -> Iterator[MlflowDestination]:
        """The experiment, open to be written to.

        Raises:
            SinefitError: if MLflow cannot be reached, or refuses something.
        """
        uri = shown = self._uri()
        if uri.startswith(SQLITE):
            path = _check_database(_read_path(uri))
            uri = f"{SQLITE}{quote(path)}"  # absolute: MLflow remembers databases by their addresses
            shown = f"{SQLITE}{path.removeprefix(os.getcwd() + os.sep)}"
        with _quiet(), _explained(uri):
            wording = Wording()
            writer = _find_writer(uri, self.experiment, wording)
            yield MlflowDestination(f"{shown}, experiment {self.experiment}", writer, wording)


@dataclass
class MlflowDestination:
    """An experiment of MLflow that is open.

    Attributes:
        shown: where it is, in words.
        writer: how it is written.
        wording: what had to be changed.
    """

    shown: str
    writer: Writer
    wording: Wording
    _sweep: str = SINGLE
    _parent: str | None = None
    _there: dict[str, Sequence[There]] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """What had to be changed."""
        return [*self.wording.changed]

    @property
    def at_once(self) -> int:
        """As many as the way of writing wants."""
        return self.writer.at_once

    def begin(self, sweep: SentSweep | None, identities: Sequence[str]) -> Mapping[str, str]:
        """Make the parent of a sweep's runs, unless it is there; what is there and whole."""
        self._sweep = SINGLE if sweep is None else sweep.identity
        wanted = [*identities, *([] if sweep is None else [sweep.identity])]
        self._there = dict(self.writer.find(self._sweep, wanted))
        self._parent = None
        if sweep is not None and sweep.identity in self._there:
            self._parent = self._there[sweep.identity][0].run_id
        elif sweep is not None:
            self._parent = self.writer.create(translate_sweep(sweep, _now(), self.wording))
            return {}  # runs of a parent that somebody has deleted are sent anew
        return {
            identity: runs[0].digest
            for identity, runs in self._there.items()
            if len(runs) == 1 and runs[0].digest is not None
        }

    def write(self, runs: Sequence[SentRun]) -> None:
        """Write runs, instead of what is there of them."""
        translated = [translate_run(run, self._sweep, self._parent, self.wording) for run in runs]
        replaced = [[each.run_id for each in self._there.get(run.identity, ())] for run in runs]
        self.writer.write(translated, replaced)

    def end(self, sweep: SentSweep) -> None:
        """Write what is known of the sweep into the parent of its runs."""
        assert self._parent is not None  # noqa: S101 - `begin` has made it
        self.writer.update(self._parent, translate_sweep(sweep, _now(), self.wording))


def _find_writer(uri: str, experiment: str, wording: Wording) -> Writer:
    """The fastest way to write into an experiment.

    Args:
        uri: where MLflow is.
        experiment: its name there; it is made if there is none.
        wording: is told if the fast way does not know this MLflow.
    """
    with loading_modules():
        from mlflow import MlflowClient  # noqa: PLC0415 - takes a second

        from sinefit.trackers.mlflow_client import ClientWriter  # noqa: PLC0415 - loads MLflow

    if not uri.startswith(SQLITE):
        client = MlflowClient(uri)
        return ClientWriter(client, _find_experiment(client, experiment))
    with loading_modules():
        from sinefit.trackers import mlflow_tables  # noqa: PLC0415 - takes a second

    mlflow_tables.prepare_database(uri)
    client = MlflowClient(uri)
    experiment_id = _find_experiment(client, experiment)
    writer = mlflow_tables.find_tables_writer(client, uri, experiment_id, wording)
    return writer or ClientWriter(client, experiment_id)


def _read_path(uri: str) -> str:
    """The file of a database, in whose address letters can be written as ``%20``, as in MLflow's default."""
    return unquote(uri[len(SQLITE) :])


def _check_database(path: str) -> str:
    """Refuse a file that cannot be written, or is no database: MLflow would try it for two minutes.

    Args:
        path: of the file, which need not exist yet.

    Returns:
        The same, absolute.

    Raises:
        SinefitError: saying why.
    """
    folder = os.path.dirname(os.path.abspath(path))
    try:
        if not os.access(path if os.path.exists(path) else folder, os.W_OK):
            reason = "no such folder" if not os.path.isdir(folder) else "it may not be written"
            raise sqlite3.OperationalError(reason)
        with closing(sqlite3.connect(path)) as database:
            database.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error as error:
        msg = f"MLflow's database {path} cannot be used: {error}; type another one, or another folder"
        raise SinefitError(msg) from error
    return os.path.abspath(path)


def _find_experiment(client: MlflowClient, name: str) -> str:
    """The id of an experiment, which is made if there is none.

    Raises:
        SinefitError: if it was deleted: its name is taken until it is restored or removed for good.
    """
    before = {key: os.environ.get(key) for key in FIRST_ANSWER}
    os.environ.update({key: value for key, value in FIRST_ANSWER.items() if before[key] is None})
    try:
        found = client.get_experiment_by_name(name)
    finally:
        for key in (key for key, value in before.items() if value is None):
            os.environ.pop(key, None)
    if found is None:
        return str(client.create_experiment(name))
    if found.lifecycle_stage != "active":
        msg = (
            f"MLflow's experiment {name!r} was deleted; name another one, or bring it back:"
            f" mlflow experiments restore --experiment-id {found.experiment_id}"
        )
        raise SinefitError(msg)
    return str(found.experiment_id)


@contextmanager
def _explained(uri: str) -> Iterator[None]:
    """Turn what MLflow raises, and what libraries under it do, into one sentence."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - loaded by now
    from requests import RequestException  # noqa: PLC0415 - one of MLflow's own packages

    try:
        yield
    except (MlflowException, RequestException, OSError) as error:
        reason = _find_reason(error)
        if reason is not None and not uri.startswith("sqlite:"):
            msg = f"MLflow at {uri} cannot be reached: {reason}"
        else:
            msg = f"MLflow at {uri} cannot be written: {' '.join(str(error).split())}"
        raise SinefitError(msg) from error


def _find_reason(error: BaseException) -> str | None:
    """What the system says of a connection, deep below what libraries make of it; None if it says nothing."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ConnectionError | TimeoutError | socket.gaierror) and seen.strerror:
            return seen.strerror
        seen = seen.__cause__ or seen.__context__
    return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Let MLflow and its libraries not tell of tables that are made, and of calls that are tried again."""
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic", "urllib3")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _now() -> int:
    return time.time_ns() // 1_000_000
