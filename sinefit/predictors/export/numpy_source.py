"""A model as a readable Python file that needs numpy only."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import torch

from sinefit.errors import SinefitError, blaming, plural
from sinefit.predictors.export.description import UNITS, producer
from sinefit.predictors.export.layers import translate
from sinefit.predictors.export.numbers_text import WIDTH, format_base64, format_list

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from sinefit.core.data.scaling import Scaled
    from sinefit.predictors.export.description import Description

MOST_READABLE = 5000
"""Numbers of a network that are written as lists; those of a larger one are written as base64."""
_FORMATTED_WIDTH = 88
"""Characters in a line of code, as usual formatters have it."""
_FUNCTIONS = {
    "sigmoid(": '''def sigmoid(x):
    """1 / (1 + exp(-x)), without overflow."""
    return np.exp(-np.logaddexp(0, -x))''',
    "gelu(": '''def gelu(x):
    """x * Phi(x), with the normal distribution function Phi."""
    erf = np.vectorize(math.erf, otypes=[np.float64])
    return 0.5 * x * (1 + erf(x * math.sqrt(0.5)).astype(x.dtype))''',
    "decode(": '''def decode(text, shape, dtype):
    """An array from the base64 of its little-endian bytes."""
    numbers = np.frombuffer(base64.b64decode(text), np.dtype(dtype).newbyteorder("<"))
    return numbers.astype(dtype).reshape(shape)''',
}
"""Functions that a file needs if this text occurs in it."""
_IMPORTS = {"base64.": "import base64", "math.": "import math"}


def format_source(model: Scaled, description: Description) -> bytes:
    """The content of a Python file with ``INPUTS``, ``TARGETS`` and ``predict(inputs)``.

    It computes in the network's dtype, as the model does. Weights are lists with all their digits; of a
    network with more than MOST_READABLE numbers they are base64.

    Args:
        model: takes raw inputs (N, I).
        description: of the model.

    Raises:
        SinefitError: naming the layers that have no translation.
    """
    translation = translate(model.network)
    scaling = {
        name.upper(): getattr(model, name).numpy()
        for name in ("input_shift", "input_factor", "target_shift", "target_factor")
    }
    count = sum(array.size for array in translation.arrays.values())
    form = format_list if count <= MOST_READABLE else format_base64
    data = [line for name, array in scaling.items() for line in format_list(name, array)]
    data += [line for name, array in translation.arrays.items() for line in form(name, array)]
    predict = _format_predict(translation.lines, _dtype_of(model), description)
    functions = [text for word, text in _FUNCTIONS.items() if word in "\n".join([predict, *data])]
    code = "\n\n\n".join([predict, *functions])
    imports = [line for word, line in _IMPORTS.items() if word in code]
    parts = [
        _format_docstring(description, count),
        *([*imports, ""] if imports else []),
        "import numpy as np",
        "",
        *_format_names(description),
        "",
        "",
        code,
        "",
        "",
        "# fmt: off",
        *data,
        "# fmt: on",
        "",
    ]
    return "\n".join(parts).encode()


def load_source(content: bytes) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """What a file predicts.

    Args:
        content: from `format_source`.

    Raises:
        SinefitError: if it does not run.
    """
    namespace: dict[str, Any] = {"__name__": "exported"}
    with blaming("the Python file does not run"):
        exec(compile(content, "exported.py", "exec"), namespace)  # noqa: S102 - what was just made, from numbers
    predict: Callable[[NDArray[np.float64]], NDArray[np.float64]] = namespace["predict"]
    return predict


def _dtype_of(model: Scaled) -> str:
    """The dtype that the network computes in, by its name."""
    dtype = next((each.dtype for each in model.network.parameters()), torch.float64)
    name = str(dtype).removeprefix("torch.")
    if name not in {"float32", "float64"}:
        msg = f"numpy has no translation of a network in {name}. Use --format onnx or --format torch"
        raise SinefitError(msg)
    return name


def _format_docstring(description: Description, count: int) -> str:
    """The file's docstring.

    Args:
        description: of the model.
        count: the network's numbers.
    """
    inputs, targets = len(description.inputs), len(description.targets)
    return f'''"""A network with {plural(count, "number")}, written by {producer()}.

It maps {plural(inputs, "input")} to {plural(targets, "target")}.
{UNITS.capitalize()}.
INPUTS and TARGETS name the columns in their order. Example, for this file as network.py:

    import numpy as np
    import network

    rows = np.zeros((10, {inputs}))  # a row a prediction, a column for each of network.INPUTS
    print(network.predict(rows))  # (10, {targets})
"""
'''


def _format_names(description: Description) -> list[str]:
    """The lines with the columns' names, and what is to be known of some of them."""
    lines = []
    for name, columns in (("INPUTS", description.inputs), ("TARGETS", description.targets)):
        quoted = list(map(_quote, columns))
        short = f"{name} = [{', '.join(quoted)}]"
        long = [f"{name} = [", *(f"    {each}," for each in quoted), "]"]
        lines += [short] if len(short) <= _FORMATTED_WIDTH else long
    for note in description.notes:
        lines += textwrap.wrap(note, WIDTH, initial_indent="# ", subsequent_indent="# ")
    return lines


def _quote(text: str) -> str:
    """Text as Python source, in the quotes that formatters choose."""
    return repr(text) if '"' in text and "'" not in text else json.dumps(text, ensure_ascii=False)


def _format_predict(lines: tuple[str, ...], dtype: str, description: Description) -> str:
    """The function ``predict``.

    Args:
        lines: the network's statements.
        dtype: that it computes in.
        description: of the model.
    """
    statements = "\n".join(f"    {line}" for line in lines)
    inputs, targets = len(description.inputs), len(description.targets)
    return f'''def predict(inputs):
    """Predictions (N, {targets}) for raw inputs (N, {inputs})."""
    raw = np.asarray(inputs, dtype=np.float64)
    if raw.ndim != 2 or raw.shape[1] != {inputs}:
        raise ValueError(f"inputs must have the shape (N, {inputs}), got {{raw.shape}}")
    x = ((raw - INPUT_SHIFT) / INPUT_FACTOR).astype(np.{dtype})
{statements}
    return x.astype(np.float64) * TARGET_FACTOR + TARGET_SHIFT'''
