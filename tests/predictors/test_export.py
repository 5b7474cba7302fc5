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
from torch import nn

from sinefit.core.activations import ACTIVATIONS
from sinefit.core.data.scaling import Scaled, learn_scaling
from sinefit.core.models import MLP, FourierMLP, PeriodicMLP, Siren
from sinefit.errors import SinefitError
from sinefit.predictors.export import FORMATS, Description, agreement, export, export_model, numpy_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INPUTS = ("x1", 'a "quoted"\nname', "color=red")
TARGETS = ("y", "größe")
MAKERS: dict[str, Callable[[], nn.Module]] = {
    **{name: lambda name=name: MLP(3, 8, 2, 2, name) for name in ACTIVATIONS},
    "siren": lambda: Siren(3, 8, 2, 2),
    "fourier": lambda: FourierMLP(3, 8, 2),
    "shared activation": lambda: MLP(3, 8, 2, 3, nn.GELU()),
    "no bias": lambda: nn.Sequential(nn.Linear(3, 2, bias=False)),
}


def make_model(network: nn.Module, dtype: torch.dtype = torch.float32) -> tuple[Scaled, Description]:
    """A network on columns of very different sizes, and its description."""
    generator = torch.Generator().manual_seed(3)
    rows = torch.randn(200, 3, generator=generator, dtype=torch.float64)
    rows *= torch.tensor([1e-3, 1.0, 1e3])
    targets = 1e4 + rows[:, :2] * torch.tensor([1e5, 2.0])
    scaling = learn_scaling(rows, "standard"), learn_scaling(targets, "minmax")
    model = Scaled(network.to(dtype), *scaling).eval()
    spreads = tuple(model.input_factor.tolist())
    return model, Description(INPUTS, TARGETS, tuple(model.input_shift.tolist()), spreads, ("a note",))


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("kind", ["numpy", "onnx"])
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
    model, description = make_model(_Own() if network is nn.Bilinear else network, dtype)
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


class _Own(nn.Module):
    """A module of somebody's own."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3) to (N, 2)."""
        return torch.where(x[:, :2] > 0, self.layer(x), -self.layer(x))


class _Branching(_Own):
    """A module that no graph holds."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3) to (N, 2)."""
        return self.layer(x) if x.sum() > 0 else -self.layer(x)


@pytest.mark.parametrize(
    ("network", "kind", "message"),
    [
        (_Own(), "numpy", r"no translation of _Own; it knows .*relu.*--format onnx or --format torch"),
        (MLP(3, 4, 2, activation=nn.Mish()), "numpy", "no translation of Mish"),
        (MLP(3, 4, 2, activation=nn.GELU("tanh")), "numpy", "no translation of GELU"),
        (_Branching(), "torch", "cannot be exported by torch.export"),
        (_Branching(), "onnx", "cannot be exported as ONNX"),
        (MLP(3, 4, 2), "csv", "format must be one of onnx, torch, numpy, got 'csv'"),
    ],
)
def test_what_cannot_be_written_is_said(network: nn.Module, kind: str, message: str, folder: Path) -> None:
    """One message, and no file."""
    model, description = make_model(network)
    with pytest.raises(SinefitError, match=message):
        export_model(model, description, kind, folder / "model")
    assert not list(folder.iterdir())


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


@pytest.mark.parametrize("missing", ["onnx", "onnxscript", "onnxruntime"])
def test_onnx_is_an_extra(missing: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its packages the message says what to type."""
    found = export.onnx.importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else found(name))
    model, description = make_model(MLP(3, 4, 2))
    with pytest.raises(SinefitError, match=rf"{missing}, .* pip install 'sinefit\[onnx\]'"):
        export_model(model, description, "onnx", folder / "m.onnx")


@pytest.mark.parametrize(("factor", "is_told"), [(1 + 1e-6, False), (1 + 1e-3, True), (np.nan, True)])
def test_a_file_that_differs_is_not_written(
    factor: float, folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_told: bool
) -> None:
    """A file that predicts other numbers is refused, naming the target; rounding is not."""
    torch.manual_seed(0)
    model, description = make_model(MLP(3, 8, 2))
    broken = FORMATS["numpy"]

    def load(content: bytes) -> Callable[[Any], Any]:
        predict, center = broken.load(content), np.array([1e4, 1e4])
        return lambda rows: (predict(rows) - center) * [1.0, factor] + center

    monkeypatch.setitem(export.FORMATS, "numpy", broken._replace(load=load))
    if is_told:
        with pytest.raises(SinefitError, match=r"the Python file differs from the model by .* in größe"):
            export_model(model, description, "numpy", folder / "m.py")
    else:
        export_model(model, description, "numpy", folder / "m.py")
    assert (folder / "m.py").exists() is not is_told


def test_a_model_without_finite_outputs_is_refused(folder: Path) -> None:
    """There is nothing that a file could be checked against."""
    model, description = make_model(MLP(3, 4, 2))
    model.network[0].weight.data[0, 0] = torch.nan
    with pytest.raises(SinefitError, match="its outputs are not all finite"):
        export_model(model, description, "numpy", folder / "m.py")


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
