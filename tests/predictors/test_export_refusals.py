"""Models that cannot be exported, and files that would predict something else: one message, and no file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from exported_models import Own, make_model
from torch import nn

from sinefit.core.models import MLP
from sinefit.errors import SinefitError
from sinefit.predictors.export import FORMATS, export, export_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class _Branching(Own):
    """A module that no graph holds."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, 3) to (N, 2)."""
        return self.layer(x) if x.sum() > 0 else -self.layer(x)


@pytest.mark.parametrize(
    ("network", "kind", "message"),
    [
        (Own(), "numpy", r"no translation of Own; it knows .*relu.*--format onnx or --format torch"),
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
