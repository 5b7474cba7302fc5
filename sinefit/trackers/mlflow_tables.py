"""Runs into the tables of MLflow's own SQLite database, many in one transaction.

MLflow's client takes 37 ms a run with 108 numbers, most of it for single rows and commits; so 10,000 runs
would take six minutes. Here they take 40 s of processor time, reading included. The tables and the session
are MLflow's own classes, and are used only while they have the columns that this module knows; else the
client is.
"""

from __future__ import annotations

import math
import os
import shutil
import sys
import time
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import append_to_uri_path, is_local_uri

from sinefit.trackers.ending import State
from sinefit.trackers.mlflow_run import DIGEST, IDENTITY, find_user
from sinefit.trackers.mlflow_writer import There

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # MLflow's own use of SQLAlchemy
    from mlflow.store.tracking.dbmodels import models
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mlflow import MlflowClient
    from sqlalchemy.orm import Session

    from sinefit.trackers.mlflow_run import MlflowRun, Wording

COLUMNS = {
    "runs": (
        *("run_uuid", "name", "source_type", "source_name", "entry_point_name", "user_id", "status"),
        *("start_time", "end_time", "deleted_time", "source_version", "lifecycle_stage", "artifact_uri"),
        "experiment_id",
    ),
    "tags": ("key", "value", "run_uuid"),
    "params": ("key", "value", "run_uuid"),
    "metrics": ("key", "value", "timestamp", "step", "is_nan", "run_uuid"),
    "latest_metrics": ("key", "value", "timestamp", "step", "is_nan", "run_uuid"),
}
"""Of the tables that are written."""
CACHE_KIB = 262_144
"""Of memory for SQLite while many runs are written: its indexes are not read again and again."""
_ACTIVE, _DELETED = "active", "deleted"
_MOST_IDS = 500
"""In one condition."""


def prepare_database(uri: str) -> None:
    """Make a new database in a folder with an apostrophe in its name, where MLflow's client fails.

    MLflow 3.17 writes its first experiment by a text in which the folder of its files is not quoted. With an
    address instead of a folder there is no apostrophe in it.

    Args:
        uri: of the database.
    """
    folder = Path("mlruns").absolute()
    if "'" in str(folder):
        SqlAlchemyStore(uri, folder.as_uri())


def find_tables_writer(
    client: MlflowClient, uri: str, experiment_id: str, wording: Wording
) -> TablesWriter | None:
    """What writes into the tables; None if they are unknown, or the files go to a server.

    Args:
        client: of MLflow.
        uri: where MLflow is.
        experiment_id: where runs go.
        wording: is told if the tables are unknown.
    """
    tables = models.Base.metadata.tables
    known = {name: {*columns} for name, columns in COLUMNS.items()}
    if known != {name: {*tables[name].columns.keys()} if name in tables else set() for name in known}:
        wording.changed["the tables of this MLflow are new to sinefit: runs are written one by one"] = None
        return None
    location = client.get_experiment(experiment_id).artifact_location
    if not is_local_uri(location):
        return None
    return TablesWriter(SqlAlchemyStore(uri, "mlruns"), int(experiment_id), location)


class TablesWriter:
    """Writes into the tables.

    Args:
        store: of MLflow.
        experiment_id: where runs go.
        location: of the experiment's files, as MLflow has it.
    """

    at_once = 1_000

    def __init__(self, store: SqlAlchemyStore, experiment_id: int, location: str) -> None:
        self._store = store
        self._experiment_id = experiment_id
        self._location = location

    def find(self, sweep: str, identities: Sequence[str]) -> Mapping[str, Sequence[There]]:
        """The runs that are there and not deleted, by their identities."""
        del sweep
        run, tag, other = models.SqlRun.__table__, models.SqlTag.__table__, sa.orm.aliased(models.SqlTag)
        is_whole = sa.and_(other.run_uuid == tag.c.run_uuid, other.key == DIGEST)
        query = (
            sa.select(tag.c.value, tag.c.run_uuid, other.value)
            .join(run, run.c.run_uuid == tag.c.run_uuid)
            .outerjoin(other, is_whole)
            .where(tag.c.key == IDENTITY, run.c.lifecycle_stage == _ACTIVE)
            .where(run.c.experiment_id == self._experiment_id)
            .order_by(run.c.start_time, run.c.run_uuid)
        )
        wanted, found = set(identities), dict[str, list[There]]()
        with self._store.ManagedSessionMaker(read_only=True) as session:
            for identity, run_id, digest in session.execute(query):
                if identity in wanted:
                    found.setdefault(identity, []).append(There(run_id, digest))
        return found

    def create(self, run: MlflowRun) -> str:
        """Make a run with tags alone, which is still running; its id."""
        run_id = _make_id()
        with self._store.ManagedSessionMaker(read_only=False) as session:
            _insert(
                session,
                models.SqlRun,
                [self._row(run_id, run) | {"status": str(State.RUNNING), "end_time": None}],
            )
            _insert(session, models.SqlTag, _list_tags(run_id, run, is_whole=False))
        return run_id

    def write(self, runs: Sequence[MlflowRun], replaced: Sequence[Sequence[str]]) -> None:
        """Write runs as new ones, and delete those that they take the place of: all of it or nothing."""
        ids = [_make_id() for _ in runs]
        for run_id, run in zip(ids, runs, strict=True):
            self._copy_files(run_id, run)
        pairs = [*zip(ids, runs, strict=True)]
        old = [each for several in replaced for each in several]
        table = models.SqlRun.__table__
        gone = {"lifecycle_stage": _DELETED, "deleted_time": time.time_ns() // 1_000_000}
        with self._store.ManagedSessionMaker(read_only=False) as session:
            session.execute(sa.text(f"PRAGMA cache_size = -{CACHE_KIB}"))
            _insert(session, models.SqlRun, [self._row(*pair) for pair in pairs])
            _insert_all(session, pairs)
            for start in range(0, len(old), _MOST_IDS):
                is_old = table.c.run_uuid.in_(old[start : start + _MOST_IDS])
                session.execute(sa.update(table).where(is_old).values(gone))

    def update(self, run_id: str, run: MlflowRun) -> None:
        """Write a run over one that keeps its id."""
        self._copy_files(run_id, run)
        row = self._row(run_id, run)
        with self._store.ManagedSessionMaker(read_only=False) as session:
            for model in (models.SqlTag, models.SqlMetric, models.SqlLatestMetric):
                session.execute(sa.delete(model.__table__).where(model.__table__.c.run_uuid == run_id))
            table = models.SqlRun.__table__
            changed = {key: row[key] for key in ("name", "status", "start_time", "end_time")}
            session.execute(sa.update(table).where(table.c.run_uuid == run_id).values(changed))
            _insert_all(session, [(run_id, run)])

    def _row(self, run_id: str, run: MlflowRun) -> dict[str, Any]:
        """A run's row, as MLflow's own `create_run` makes it."""
        return {
            "run_uuid": run_id,
            "name": run.name,
            "source_type": "UNKNOWN",
            "source_name": "",
            "entry_point_name": "",
            "user_id": find_user(),
            "status": str(run.state),
            "start_time": run.started,
            "end_time": run.ended,
            "deleted_time": None,
            "source_version": "",
            "lifecycle_stage": _ACTIVE,
            "artifact_uri": self._find_files(run_id),
            "experiment_id": self._experiment_id,
        }

    def _find_files(self, run_id: str) -> str:
        return str(append_to_uri_path(self._location, run_id, SqlAlchemyStore.ARTIFACTS_FOLDER_NAME))

    def _copy_files(self, run_id: str, run: MlflowRun) -> None:
        folder = local_file_uri_to_path(self._find_files(run_id))
        for above in {os.path.dirname(name) for name in run.files}:
            os.makedirs(f"{folder}{os.sep}{above}", exist_ok=True)
        for name, path in run.files.items():
            shutil.copyfile(path, f"{folder}{os.sep}{name}")


def _make_id() -> str:
    """An id like those of MLflow, and later ones sort behind earlier ones.

    So new rows stand together in the tables' indexes: 10,000 runs of 208 numbers are written in 29 to 37 s
    instead of 56 to 61 s, on 2 busy processors.
    """
    return f"{time.time_ns():016x}{uuid.uuid4().hex[:16]}"


def _insert_all(session: Session, pairs: Sequence[tuple[str, MlflowRun]]) -> None:
    """Insert all of runs but their rows.

    Args:
        session: of the database.
        pairs: ids and runs.
    """
    _insert(session, models.SqlTag, (row for pair in pairs for row in _list_tags(*pair, is_whole=True)))
    _insert(
        session,
        models.SqlParam,
        (
            {"key": name, "value": text, "run_uuid": run_id}
            for run_id, run in pairs
            for name, text in run.parameters.items()
        ),
    )
    metrics = [[*_list_metrics(*pair)] for pair in pairs]
    _insert(session, models.SqlMetric, (row for rows in metrics for row in rows))
    _insert(session, models.SqlLatestMetric, (row for rows in metrics for row in _choose_latest(rows)))


def _insert(session: Session, model: Any, rows: Iterable[dict[str, Any]]) -> None:  # noqa: ANN401 - a class of MLflow's
    """Insert rows into a table, without making an object of each."""
    listed = list(rows)
    if listed:
        session.execute(sa.insert(model.__table__), listed)


def _list_tags(run_id: str, run: MlflowRun, *, is_whole: bool) -> Iterator[dict[str, Any]]:
    """The rows of a run's tags; its name is one, and the digest if it is whole."""
    digest = {DIGEST: run.digest} if is_whole else {}
    for name, text in {**run.tags, "mlflow.runName": run.name, **digest}.items():
        yield {"key": name, "value": text, "run_uuid": run_id}


def _list_metrics(run_id: str, run: MlflowRun) -> Iterator[dict[str, Any]]:
    """The rows of a run's metrics, as MLflow's `sanitize_metric_value` writes nan and infinity."""
    for name, value, step, when in run.metrics:
        is_nan = math.isnan(value)
        finite = math.copysign(sys.float_info.max, value) if math.isinf(value) else value
        yield {
            "key": name,
            "value": 0.0 if is_nan else finite,
            "timestamp": when,
            "step": step,
            "is_nan": is_nan,
            "run_uuid": run_id,
        }


def _choose_latest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each metric the row of its last step, as MLflow's `_update_latest_metrics_if_necessary` does."""
    latest: dict[str, dict[str, Any]] = {}
    for row in rows:
        before = latest.get(row["key"])
        if before is None or _order(row) > _order(before):
            latest[row["key"]] = row
    return [*latest.values()]


def _order(row: Mapping[str, Any]) -> tuple[int, int, float]:
    return row["step"], row["timestamp"], row["value"]
