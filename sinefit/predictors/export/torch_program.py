"""A model as a program of torch: a graph that `torch.export.load` reads without the classes that made it."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import torch

from sinefit.errors import blaming
from sinefit.predictors.export.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from sinefit.core.data.scaling import Scaled
    from sinefit.predictors.export.description import Description

METADATA_NAME = "sinefit.json"
"""The part of the file that holds the description, to be read by ``extra_files`` of `torch.export.load`."""


def format_program(model: Scaled, description: Description) -> bytes:
    """The content of a ``.pt2`` file for any number of rows.

    Source: https://docs.pytorch.org/docs/stable/export.html

    Args:
        model: takes raw inputs (N, I).
        description: of the model.

    Raises:
        SinefitError: if torch cannot trace the model.
    """
    example = torch.zeros(7, len(description.inputs), dtype=torch.float64)
    buffer = io.BytesIO()
    with blaming("the model cannot be exported by torch.export"), quiet():
        shapes = {"x": {0: torch.export.Dim("rows")}}
        program = torch.export.export(model, (example,), dynamic_shapes=shapes)
        metadata = json.dumps(description.as_metadata(), ensure_ascii=False)
        torch.export.save(program, buffer, extra_files={METADATA_NAME: metadata})
    return buffer.getvalue()


def load_program(content: bytes) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """What a file predicts.

    Args:
        content: from `format_program`.
    """
    with quiet():
        module = torch.export.load(io.BytesIO(content)).module()

    def predict(inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        with torch.no_grad():
            outputs: NDArray[np.float64] = module(torch.from_numpy(inputs)).numpy()
        return outputs

    return predict
