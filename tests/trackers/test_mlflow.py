"""MLflow in particular: two ways to write that are equal, what it does not take, what others deleted."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest
import torch
from tracker_places import read_mlflow

import sinefit
from sinefit.errors import SinefitError
from sinefit.trackers import send

pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy:DeprecationWarning"
)  # MLflow's

SWEEP = "first_sweep"


@pytest.fixture
def sweep(folder: Path, records: Path, empty_database: Path) -> Path:
    """A copy of the sweep in the working directory, and an empty database."""
    shutil.copytree(records, folder, dirs_exist_ok=True)
    shutil.copyfile(empty_database, "mlflow.db")
    return folder / SWEEP


def change(job: Path, **changes: object) -> None:
    """Give a record other fields."""
    file = job / "result.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_tables_are_written_as_the_client_writes_them(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that can be read back is equal; the client is what is used where the tables are unknown."""
    from sinefit.trackers import mlflow_tables  # noqa: PLC0415 - loads MLflow

    change(sweep / "0", metrics={"rmse": 0.5, "r2": None, "größe in m": 1.0})
    assert send(SWEEP, "mlflow", tracking_uri="sqlite:///fast.db").notes == []
    monkeypatch.setitem(mlflow_tables.COLUMNS, "runs", ("unknown",))
    sent = send(SWEEP, "mlflow", tracking_uri="sqlite:///slow.db")
    assert sent.notes == ["the tables of this MLflow are new to sinefit: runs are written one by one"]
    fast, slow = (read_mlflow(f"sqlite:///{Path.cwd()}/{name}.db", "sinefit") for name in ("fast", "slow"))
    assert repr(dict(sorted(fast.items()))) == repr(dict(sorted(slow.items())))
    (seen,) = fast[f"{SWEEP}/0"]
    assert seen.metrics["größe in m"] == 1.0
    assert math.isnan(seen.metrics["r2"])


def test_what_mlflow_does_not_take_is_told(sweep: Path) -> None:
    """Names with other letters and texts that are too long: each is there in a form that says so."""
    change(sweep / "0", metrics={"rmse.y(1)": 0.5}, error="x" * 9_000)
    config = sweep / "0" / ".hydra" / "config.yaml"
    config.write_text(f"{config.read_text()}note: {'y' * 7_000}\n")
    sent = send(SWEEP, "mlflow")
    assert sorted(sent.notes) == [
        "'rmse.y(1)' is called 'rmse.y_1_' there: MLflow takes no other letters",
        "mlflow.note.content is cut to 8,000 letters, as MLflow wants it; its file has all of it",
        "note is cut to 6,000 letters, as MLflow wants it; its file has all of it",
        "sinefit.error is cut to 8,000 letters, as MLflow wants it; its file has all of it",
    ]
    (seen,) = read_mlflow(f"sqlite:///{Path.cwd()}/mlflow.db", "sinefit")[f"{SWEEP}/0"]
    assert seen.metrics["rmse.y_1_"] == 0.5
    assert len(seen.parameters["note"]) == 6_000
    assert seen.parameters["note"].endswith("y... (7,000 letters)")


def test_a_parent_that_was_deleted(sweep: Path) -> None:
    """Its runs are sent anew under a new one."""
    from mlflow import MlflowClient  # noqa: PLC0415 - takes a second

    del sweep
    send(SWEEP, "mlflow")
    client = MlflowClient(f"sqlite:///{Path.cwd()}/mlflow.db")
    experiment = client.get_experiment_by_name("sinefit")
    assert experiment is not None
    (parent,) = client.search_runs([experiment.experiment_id], f"attributes.run_name = '{SWEEP}'")
    client.delete_run(parent.info.run_id)
    assert send(SWEEP, "mlflow").sent == 8
    there = read_mlflow(f"sqlite:///{Path.cwd()}/mlflow.db", "sinefit")
    assert {runs[0].parent for name, runs in there.items() if name != SWEEP} == {SWEEP}
    assert all(len(runs) == 1 for runs in there.values())


def test_an_experiment_that_was_deleted(sweep: Path) -> None:
    """How to bring it back is said."""
    from mlflow import MlflowClient  # noqa: PLC0415 - takes a second

    del sweep
    send("alone", "mlflow", experiment="old")
    client = MlflowClient(f"sqlite:///{Path.cwd()}/mlflow.db")
    experiment = client.get_experiment_by_name("old")
    assert experiment is not None
    client.delete_experiment(experiment.experiment_id)
    with pytest.raises(SinefitError, match=r"experiment 'old' was deleted; .*mlflow experiments restore"):
        send("alone", "mlflow", experiment="old")


def test_the_files_of_a_run_are_a_run(sweep: Path) -> None:
    """What MLflow keeps of a run is loaded as the run itself is, and predicts the same."""
    from mlflow import MlflowClient  # noqa: PLC0415 - takes a second

    del sweep
    send("alone", "mlflow")
    client = MlflowClient(f"sqlite:///{Path.cwd()}/mlflow.db")
    experiment = client.get_experiment_by_name("sinefit")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    downloaded = client.download_artifacts(run.info.run_id, "")
    x = torch.tensor([[0.5]])
    assert torch.equal(sinefit.load_run(downloaded)(x), sinefit.load_run("alone")(x))
