"""Files of text opened for reading, whether plain or compressed, and what is said when that fails."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, cast

import pyarrow as pa

from sinefit.core.data.files.endings import COMPRESSED
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BROKEN = (
    *(OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile),
    *(RuntimeError, NotImplementedError),  # an encrypted zip, and one of an unknown method
)
# What other files begin with, for those that carry the ending of a text file.
_OTHER_FILES = {
    b"PAR1": "a parquet file",
    b"ARROW1": "a feather file",
    b"PK\x03\x04": "an xlsx or zip file",
    b"\x1f\x8b": "a gz file",
    b"BZh": "a bz2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zst file",
}
_BLOCK_BYTES = 2**20
_UTF_16_MARKS = b"\xff\xfe", b"\xfe\xff"


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed as its ending says.

    Args:
        path: of the file.

    Raises:
        SinefitError: if the file is broken, cannot be opened, or is a zip of several files.
    """
    try:
        with ExitStack() as stack:
            yield stack.enter_context(_open(path, stack))
    except _BROKEN as error:
        text = " ".join(str(error).split()) or type(error).__name__
        msg = f"cannot read {path}: it is broken or cannot be opened ({text})"
        raise SinefitError(msg) from error


def _open(path: Path, stack: ExitStack) -> IO[bytes]:
    ending = path.suffix.lower()
    if ending == ".zip":
        archive = stack.enter_context(zipfile.ZipFile(path))
        members = [each for each in archive.namelist() if not each.endswith("/")]
        if len(members) != 1:
            msg = f"{path} must hold one file, got {len(members)}; unpack it and choose one"
            raise SinefitError(msg)
        return archive.open(members[0])
    if ending == ".zst":
        return cast("IO[bytes]", pa.input_stream(str(path), compression="zstd"))
    if ending == ".gz":
        return cast("IO[bytes]", gzip.open(path))
    if ending == ".bz2":
        return cast("IO[bytes]", bz2.open(path))
    return cast("IO[bytes]", lzma.open(path)) if ending == ".xz" else path.open("rb")


@contextmanager
def open_for_arrow(path: Path, encoding: str) -> Iterator[pa.NativeFile]:
    """The text of a file in UTF-8, read by Arrow alone.

    Arrow reads ahead in threads of its own. One that still held a Python file when Python ends would end the
    process with `std::terminate`; so whatever only Python can open or decode is in memory before Arrow reads.

    Args:
        path: of the file.
        encoding: a codec that Python knows.

    Raises:
        SinefitError: if the file is broken or cannot be opened.
        UnicodeError: if it is encoded otherwise.
    """
    needs_no_decoding = is_utf_8(encoding)
    if needs_no_decoding and path.suffix.lower() not in COMPRESSED:
        with pa.OSFile(str(path)) as file:
            yield file
        return
    decode = codecs.getincrementaldecoder(encoding)()
    sink = pa.BufferOutputStream()
    with open_bytes(path) as raw:
        while block := raw.read(_BLOCK_BYTES):
            sink.write(block if needs_no_decoding else decode.decode(block).encode())
        sink.write(b"" if needs_no_decoding else decode.decode(b"", final=True).encode())
    with pa.BufferReader(sink.getvalue()) as file:
        yield file


def is_utf_8(encoding: str) -> bool:
    """Whether an encoding is UTF-8, with or without a mark at the beginning."""
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def check_text(path: Path, encoding: str) -> None:
    """The file begins as text does, in the given encoding.

    Args:
        path: of the file.
        encoding: a codec that Python knows.

    Raises:
        SinefitError: if it begins as a file of another format does, or as text of another encoding.
    """
    with open_bytes(path) as raw:
        start = raw.read(4096)
    for mark, what in _OTHER_FILES.items():
        if start.startswith(mark):
            msg = f"cannot read {path}: it holds no text, but {what}; give it the ending that it should have"
            raise SinefitError(msg)
    if start.startswith(_UTF_16_MARKS) and "16" not in encoding:
        raise encoding_error(path, encoding, "utf-16")


def encoding_error(path: Path, encoding: str, other: str = "") -> SinefitError:
    """What is said of a file that is not encoded as the settings say.

    Args:
        path: of the file.
        encoding: as typed.
        other: a likely one.
    """
    other = other or ("latin-1" if encoding.startswith("utf") else "utf-8")
    msg = f"cannot read {path} as data.encoding={encoding}; type for example data.encoding={other}"
    return SinefitError(msg)
