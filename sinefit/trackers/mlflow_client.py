"""Runs to MLflow by its client, call by call: for servers, and for whatever else is no SQLite database.

A run takes some 30 ms in MLflow's own code, so that a server is given several at once.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from mlflow.entities import Metric, Param, RunTag

from sinefit.trackers.mlflow_run import DIGEST, IDENTITY, SWEEP
from sinefit.trackers.mlflow_writer import There

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow import MlflowClient

    from sinefit.trackers.mlflow_run import MlflowRun

PAGE = 1_000
MOST_METRICS, MOST_OTHERS = 1_000, 100
"""That MLflow takes in one call."""
AT_ONCE = 8
"""Runs that a server is sent at once."""


class ClientWriter:
    """Writes by MLflow's client.

    Args:
        client: of MLflow.
        experiment_id: where runs go.
    """

    at_once = 4 * AT_ONCE

    def __init__(self, client: MlflowClient, experiment_id: str) -> None:
        self._client = client
        self._experiment_id = experiment_id

    def find(self, sweep: str, identities: Sequence[str]) -> Mapping[str, Sequence[There]]:
        """The runs that are there and not deleted, by their identities."""
        wanted, found, token = set(identities), dict[str, list[There]](), None
        condition = f"tags.`{SWEEP}` = '{sweep}'"
        while True:
            page = self._client.search_runs(
                [self._experiment_id], condition, max_results=PAGE, order_by=["start_time"], page_token=token
            )
            for run in page:
                identity = run.data.tags.get(IDENTITY)
                if identity in wanted:
                    there = There(run.info.run_id, run.data.tags.get(DIGEST))
                    found.setdefault(identity, []).append(there)
            token = page.token
            if not token:
                return found

    def create(self, run: MlflowRun) -> str:
        """Make a run with tags alone, which is still running; its id."""
        made = self._client.create_run(
            self._experiment_id, start_time=run.started, tags=dict(run.tags), run_name=run.name
        )
        return str(made.info.run_id)

    def write(self, runs: Sequence[MlflowRun], replaced: Sequence[Sequence[str]]) -> None:
        """Write runs as new ones; then those go that they take the place of."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            waiting = [pool.submit(self._write_one, *pair) for pair in zip(runs, replaced, strict=True)]
            try:
                for each in waiting:
                    each.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def update(self, run_id: str, run: MlflowRun) -> None:
        """Write a run over one that keeps its id."""
        self._fill(run_id, run)

    def _write_one(self, run: MlflowRun, replaced: Sequence[str]) -> None:
        self._fill(self.create(run), run)
        for other in replaced:
            self._client.delete_run(other)

    def _fill(self, run_id: str, run: MlflowRun) -> None:
        """Give a run all that it has; the digest, by which it counts as whole, last."""
        for name, path in run.files.items():
            self._client.log_artifact(run_id, path, os.path.dirname(name) or None)
        metrics = [Metric(name, value, time, step) for name, value, step, time in run.metrics]
        parameters = [Param(name, text) for name, text in run.parameters.items()]
        tags = [RunTag(name, text) for name, text in run.tags.items()]
        for part in _cut(parameters, MOST_OTHERS):
            self._client.log_batch(run_id, params=part)
        for part in _cut(metrics, MOST_METRICS):
            self._client.log_batch(run_id, metrics=part)
        self._client.log_batch(run_id, tags=tags)
        self._client.set_terminated(run_id, str(run.state), run.ended)
        self._client.set_tag(run_id, DIGEST, run.digest)


def _cut(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
