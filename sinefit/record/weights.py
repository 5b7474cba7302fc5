"""Files of torch: a `state_dict` or a checkpoint, as `torch.save` writes it; reading runs no code in it."""

from __future__ import annotations

import io
import os
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import torch

from sinefit.errors import RecordError
from sinefit.record.files import open_regular

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import FileIO
    from pathlib import Path

    from torch import Tensor


def format_state(state: Mapping[str, Any]) -> bytes:
    """The content of the file for a `state_dict` or a checkpoint."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return buffer.getvalue()


def read_weights(path: Path) -> dict[str, Tensor]:
    """A `state_dict` from its file.

    Raises:
        RecordError: if the file is missing or broken, or holds something else.
    """
    state = read_state(path)
    if not all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()):
        msg = f"{path} holds no state_dict (names and tensors)"
        raise RecordError(msg)
    return state


def read_state(path: Path) -> dict[str, Any]:
    """What `format_state` was given; a pickle with code in it is refused.

    Raises:
        RecordError: if the file is missing, broken or foreign.
    """
    try:
        with open_regular(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles that it then refuses
            _refuse_compressed(file)
            state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        # The line of torch's message that names the reason, not its advice to open the file all the same.
        text = error.strerror if isinstance(error, OSError) else str(error)
        lines = [line.strip() for line in str(text).splitlines()]
        reason = next((line for line in lines if line and "weights_only" not in line), type(error).__name__)
        msg = f"{path} is no state_dict that can be read safely: {reason}"
        raise RecordError(msg) from error
    if not isinstance(state, dict):
        msg = f"{path} holds no state_dict (names and tensors)"
        raise RecordError(msg)
    return state


def _refuse_compressed(file: FileIO) -> None:
    """Refuse an archive whose parts are larger than the file: torch compresses nothing, and reads them all.

    Raises:
        ValueError: if it is one.
    """
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            size = sum(part.file_size for part in archive.infolist())
        if size > os.fstat(file.fileno()).st_size:
            msg = f"its parts have {size:,} bytes, more than the file"
            raise ValueError(msg)
    file.seek(0)
