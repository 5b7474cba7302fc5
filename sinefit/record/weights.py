"""A `state_dict` as the bytes that `torch.save` makes of it, fast for many of one layout; knows no files.

Files of one layout differ in their numbers, the checksums of these, and the fingerprint that is made of the
checksums: the first is torch's own, and the others are cast from it. A mould is used only after it gave, for
other numbers, exactly torch's bytes; what it is not made for, and what a later torch may write otherwise, is
left to `torch.save`.
"""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from sinefit.errors import RecordError
from sinefit.record.files import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    Layout = tuple[torch.dtype, tuple[tuple[str, tuple[int, ...]], ...]]

MOST_MOULDS = 256
"""Layouts that are remembered; each takes some kilobytes, or as much as a model's file."""
NUMBERS, FINGERPRINT = "archive/data/0", "archive/.data/serialization_id"
_DIGITS = 20
_moulds: dict[Layout, Mould | None] = {}


def save_weights(state: Mapping[str, Tensor]) -> bytes:
    """The bytes of ``torch.save(dict(state), file)``."""
    layout = find_layout(state)
    if layout is None:
        return save_state(state)
    if layout not in _moulds:
        if len(_moulds) >= MOST_MOULDS:
            _moulds.clear()
        _moulds[layout] = make_mould(state)
    mould = _moulds[layout]
    return save_state(state) if mould is None else mould.cast(_numbers(state))


def find_layout(state: Mapping[str, Tensor]) -> Layout | None:
    """What a `state_dict`'s file depends on besides its numbers.

    None unless its tensors are plain, and views of one storage on the CPU that they fill one after the other.
    """
    tensors = list(state.values())
    if not tensors or any(type(t) is not torch.Tensor or not _is_plain(t) for t in tensors):
        return None
    storage = tensors[0].untyped_storage()
    ends = [0, *accumulate(t.nbytes for t in tensors)]
    if ends[-1] != storage.nbytes() or len({t.dtype for t in tensors}) != 1:
        return None
    if any(t.data_ptr() - at != storage.data_ptr() for t, at in zip(tensors, ends[:-1], strict=True)):
        return None
    return tensors[0].dtype, tuple((name, tuple(t.shape)) for name, t in state.items())


def _is_plain(tensor: Tensor) -> bool:
    return tensor.device.type == "cpu" and tensor.is_contiguous() and not tensor.requires_grad


class Record(NamedTuple):
    """Where a record of a zip file stands in its bytes.

    Attributes:
        content: where its content begins.
        size: of the content.
        checksums: where its CRC-32 stands: behind the content, and in the directory at the file's end.
        crc: this checksum.
    """

    content: int
    size: int
    checksums: tuple[int, int]
    crc: int


class Mould:
    """The file of a `state_dict`, to be given other numbers.

    Args:
        content: the file as torch writes it.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._records = find_records(content)

    def cast(self, numbers: bytes) -> bytes:
        """The file with these numbers."""
        made = bytearray(self._content)
        crc = self._fill(made, self._records[NUMBERS], numbers)
        fingerprint = self._records[FINGERPRINT]
        names = self._content[fingerprint.content : fingerprint.content + _DIGITS]
        crcs = [crc if name == NUMBERS else r.crc for name, r in self._records.items() if name != FINGERPRINT]
        self._fill(made, fingerprint, names + b"%020d" % combine_hashes(crcs))
        return bytes(made)

    @staticmethod
    def _fill(made: bytearray, record: Record, content: bytes) -> int:
        crc = zlib.crc32(content)
        made[record.content : record.content + record.size] = content
        for at in record.checksums:
            struct.pack_into("<I", made, at, crc)
        return crc


def combine_hashes(hashes: list[int]) -> int:
    """One number of 64 bits from several, as `c10::hash_combine` of PyTorch makes it, one after the other."""
    seed = 0
    for value in hashes:
        seed ^= (value + 0x9E3779B9 + (seed << 6) + (seed >> 2)) & 0xFFFFFFFFFFFFFFFF
    return seed


def make_mould(state: Mapping[str, Tensor]) -> Mould | None:
    """A mould for files of this layout; None if one gave other bytes than torch does."""
    try:
        mould = Mould(save_state(state))
        flat = torch.cat([t.reshape(-1) for t in state.values()])
        other = flat.abs() + 1 if flat.is_floating_point() else flat ^ 1
        pieces = torch.split(other, [t.numel() for t in state.values()])
        twin = {name: piece.view(t.shape) for piece, (name, t) in zip(pieces, state.items(), strict=True)}
        is_equal = mould.cast(_numbers(twin)) == save_state(twin)
    except (KeyError, ValueError, struct.error, zipfile.BadZipFile):
        return None
    return mould if is_equal else None


def find_records(content: bytes) -> dict[str, Record]:
    """The records of a zip file with their places, in the directory's order.

    The format: APPNOTE.TXT of PKWARE, sections 4.3.7 (local header), 4.3.9 (data descriptor) and 4.3.12
    (central directory).

    Raises:
        zipfile.BadZipFile: if it is none.
        ValueError: if a record is compressed, or has no data descriptor.
    """
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.start_dir
        for info in archive.infolist():
            name_size, extra_size = struct.unpack_from("<HH", content, info.header_offset + 26)
            start = info.header_offset + 30 + name_size + extra_size
            end = start + info.file_size
            if info.compress_type != zipfile.ZIP_STORED or content[end : end + 4] != b"PK\x07\x08":
                msg = f"{info.filename} is not written as torch writes it"
                raise ValueError(msg)
            found[info.filename] = Record(start, info.file_size, (end + 4, at + 16), info.CRC)
            at += 46 + sum(struct.unpack_from("<HHH", content, at + 28))
    return found


def _numbers(state: Mapping[str, Tensor]) -> bytes:
    """The storage that a `state_dict` with a layout fills."""
    first = next(iter(state.values()))
    count = first.untyped_storage().nbytes() // first.itemsize
    whole: bytes = first.as_strided((count,), (1,), 0).numpy().tobytes()
    return whole


def save_state(state: Mapping[str, Any]) -> bytes:
    """The bytes of ``torch.save(dict(state), file)``, written by torch."""
    buffer = io.BytesIO()
    torch.save(dict(state), buffer)
    return buffer.getvalue()


def load_weights(path: Path) -> dict[str, Tensor]:
    """A `state_dict` from its file, and nothing else.

    Raises:
        RecordError: if it is missing, broken, or something else.
    """
    state = load_state(path)
    if not all(isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()):
        msg = f"{path} holds no state_dict (names and tensors)"
        raise RecordError(msg)
    return state


def load_state(path: Path) -> dict[str, Any]:
    """What `save_state` wrote; a pickle with code in it is refused.

    Raises:
        RecordError: if it is missing, broken or foreign.
    """
    try:
        content = io.BytesIO(read_regular(path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles that it then refuses
            state = torch.load(content, map_location="cpu", weights_only=True)
    except Exception as error:
        msg = f"{path} is no state_dict that can be read safely: {_why_refused(error)}"
        raise RecordError(msg) from error
    if not isinstance(state, dict):
        msg = f"{path} holds no state_dict (names and tensors)"
        raise RecordError(msg)
    return state


def _why_refused(error: Exception) -> str:
    """The line of torch's message that names the reason, not its advice to open the file all the same."""
    lines = [line.strip() for line in str(error).splitlines()]
    return next((line for line in lines if line and "weights_only" not in line), type(error).__name__)
