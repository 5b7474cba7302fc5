"""From a model to a file: made, checked against the model, and only then written, whole."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, NamedTuple

import torch

from sinefit.core.data.scaling import Scaled, Scaling
from sinefit.errors import SinefitError
from sinefit.predictors.export import numpy_source, onnx, torch_program
from sinefit.predictors.export.agreement import check_agreement, require_finite
from sinefit.record.files import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from sinefit.predictors.export.description import Description

    Predict = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Format(NamedTuple):
    """A format of files.

    Attributes:
        ending: of the files' names.
        write: the content of a file for a model.
        load: what a content predicts.
        what: it is called in messages.
    """

    ending: str
    write: Callable[[Scaled, Description], bytes]
    load: Callable[[bytes], Predict]
    what: str


FORMATS = {
    "onnx": Format(".onnx", onnx.format_onnx, onnx.load_onnx, "the ONNX file"),
    "torch": Format(".pt2", torch_program.format_program, torch_program.load_program, "the program of torch"),
    "numpy": Format(".py", numpy_source.format_source, numpy_source.load_source, "the Python file"),
}


def export_model(model: nn.Module, description: Description, kind: str, path: str | os.PathLike[str]) -> None:
    """Write a model as a file of another format, which takes and gives raw numbers in float64.

    Args:
        model: a `Scaled`, or a network that needs no scaling; left as it is.
        description: what it was trained on.
        kind: of `FORMATS`: ``onnx``, ``torch`` or ``numpy``.
        path: the file.

    Raises:
        SinefitError: if the format is unknown, does not hold such a model, or the file would not predict
            what the model does; then there is no file.
    """
    if kind not in FORMATS:
        msg = f"format must be one of {', '.join(FORMATS)}, got {kind!r}"
        raise SinefitError(msg)
    form = FORMATS[kind]
    scaled = _as_scaled(model, description)
    require_finite(scaled, description)
    content = form.write(scaled, description)
    check_agreement(scaled, description, form.load(content), form.what)
    write_atomically(path, content)


def _as_scaled(model: nn.Module, description: Description) -> Scaled:
    """A copy of the model on the CPU that takes and gives raw numbers in float64, without gradients."""
    model = copy.deepcopy(model).cpu().eval().requires_grad_(requires_grad=False)
    if isinstance(model, Scaled):
        return model
    return Scaled(model, _no_scaling(len(description.inputs)), _no_scaling(len(description.targets))).eval()


def _no_scaling(size: int) -> Scaling:
    return Scaling(torch.zeros(size, dtype=torch.float64), torch.ones(size, dtype=torch.float64))
