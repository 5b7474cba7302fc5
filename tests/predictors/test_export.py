"""Exported files predict what the model does; judged by onnxruntime, torch and numpy."""

from __future__ import annotations

import base64
import copy
import json
import logging
import runpy
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from exported_models import INPUTS, TARGETS, Own, make_model
from torch import nn

from sinefit.core.activations import ACTIVATIONS
from sinefit.core.models import MLP, FourierMLP, PeriodicMLP, Siren
from sinefit.predictors.export import FORMATS, Description, agreement, export_model, numpy_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MAKERS: dict[str, Callable[[], nn.Module]] = {
    **{name: lambda name=name: MLP(3, 8, 2, 2, name) for name in ACTIVATIONS},
    "siren": lambda: Siren(3, 8, 2, 2),
    "fourier": lambda: FourierMLP(3, 8, 2),
    "shared activation": lambda: MLP(3, 8, 2, 3, nn.GELU()),
    "no bias": lambda: nn.Sequential(nn.Linear(3, 2, bias=False)),
}
CASES = [
    *(("numpy", name, dtype) for name in MAKERS for dtype in (torch.float32, torch.float64)),
    *(("onnx", name, torch.float64) for name in MAKERS),  # which runtimes know less well
    *(("onnx", name, torch.float32) for name in ("tanh", "gelu", "fourier")),
]


def draw(description: Description) -> np.ndarray[Any, Any]:
    """Rows of a test's own, (50, I)."""
    shape = 50, len(description.inputs)
    return np.random.default_rng(5).normal(description.centers, description.spreads, shape)


def predict_by(kind: str, path: Path, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What a file predicts, read by whom it is meant for."""
    if kind == "onnx":
        return onnxruntime.InferenceSession(path.read_bytes()).run(None, {"inputs": rows})[0]
    if kind == "torch":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, on reading
            return torch.export.load(path).module()(torch.from_numpy(rows)).numpy()
    return runpy.run_path(str(path))["predict"](rows)


@pytest.mark.parametrize(("kind", "name", "dtype"), CASES)
def test_a_file_predicts_what_the_model_does(kind: str, name: str, dtype: torch.dtype, folder: Path) -> None:
    """For all networks of sinefit, both dtypes, many rows, one row and none."""
    torch.manual_seed(0)
    model, description = make_model(MAKERS[name](), dtype)
    path = folder / f"model{FORMATS[kind].ending}"
    export_model(model, description, kind, path)
    rows = draw(description)
    with torch.no_grad():
        expected = model(torch.from_numpy(rows)).numpy()
        precise = copy.deepcopy(model).double()(torch.from_numpy(rows)).numpy()
    allowed = np.maximum(1e-5 * expected.std(axis=0), 4 * np.abs(precise - expected).max(axis=0))
    for part in (slice(None), slice(1), slice(0)):
        given = predict_by(kind, path, rows[part])
        assert given.dtype == np.float64
        assert (np.abs(given - expected[part]) <= allowed).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("network", [FourierMLP(3, 8, 2, activation="gelu"), nn.Bilinear])
def test_a_program_of_torch(network: Any, dtype: torch.dtype, folder: Path) -> None:
    """Any module is written, for any number of rows, also one of somebody's own."""
    torch.manual_seed(0)
    model, description = make_model(Own() if network is nn.Bilinear else network, dtype)
    export_model(model, description, "torch", folder / "model.pt2")
    rows = draw(description)
    expected = model(torch.from_numpy(rows)).detach().numpy()
    for part in (slice(None), slice(1), slice(0)):
        given = predict_by("torch", folder / "model.pt2", rows[part])
        assert (np.abs(given - expected[part]) <= 1e-6 * expected.std(axis=0)).all()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_function_of_one_input(kind: str, folder: Path) -> None:
    """A network without scaling takes and gives float64 as well; the model is left as it was."""
    torch.manual_seed(0)
    model = PeriodicMLP(num_frequencies=40, exponent=0.0).double()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    description = Description(("x",), ("y",), (0.0,), (2.0,))
    path = folder / f"m{FORMATS[kind].ending}"
    export_model(model, description, kind, path)
    rows = draw(description)
    expected = model(torch.from_numpy(rows)).detach().numpy()
    np.testing.assert_allclose(predict_by(kind, path, rows), expected, rtol=0, atol=1e-5 * expected.std())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_names_and_units_stand_in_onnx_and_torch(folder: Path) -> None:
    """The metadata name the columns in their order, and say that the numbers are raw."""
    model, description = make_model(MLP(3, 4, 2))
    export_model(model, description, "onnx", folder / "m.onnx")
    export_model(model, description, "torch", folder / "m.pt2")
    content = onnx.load(folder / "m.onnx")
    onnx.checker.check_model(content, full_check=True)
    extra = {"sinefit.json": ""}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.export.load(folder / "m.pt2", extra_files=extra)
    for metadata in (
        {each.key: each.value for each in content.metadata_props},
        json.loads(extra["sinefit.json"]),
    ):
        assert tuple(json.loads(metadata["inputs"])) == INPUTS
        assert tuple(json.loads(metadata["targets"])) == TARGETS
        assert "in the units of the table's columns" in metadata["units"]
    assert content.opset_import[0].version == 23
    assert [
        each.dim_param or each.dim_value for each in content.graph.input[0].type.tensor_type.shape.dim
    ] == [
        "rows",
        3,
    ]


@pytest.mark.parametrize("most", [numpy_source.MOST_READABLE, 1])
def test_a_python_file_is_readable(most: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is formatted, needs numpy alone, and holds every digit, as lists or as base64."""
    monkeypatch.setattr(numpy_source, "MOST_READABLE", most)
    torch.manual_seed(0)
    model, description = make_model(FourierMLP(3, 40, 2, 2, "gelu"))
    path = folder / "model.py"
    export_model(model, description, "numpy", path)
    text = path.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 130
    assert ("base64" in text) is (most == 1)
    ruff = [sys.executable, "-m", "ruff"]
    for words in (["format", "--isolated", "--check"], ["check", "--isolated"]):
        done = subprocess.run([*ruff, *words, path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    names = runpy.run_path(str(path))
    assert (tuple(names["INPUTS"]), tuple(names["TARGETS"])) == (INPUTS, TARGETS)
    assert np.array_equal(names["WEIGHT_2"], model.network[3].weight.detach().numpy())
    assert names["WEIGHT_2"].dtype == np.float32
    assert np.array_equal(names["INPUT_SHIFT"], model.input_shift.numpy())
    with pytest.raises(ValueError, match=r"the shape \(N, 3\), got \(3,\)"):
        names["predict"]([1.0, 2.0, 3.0])


def test_a_python_file_needs_numpy_only(folder: Path) -> None:
    """It runs in a process in which torch and sinefit cannot be imported."""
    model, description = make_model(MLP(3, 4, 2, activation="silu"))
    export_model(model, description, "numpy", folder / "m.py")
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['torch', 'sinefit', 'scipy', 'pandas']));"
        "import m; print(m.predict([[1.0, 2.0, 3.0]]).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    expected = model(torch.tensor([[1.0, 2.0, 3.0]])).tolist()
    np.testing.assert_allclose(json.loads(done.stdout), expected, rtol=1e-5)


def test_numbers_of_base64_are_little_endian() -> None:
    """A file written on one machine reads the same on all."""
    line = "".join(numpy_source.format_base64("W", np.array([1.5], ">f4"))[1:])
    assert base64.b64decode(line.split('"')[1]) == b"\x00\x00\xc0\x3f"


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_is_said_on_the_way(
    kind: str, folder: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No warning, no log, no print of torch's exporters reaches a user; logging works afterwards."""
    model, description = make_model(MLP(3, 4, 2))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        export_model(model, description, kind, folder / "model")
    heard = [record for record in caplog.records if record.name != "torch.__trace"]  # which has no readers
    assert (told, capfd.readouterr(), heard) == ([], ("", ""), [])
    logging.getLogger("test").warning("heard")
    assert caplog.records[-1].message == "heard"


def test_rows_reach_three_times_as_far_as_training() -> None:
    """A thousand rows fill the box around the centers, and are the same each time."""
    description = Description(("a", "b"), ("y",), (5.0, -1.0), (1.0, 100.0))
    rows = agreement.draw_rows(description)
    assert rows.shape == (1000, 2)
    assert torch.equal(rows, agreement.draw_rows(description))
    low, high = rows.aminmax(dim=0)
    np.testing.assert_allclose(low, [2, -301], atol=3)
    np.testing.assert_allclose(high, [8, 299], atol=3)
    assert (low >= torch.tensor([2, -301])).all()
    assert (high <= torch.tensor([8, 299])).all()


def test_a_large_network_of_low_precision_is_not_refused(folder: Path) -> None:
    """Where float32 itself is coarser than the limit, the model's own rounding is what counts."""
    torch.manual_seed(0)
    model, description = make_model(Siren(3, 32, 2, 4, w0=300.0))
    export_model(model, description, "numpy", folder / "m.py")
    rows = agreement.draw_rows(description)
    difference = np.abs(predict_by("numpy", folder / "m.py", rows.numpy()) - model(rows).detach().numpy())
    assert (difference.max(axis=0) > 1e-5 * model(rows).detach().numpy().std(axis=0)).any()
