"""A model as an ONNX file, which runtimes of many languages and devices execute."""

from __future__ import annotations

import copy
import importlib.util
import math
from typing import TYPE_CHECKING

import torch
from torch import nn

from sinefit.core.models import WaveFeatures
from sinefit.errors import SinefitError, blaming
from sinefit.predictors.export.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from sinefit.core.data.scaling import Scaled
    from sinefit.predictors.export.description import Description

OPSET = 23
"""Of ONNX's operators, the newest that torch's exporter knows."""
INPUT, OUTPUT = "inputs", "outputs"
_PACKAGES = ("onnx", "onnxruntime", "onnxscript")
_ONLY_ERRORS = 3
"""A level of onnxruntime's log."""


def format_onnx(model: Scaled, description: Description) -> bytes:
    """The content of an ONNX file: ``inputs`` (rows, I) to ``outputs`` (rows, O), both float64.

    Source: https://docs.pytorch.org/docs/stable/onnx_export.html

    Args:
        model: takes raw inputs (N, I).
        description: of the model; it becomes the file's metadata.

    Raises:
        SinefitError: if the packages of the extra ``onnx`` are missing, or torch cannot trace the model.
    """
    _require_packages()
    example = torch.zeros(7, len(description.inputs), dtype=torch.float64)
    with blaming("the model cannot be exported as ONNX"), quiet():
        program = torch.onnx.export(
            _as_runtimes_know_it(model),
            (example,),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_shapes={"x": {0: torch.export.Dim("rows")}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
        assert program is not None  # noqa: S101 - so it is with dynamo=True
        program.model.metadata_props.update(description.as_metadata())
        content: bytes = program.model_proto.SerializeToString()
    return content


def load_onnx(content: bytes) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """What a file predicts, by onnxruntime.

    Args:
        content: from `format_onnx`.
    """
    import onnxruntime  # noqa: PLC0415 - an extra

    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ONLY_ERRORS
    with blaming("onnxruntime cannot run the ONNX file"):
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def predict(inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        outputs: NDArray[np.float64] = session.run([OUTPUT], {INPUT: inputs})[0]
        return outputs

    return predict


def _require_packages() -> None:
    """Check that the packages of the extra are there.

    Raises:
        SinefitError: naming those that are missing.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        msg = f"ONNX needs {', '.join(missing)}, which cannot be found; type pip install 'sinefit[onnx]'"
        raise SinefitError(msg)


def _as_runtimes_know_it(model: Scaled) -> Scaled:
    """A copy whose modules are replaced that runtimes do not know in float64."""
    model = copy.deepcopy(model)
    if next((each.dtype for each in model.network.parameters()), torch.float32) == torch.float64:
        for path, module in [*model.named_modules(remove_duplicate=False)]:
            if type(module) is nn.GELU and module.approximate == "none":
                model.set_submodule(path, _Gelu())
            elif type(module) is WaveFeatures:
                model.set_submodule(path, _Waves(module))
    return model


class _Gelu(nn.Module):
    """x * Phi(x) with erf in float32: onnxruntime has no other, and 1e-7 is precise enough."""

    def forward(self, x: Tensor) -> Tensor:
        """Of x's shape."""
        return 0.5 * x * (1 + torch.erf((x * math.sqrt(0.5)).float()).double())


class _Waves(nn.Module):
    """`WaveFeatures` whose 2 pi is a tensor: the exporter rounds the Python number to float32."""

    full_turn: Tensor

    def __init__(self, features: WaveFeatures) -> None:
        super().__init__()
        self.features = features
        self.register_buffer("full_turn", torch.tensor(2 * math.pi, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """(N, I) to (N, 2 F)."""
        turns = self.full_turn * x
        frequencies, weights = self.features.frequencies, self.features.weights
        angles = turns * frequencies if frequencies.ndim == 1 else turns @ frequencies.T
        waves = torch.cos(angles), torch.sin(angles)
        return torch.cat(waves if weights is None else [weights * wave for wave in waves], dim=-1)
