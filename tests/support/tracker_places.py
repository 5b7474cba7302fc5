"""Places of trackers for tests, and what is in them afterwards: read by each tracker's own means."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from offline_runs import read_offline_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATES = {1: "FINISHED", 2: "FAILED", 0: "KILLED", 3: "RUNNING"}
"""Of TensorBoard's sessions."""


@dataclass(frozen=True)
class Seen:
    """A run as a tracker has it.

    Attributes:
        status: sinefit's own word; empty for a sweep.
        state: the tracker's.
        parent: what says that it is of a sweep: the parent's name, or what stands for it; None for a parent.
        parameters: as text.
        metrics: last values.
        losses: of training, by epoch.
        files: their names, as far as the tracker keeps any.
        note: a sentence on how it ended.
        seconds: when it was started, since 1970.
    """

    status: str
    state: str
    parent: str | None
    parameters: dict[str, str]
    metrics: dict[str, float]
    losses: list[float]
    files: set[str]
    note: str
    seconds: int


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """A real server of MLflow on the loopback address; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    places = ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", str(folder)]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "DO_NOT_TRACK": "true"}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*command, *places, "--workers", "1"],
            cwd=folder,
            stdout=log,
            stderr=log,
            env=os.environ | quiet,
        ) as server,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            while not _answers(f"{address}/health"):
                try:
                    code = server.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
                pytest_says = (folder / "log").read_text()
                msg = f"the server ended with {code}: {pytest_says}"
                raise AssertionError(msg)
            yield address
        finally:
            server.terminate()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - the loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def read_mlflow(uri: str, experiment: str) -> dict[str, list[Seen]]:
    """The runs of an experiment, by their names."""
    from mlflow import MlflowClient  # noqa: PLC0415 - takes a second

    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    runs = [] if found is None else client.search_runs([found.experiment_id], max_results=1000)
    names = {run.info.run_id: run.info.run_name for run in runs}
    seen: dict[str, list[Seen]] = {}
    for run in runs:
        tags, run_id = run.data.tags, run.info.run_id
        parent = tags.get("mlflow.parentRunId")
        losses = client.get_metric_history(run_id, "history/train_loss")
        files = {file.path for file in client.list_artifacts(run_id) if not file.is_dir}
        files |= {file.path for file in client.list_artifacts(run_id, ".hydra")}
        seen.setdefault(run.info.run_name, []).append(
            Seen(
                status=tags.get("sinefit.status", ""),
                state=run.info.status,
                parent=None if parent is None else names[parent],
                parameters=dict(run.data.params),
                metrics=dict(run.data.metrics),
                losses=[point.value for point in sorted(losses, key=lambda each: each.step)],
                files=files,
                note=tags.get("mlflow.note.content", ""),
                seconds=run.info.start_time // 1000,
            )
        )
    return seen


def read_tensorboard(logdir: Path) -> dict[str, list[Seen]]:
    """The folders with event files, by their paths within; two files that tell of one run are two."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: PLC0415

    seen: dict[str, list[Seen]] = {}
    for file in sorted(logdir.rglob("*tfevents*")):
        events = EventAccumulator(str(file), size_guidance={"scalars": 0, "tensors": 0, "images": 0})
        events.Reload()
        seen.setdefault(str(file.parent.relative_to(logdir)), []).append(_as_seen(events, file, logdir))
    return seen


def _as_seen(events: Any, file: Path, logdir: Path) -> Seen:
    """What TensorBoard's own reader, and its HParams dashboard's, make of an event file."""
    from tensorboard.plugins.hparams import metadata  # noqa: PLC0415

    tags = events.Tags()
    about = events.summary_metadata
    start = state = None
    if metadata.SESSION_START_INFO_TAG in about:
        content = about[metadata.SESSION_START_INFO_TAG].plugin_data.content
        start = metadata.parse_session_start_info_plugin_data(content)
        content = about[metadata.SESSION_END_INFO_TAG].plugin_data.content
        state = STATES[metadata.parse_session_end_info_plugin_data(content).status]
    scalars = {tag: [point.value for point in events.Scalars(tag)] for tag in tags["scalars"]}
    (text,) = [tag for tag in tags["tensors"] if tag in {"run", "sweep"}] or [""]
    words = events.Tensors(text)[0].tensor_proto.string_val[0].decode() if text else ""
    lines = [line for line in words.splitlines() if line.startswith("| ") and line.strip("| ")]
    rows = dict(line[2:-2].split(" | ", 1) for line in lines)
    parameters = {} if start is None else {name: _plain(value) for name, value in start.hparams.items()}
    parent = str(file.parent.parent.relative_to(logdir))
    return Seen(
        status=rows.get("status", ""),
        state=state or "",
        parent=None if parent == "." else parent,
        parameters=parameters,
        metrics={
            tag.removeprefix("final/"): points[-1]
            for tag, points in scalars.items()
            if tag.startswith("final/")
        },
        losses=scalars.get("history/train_loss", []),
        files={"fit.png"} if tags["images"] else set(),
        note=words.partition("\n\n")[0] if not words.startswith("| ") else "",
        seconds=int(events.FirstEventTimestamp()),
    )


def _plain(value: Any) -> str:
    kind = value.WhichOneof("kind")
    plain = getattr(value, kind)
    return (
        str(plain).lower() if isinstance(plain, bool) else f"{plain:g}" if kind == "number_value" else plain
    )


def read_wandb(folder: Path) -> dict[str, list[Seen]]:
    """The offline runs in a folder, by their names."""
    seen: dict[str, list[Seen]] = {}
    for path in sorted(folder.glob("wandb/offline-run-*")):
        run = read_offline_run(path)
        started = run["config"]["sinefit"].get("started")
        kept = {
            str(file.relative_to(path / "files")) for file in (path / "files").rglob("*") if file.is_file()
        }
        assert {file for file in kept if "media" not in file} <= {*run["files"]}
        seen.setdefault(run["name"], []).append(
            Seen(
                status=next(iter(run["tags"]), ""),
                state="FAILED" if run["exit_code"] else "FINISHED",
                parent=run["group"] if run["kind"] == "job" else None,
                parameters={name: str(value) for name, value in _flat(run["config"])},
                metrics=run["summary"],
                losses=[row["history/train_loss"] for row in run["history"] if "history/train_loss" in row],
                files={name.replace("files/", "") for name in kept},
                note=run["notes"],
                seconds=int(datetime.fromisoformat(started).timestamp()) if started else 0,
            )
        )
    return seen


def _flat(node: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
