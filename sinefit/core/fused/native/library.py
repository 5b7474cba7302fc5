"""The C program, compiled for this machine when it is first needed, and kept; knows no models.

Compiling takes a second. A machine without a C compiler, or one that cannot compile it, does without.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch

SOURCES = ("train.c", "network.h", "order.h")
ARCHITECTURE = "-march=native"
"""Tests set this to an older processor's."""
FLAGS = (
    *("-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math"),
    *("-fopenmp-simd", "-shared", "-fPIC"),
)
POINTER, WHOLE, INT = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32
SIGNATURES = {
    "train_epoch": (POINTER, POINTER, POINTER, WHOLE, POINTER, POINTER, WHOLE, *[POINTER] * 5),
    "evaluate_losses": (POINTER, POINTER, POINTER, WHOLE, POINTER),
    "predict": (POINTER, WHOLE, POINTER, POINTER, WHOLE, POINTER, POINTER, INT),
    "draw_orders": (POINTER, WHOLE, INT, POINTER),
}
DTYPES = {torch.float32: (), torch.float64: ("-DIS_DOUBLE",)}


@dataclass(frozen=True)
class Library:
    """The compiled program for one dtype, or why there is none.

    Attributes:
        functions: the loaded program; None if it could not be made.
        why_not: one sentence; empty if there is a program.
    """

    functions: ctypes.CDLL | None
    why_not: str = ""


@functools.cache
def load_library(dtype: torch.dtype) -> Library:
    """The program for a dtype, compiled now or found where an earlier process left it."""
    if dtype not in DTYPES:
        return Library(None, f"there is no native program for {dtype}")
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        return Library(None, "no C compiler was found (on Debian: apt-get install gcc)")
    folder = Path(__file__).parent
    command = [*shlex.split(compiler), ARCHITECTURE, *FLAGS, *DTYPES[dtype]]
    source = "".join((folder / name).read_text() for name in SOURCES)
    text = "\n".join([source, *command, _describe_machine()])
    name = f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.so"
    try:
        cache = cache_folder()
        kept = None if cache is None else _load_kept(cache / name)
        if kept is not None:
            return Library(kept)
        with tempfile.TemporaryDirectory() as temporary:
            made = Path(temporary) / name
            subprocess.run(
                [*command, str(folder / SOURCES[0]), "-lm", "-o", str(made)],
                check=True,
                capture_output=True,
                text=True,
            )
            library = Library(_load(made))
            if cache is not None:
                _keep(made, cache / name)
            return library
    except subprocess.CalledProcessError as error:
        first_line = str(error.stderr).partition("\n")[0] or f"it ends with {error.returncode}"
        return Library(None, f"{compiler} does not compile the C program: {first_line}")
    except (OSError, AttributeError) as error:
        return Library(None, f"the C program cannot be compiled or loaded: {error}")


def cache_folder() -> Path | None:
    """Where compiled programs are kept between processes; None without a home."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sinefit"
    except RuntimeError:
        return None


def _load_kept(path: Path) -> ctypes.CDLL | None:
    """The program that an earlier process left; None if there is none, or if it is damaged."""
    try:
        return _load(path) if path.exists() else None
    except (OSError, AttributeError):
        return None


def _load(path: Path) -> ctypes.CDLL:
    functions = ctypes.CDLL(str(path))
    for name, types in SIGNATURES.items():
        getattr(functions, name).argtypes = types
    return functions


def _keep(made: Path, path: Path) -> None:
    """Leave a program for later processes, by a rename: two may do so at once. No matter if it fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        shutil.copyfile(made, temporary)
        temporary.replace(path)
    except OSError:
        pass


def _describe_machine() -> str:
    """What ``-march=native`` depends on, so that a home shared between machines keeps a program for each."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    lines = sorted(
        {line for line in text.splitlines() if line.startswith(("model name", "flags", "Features"))}
    )
    return "\n".join([platform.machine(), platform.system(), *lines])
