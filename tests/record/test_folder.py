"""The run folder: what is written is read, half a file is never seen, broken files are refused."""

from __future__ import annotations

import json
import math
import os
import pickle
import resource
import signal
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from made_records import make_outcome, make_result

from sinefit.errors import RecordError
from sinefit.record.files import check_writable_again, write_atomically
from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

RESULT = make_result(metrics={"rmse": 0.5, "r2": -1.0}, overrides=["seed=0", "note='a, \"b\"'"])


def test_a_record_is_read_as_it_was_written(folder: Path) -> None:
    """Every file, into a folder that is made for it; histories keep every bit."""
    files = RunFolder(folder / "new" / "run")
    outcome = make_outcome(
        history=[(1, 0.1 + 0.2, None, 1e-300), (2, 1 / 3, 0.25, 0.01)],
        prediction=[(0.5, 1 / 3, 2e-10)],
        probe=(("a", "b, c"), [(2_000_001, 0.5, 1 / 3)]),
    )
    outcome.parameters = {"0.weight": torch.rand(3, 2), "steps": torch.tensor(7)}
    files.write(outcome, RESULT)
    assert files.read_result() == RESULT
    assert files.read_history() == [
        {"epoch": 1.0, "train_loss": 0.1 + 0.2, "validation_loss": None, "lr": 1e-300},
        {"epoch": 2.0, "train_loss": 1 / 3, "validation_loss": 0.25, "lr": 0.01},
    ]
    assert files.read_prediction() == [{"x": 0.5, "target": 0.333333, "prediction": 2e-10}]
    assert files.read_probe() == [{"step": 2_000_001.0, "a": 0.5, "b, c": 0.333333}]
    assert files.read_parameters().keys() == outcome.parameters.keys()
    assert all(map(torch.equal, files.read_parameters().values(), outcome.parameters.values()))
    assert {path.name for path in files.path.iterdir()} == {
        "result.json",
        "history.csv",
        "prediction.csv",
        "probe.csv",
        "model.pt",
    }


@pytest.mark.parametrize("status", ["completed", "interrupted"])
def test_the_checkpoint_goes_with_the_end_of_the_run(folder: Path, status: str) -> None:
    """An interrupted run goes on from it."""
    files = RunFolder(folder)
    assert files.load() is None
    files.save({"epoch": 3, "x": torch.ones(2)})
    files.write(None, replace(RESULT, status="failed"))
    state = files.load()
    assert state is not None
    assert state["epoch"] == 3
    files.write(make_outcome(), replace(RESULT, status=status))
    assert files.checkpoint.exists() == (status == "interrupted")


def test_a_write_that_fails_leaves_no_result(folder: Path) -> None:
    """The result of an earlier run never stands beside the weights of a later one."""
    files = RunFolder(folder)
    files.write(make_outcome(), RESULT)
    files.history.unlink()
    files.history.mkdir()
    with pytest.raises(RecordError, match=r"history\.csv cannot be written"):
        files.write(make_outcome(), RESULT)
    assert not files.result.exists()


def test_a_record_is_taken_over(folder: Path) -> None:
    """The numbers of another run, with a result of one's own."""
    theirs, ours = RunFolder(folder / "theirs"), RunFolder(folder / "ours")
    ours.path.mkdir()
    theirs.write(make_outcome(history=[(1, 0.5, None, 0.1)]), RESULT)
    ours.copy(theirs, replace(RESULT, taken_from="theirs"))
    assert ours.read_history() == theirs.read_history()
    assert ours.read_parameters() == {}
    assert ours.read_result().taken_from == "theirs"


@pytest.mark.parametrize(("direction", "worst"), [("minimize", math.inf), ("maximize", -math.inf)])
def test_special_floats_survive_in_strict_json(folder: Path, direction: str, worst: float) -> None:
    """JSON has neither nan nor infinity: they are null, which reads as nan, or as the worst objective."""
    files = RunFolder(folder)
    objective = {"name": "r2", "value": math.nan, "direction": direction}
    files.write(None, replace(RESULT, metrics={"r2": math.nan, "mse": math.inf}, objective=objective))
    json.loads(files.result.read_text(), parse_constant=pytest.fail)
    result = files.read_result()
    assert all(map(math.isnan, result.metrics.values()))
    assert result.objective["value"] == worst


BROKEN: list[tuple[bytes, str]] = [
    (b"", "is broken"),
    (b'{"status": "comp', "is broken"),
    (b"\xff\xfe\x00", "is broken"),
    (b"[1, 2]", "is no result of sinefit"),
    (b'{"accuracy": 1}', "is no result of sinefit"),
    (b'{"schema_version": 99}', "has schema version 99; this sinefit reads 2"),
    (b'{"schema_version": 2}', "status is missing"),
]


@pytest.mark.parametrize(("content", "message"), BROKEN)
def test_broken_results_are_refused(folder: Path, content: bytes, message: str) -> None:
    """Empty, cut, foreign and future files are told by name."""
    files = RunFolder(folder)
    files.result.write_bytes(content)
    with pytest.raises(RecordError, match=message) as caught:
        files.read_result()
    assert str(files.result) in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("epochs", "three"), ("metrics", []), ("seed", True)])
def test_wrong_types_are_refused(folder: Path, name: str, value: Any) -> None:
    """A field of a wrong type is named."""
    files = RunFolder(folder)
    files.write(None, RESULT)
    raw = json.loads(files.result.read_text()) | {name: value}
    files.result.write_text(json.dumps(raw))
    with pytest.raises(RecordError, match=f"{name} has a wrong type"):
        files.read_result()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("status", "fine", "its status is 'fine'"),
        ("metrics", {"rmse": "low"}, "a metric is no number"),
        ("metrics", {"rmse": True}, "a metric is no number"),
        ("objective", {"name": "rmse", "value": "low"}, "its objective is .*'low'"),
        ("objective", {"value": 1.0}, "its objective is .*1.0"),
        ("objective", {"name": "r2", "value": 1.0, "direction": ["up"]}, "its objective is .*'up'"),
        ("choices", {"model": 3}, "a choice is no text"),
        ("overrides", [3], "an override is no text"),
    ],
)
def test_wrong_values_are_refused(folder: Path, name: str, value: Any, message: str) -> None:
    """A status that nobody knows, a metric that is no number and their like are named."""
    files = RunFolder(folder)
    files.write(None, RESULT)
    raw = json.loads(files.result.read_text()) | {name: value}
    files.result.write_text(json.dumps(raw))
    with pytest.raises(RecordError, match=message):
        files.read_result()


def test_a_missing_result_means_not_finished(folder: Path) -> None:
    """Without result.json there is no finished run."""
    with pytest.raises(RecordError, match="holds no finished run"):
        RunFolder(folder).read_result()


class Evil:
    """A pickle that runs code when it is opened."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("touch hacked",))


@pytest.mark.parametrize("content", ["code", "pickle", "empty", "foreign", "list", "numbers"])
def test_unsafe_or_foreign_weights_are_refused(folder: Path, content: str) -> None:
    """A pickle with code in it is refused and not run; so is what holds no tensors."""
    files = RunFolder(folder)
    if content == "code":
        torch.save({"weight": Evil()}, files.model)
    elif content == "list":
        torch.save([1, 2], files.model)
    elif content == "numbers":
        torch.save({1: torch.zeros(1)}, files.model)
    elif content == "pickle":
        files.model.write_bytes(pickle.dumps(Evil()))
    else:
        files.model.write_bytes(b"" if content == "empty" else b"not a model")
    with pytest.raises(RecordError, match=r"model\.pt (is|holds) no state_dict") as caught:
        files.read_parameters()
    assert "weights_only" not in str(caught.value), "advice to read it unsafely"
    assert not (folder / "hacked").exists()


def test_an_archive_that_grows_is_refused(folder: Path) -> None:
    """A few kilobytes of compressed zeros could fill the memory; torch itself compresses nothing."""
    files = RunFolder(folder)
    torch.save({"weight": torch.zeros(100_000)}, folder / "plain.pt")
    with (
        zipfile.ZipFile(folder / "plain.pt") as plain,
        zipfile.ZipFile(files.model, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for part in plain.infolist():
            packed.writestr(part.filename, plain.read(part))
    with pytest.raises(RecordError, match="more than the file"):
        files.read_parameters()


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "linked folder"])
def test_a_folder_is_not_written_again_through_links_and_pipes(folder: Path, kind: str) -> None:
    """What lies in the place of a file is named."""
    check_writable_again(folder)
    path = folder / "0" / ".hydra" / "config.yaml"
    path.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(folder if kind == "linked folder" else folder / "elsewhere")
    with pytest.raises(RecordError, match=r"config\.yaml is .*: nothing is written there; remove it"):
        check_writable_again(folder)


def test_texts_that_are_no_utf8_become_escapes(folder: Path) -> None:
    """Lone surrogates in keys, names and values; pairs of them are letters."""
    files = RunFolder(folder)
    files.write(None, replace(RESULT, overrides=["a\ud800=\udfff", "b=\U0001f600"], metrics={"m\ud800": 1.0}))
    result = files.read_result()
    assert result.overrides == ["a\\ud800=\\udfff", "b=\U0001f600"]
    assert list(result.metrics) == ["m\\ud800"]


def test_a_failed_write_leaves_the_old_file(folder: Path) -> None:
    """A full disk, here a limit on the file's size, keeps the old content and leaves no temporary file."""
    path = folder / "result.json"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        with pytest.raises(RecordError, match="cannot be written: File too large"):
            write_atomically(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old_handler)
    assert path.read_bytes() == b"old"
    assert [p.name for p in folder.iterdir()] == ["result.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "epoch,train_loss\n1,2\n",
        "epoch,train_loss,validation_loss,lr\n1,a,,1\n",
        "epoch,train_loss,validation_loss,lr\n1,0.5\n",
        "epoch,train_loss,validation_loss,lr\n1,0.5,,1,7\n",
    ],
)
def test_broken_histories(folder: Path, text: str) -> None:
    """An empty file, other columns, words for numbers, rows too short or too long are refused."""
    files = RunFolder(folder)
    files.history.write_text(text)
    with pytest.raises(RecordError, match="cannot be read as a run's history"):
        files.read_history()
