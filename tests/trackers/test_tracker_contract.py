"""What every tracker holds to: records arrive as they are, once, however often and from whatever kill."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tracker_places import read_mlflow, read_tensorboard, read_wandb

from sinefit.record.folder import RunFolder
from sinefit.trackers import Sent, send
from sinefit.trackers.sending import TRACKERS

if TYPE_CHECKING:
    from tracker_places import Seen

pytestmark = pytest.mark.filterwarnings(
    "ignore:The ``noload`` loader strategy:DeprecationWarning"
)  # MLflow's

SWEEP, SINGLE = "first_sweep", "alone"
JOBS = [f"{SWEEP}/{number}" for number in range(8)]
STATES = {
    "completed": "FINISHED",
    "converged": "FINISHED",
    "stopped": "FINISHED",
    "pruned": "KILLED",
    "interrupted": "KILLED",
    "diverged": "FAILED",
    "failed": "FAILED",
}
KILLER = """
import os, signal, sys
from sinefit.trackers import send
left = int(sys.argv[1])
def count(event, arguments):
    global left
    if event == sys.argv[2] and sys.argv[3] in str(arguments):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
send(sys.argv[5:], **eval(sys.argv[4]))
"""
"""A process that sends, and dies when it does a thing for the n-th time."""


@dataclass(frozen=True)
class Place:
    """A place of a tracker.

    Attributes:
        options: of `send`.
        moment: what is done in the middle of sending: an event of Python's audit, a word of its arguments.
    """

    options: dict[str, Any]
    moment: tuple[str, str]

    def send(self, *paths: str, **more: Any) -> Sent:
        """Send runs there."""
        return send(paths, **self.options, **more)

    def read(self) -> dict[str, list[Seen]]:
        """What is there."""
        if self.options["to"] == "mlflow":
            address = self.options["tracking_uri"].replace("sqlite:///", f"sqlite:///{Path.cwd()}/")
            return read_mlflow(address, self.options["experiment"])
        if self.options["to"] == "tensorboard":
            return read_tensorboard(Path(self.options["logdir"]))
        return read_wandb(Path(self.options["dir"]))


@pytest.fixture(params=["mlflow-database", "mlflow-server", "tensorboard", "wandb"])
def place(request: pytest.FixtureRequest, folder: Path, records: Path) -> Place:
    """A place of each tracker, and copies of the records in the working directory."""
    shutil.copytree(records, folder, dirs_exist_ok=True)
    if request.param == "mlflow-database":
        shutil.copyfile(request.getfixturevalue("empty_database"), "my runs.db")
        options = {"to": "mlflow", "tracking_uri": "sqlite:///my runs.db", "experiment": "it's ü"}
        return Place(options, ("shutil.copyfile", "model.pt"))
    if request.param == "mlflow-server":
        experiment = request.node.name
        options = {"tracking_uri": request.getfixturevalue("server"), "experiment": experiment}
        return Place({"to": "mlflow", **options}, ("open", "model.pt"))
    if request.param == "tensorboard":
        return Place({"to": "tensorboard", "logdir": "log dir/ü"}, ("os.rename", "tfevents"))
    return Place({"to": "wandb", "dir": "my ü"}, ("os.rename", "offline-run"))


def state_of(place: Place, status: str) -> str:
    """How a tracker calls an ending; W&B knows an exit code alone."""
    if place.options["to"] == "wandb":
        return "FINISHED" if STATES[status] == "FINISHED" else "FAILED"
    return STATES[status]


def test_runs_arrive_as_recorded(place: Place) -> None:
    """Status, settings, metrics, curve and start of each run are those of its record."""
    sent = place.send(SWEEP, SINGLE, history="all")
    assert (sent.sent, sent.unchanged, sent.unfinished, sent.broken) == (9, 0, [], [])
    there = place.read()
    assert {*there} == {SWEEP, SINGLE, *JOBS}
    statuses = set()
    for name in (*JOBS, SINGLE):
        (seen,) = there[name]
        record, result = RunFolder(name), RunFolder(name).read_result()
        statuses.add(result.status)
        assert (seen.status, seen.state) == (result.status, state_of(place, result.status))
        assert seen.parameters["model.hidden_size"] == "4"
        assert float(seen.parameters["optimizer.lr"]) == float(
            dict(word.split("=") for word in result.overrides).get("optimizer.lr", 0.01)
        )
        assert seen.parameters["scheduler.T_max"] == "4"  # a reference in the config: ${trainer.max_epochs}
        assert "picture" not in seen.parameters
        metrics = {metric: seen.metrics[metric] for metric in result.metrics}
        assert metrics == pytest.approx(result.metrics, rel=1e-6, nan_ok=True)
        losses = [] if result.status == "failed" else [row["train_loss"] for row in record.read_history()]
        assert seen.losses == pytest.approx(
            [loss for loss in losses if loss is not None], rel=1e-6, nan_ok=True
        )
        assert seen.seconds == int(datetime_of(result.started))
        assert seen.note == (result.error or result.message)
        assert (seen.parent is None) == (name == SINGLE)
    assert statuses == {"completed", "diverged", "pruned", "failed"}


def datetime_of(text: str) -> float:
    """Seconds since 1970."""
    from datetime import datetime  # noqa: PLC0415

    return datetime.fromisoformat(text).timestamp()


def test_files_arrive(place: Place) -> None:
    """The picture of the single run, and where the tracker keeps files all that loads it again."""
    place.send(SINGLE)
    (seen,) = place.read()[SINGLE]
    wanted = {"fit.png", "model.pt", "result.json", ".hydra/config.yaml"}
    assert seen.files >= ({"fit.png"} if place.options["to"] == "tensorboard" else wanted)


def test_sent_twice_is_there_once(place: Place) -> None:
    """The second time nothing is written; so of a part, and from another folder; Python's hooks are left."""
    hooks = sys.exit, sys.excepthook
    place.send(SWEEP, SINGLE)
    assert (sys.exit, sys.excepthook) == hooks
    first = place.read()
    again = place.send(SWEEP, SINGLE)
    assert (again.sent, again.unchanged) == (0, 9)
    shutil.copytree(SWEEP, "elsewhere")
    part = place.send("elsewhere/3", "elsewhere/5")
    assert (part.sent, part.unchanged) == (0, 2)
    assert repr(place.read()) == repr(first)  # nan differs from itself
    assert all(len(runs) == 1 for runs in first.values())


def test_killed_and_sent_again(place: Place) -> None:
    """A process that is killed in the middle leaves nothing double and nothing half once it is sent again."""
    event, word = place.moment
    command = [sys.executable, "-c", KILLER, "3", event, word, repr(place.options), SWEEP]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    place.send(SWEEP)
    there = place.read()
    assert {*there} == {SWEEP, *JOBS}
    assert all(len(runs) == 1 for runs in there.values())
    for name in JOBS:
        assert there[name][0].status == RunFolder(name).read_result().status
        metrics = RunFolder(name).read_result().metrics
        seen = {metric: there[name][0].metrics[metric] for metric in metrics}
        assert seen == pytest.approx(metrics, rel=1e-6, nan_ok=True)
    assert place.send(SWEEP).sent == 0


def test_a_run_that_was_trained_again_takes_the_place_of_the_first(place: Place) -> None:
    """One run of that name, with the new numbers; the others are left alone."""
    place.send(SWEEP)
    result = json.loads(Path(JOBS[0], "result.json").read_text())
    result["metrics"]["rmse"] = 0.125
    Path(JOBS[0], "result.json").write_text(json.dumps(result))
    sent = place.send(SWEEP)
    assert (sent.sent, sent.unchanged) == (1, 7)
    (seen,) = place.read()[JOBS[0]]
    assert seen.metrics["rmse"] == 0.125


def test_a_sweep_that_was_killed(place: Place) -> None:
    """Jobs without a result are named and not sent; the sweep counts them, and knows when they have ended."""
    text = Path(JOBS[7], "result.json").read_text()
    Path(JOBS[7], "result.json").unlink()
    sent = place.send(SWEEP)
    assert sent.sent == 7
    assert [Path(run).name for run in sent.unfinished] == ["7"]
    (sweep,) = place.read()[SWEEP]
    if place.options["to"] != "tensorboard":  # which has no endings of folders
        assert sweep.state == state_of(place, "interrupted")
        assert sweep.metrics["num_unfinished"] == 1
    Path(JOBS[7], "result.json").write_text(text)
    assert place.send(SWEEP).sent == 1
    (sweep,) = place.read()[SWEEP]
    if place.options["to"] != "tensorboard":
        assert sweep.state == "FINISHED"
        assert sweep.metrics["num_jobs"] == 8
        assert sweep.metrics["num_failed"] == 4


def test_long_curves_are_thinned(place: Place) -> None:
    """With a number of points, first and last are among them."""
    place.send(SINGLE, history=3)
    (seen,) = place.read()[SINGLE]
    losses = [row["train_loss"] for row in RunFolder(SINGLE).read_history()]
    assert seen.losses == pytest.approx([losses[0], losses[2], losses[3]], rel=1e-6)


def test_every_tracker_is_tested() -> None:
    """A tracker that is added stands here too."""
    assert {*TRACKERS} == {"mlflow", "tensorboard", "wandb"}
