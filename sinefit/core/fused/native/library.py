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

from sinefit.core.fused.native.tables import write_tables
from sinefit.core.fused.orders import permutation

SOURCES = ("train.c", "lanes.h", "tile.h", "network.h", "rule.h", "draws.h", "group.h", "batch.h")
ARCHITECTURE = "-march=native"
"""Tests set this to an older processor's."""
FLAGS = (
    *("-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"),
    *("-fopenmp-simd", "-shared", "-fPIC"),
)
POINTER, WHOLE, INT = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32
SIGNATURES = {
    "train": (POINTER, WHOLE, POINTER, WHOLE, WHOLE, POINTER, WHOLE, *[POINTER] * 5),
    "predict": (POINTER, POINTER, POINTER, WHOLE, POINTER, POINTER, POINTER),
    "draw_orders": (POINTER, WHOLE, INT, POINTER),
    "draw_parameters": (WHOLE, POINTER, WHOLE, POINTER, POINTER),
}
DTYPES = {torch.float32: (), torch.float64: ("-DIS_DOUBLE",)}
DIGEST_BYTES = 32
LONGEST = 300
"""Seconds that a compiler may take; a busy machine needs ten."""
TRIED = 9
"""Permutations that a program must draw as torch does: eight at once, and one."""


@dataclass(frozen=True)
class Library:
    """The compiled program for one dtype, or why there is none.

    Attributes:
        functions: the loaded program; None if it could not be made.
        why_not: one sentence; empty if there is a program.
    """

    functions: ctypes.CDLL | None
    why_not: str = ""


def load_library(dtype: torch.dtype) -> Library:
    """The program for a dtype, with all activations and losses that the tables have by now."""
    return load_with_tables(dtype, write_tables())


@functools.cache
def load_with_tables(dtype: torch.dtype, tables: str) -> Library:
    """The program, compiled now or found where an earlier process left it.

    Args:
        dtype: of the runs.
        tables: the text of tables.h.
    """
    if dtype not in DTYPES:
        return Library(None, f"there is no native program for {dtype}")
    compiler = os.environ.get("CC", "").strip() or shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        return Library(None, "no C compiler was found (on Debian: apt-get install gcc)")
    try:
        command = [*shlex.split(compiler), ARCHITECTURE, *FLAGS, *DTYPES[dtype]]
        functions = _find_or_compile(command, tables)
    except subprocess.CalledProcessError as error:
        first_line = str(error.stderr).partition("\n")[0] or f"it ends with {error.returncode}"
        return Library(None, f"{compiler} does not compile the C program: {first_line}")
    except (OSError, AttributeError, ValueError, subprocess.TimeoutExpired) as error:
        return Library(None, f"the C program cannot be compiled or loaded by {compiler!r}: {error}")
    if not _draws_torchs_orders(functions):
        return Library(None, f"torch {torch.__version__} shuffles otherwise than the C program")
    return Library(functions)


def cache_folder() -> Path | None:
    """Where compiled programs are kept between processes; None without a home."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sinefit"
    except RuntimeError:
        return None


def _find_or_compile(command: list[str], tables: str) -> ctypes.CDLL:
    folder = Path(__file__).parent
    sources = [(folder / name).read_text() for name in SOURCES]
    text = "\n".join([*sources, tables, *command, _describe_machine()])
    name = f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.so"
    cache = cache_folder()
    kept = None if cache is None else _load_kept(cache / name)
    if kept is not None:
        return kept
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary) / name
        (Path(temporary) / "tables.h").write_text(tables)
        subprocess.run(
            [*command, "-I", temporary, str(folder / SOURCES[0]), "-lm", "-o", str(made)],
            check=True,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST,
        )
        functions = _load(made)
        if cache is not None:
            _keep(made, cache / name)
        return functions


def _load_kept(path: Path) -> ctypes.CDLL | None:
    """The program that an earlier process left; None if there is none, or if it is damaged."""
    try:
        content = path.read_bytes()
        is_whole = content[-DIGEST_BYTES:] == hashlib.sha256(content[:-DIGEST_BYTES]).digest()
        return _load(path) if is_whole else None
    except (OSError, AttributeError):
        return None


def _load(path: Path) -> ctypes.CDLL:
    functions = ctypes.CDLL(str(path))
    for name, types in SIGNATURES.items():
        getattr(functions, name).argtypes = types
    return functions


def _keep(made: Path, path: Path) -> None:
    """Leave a program for later processes, by a rename: two may do so at once. No matter if it fails.

    Its digest follows the program, where a loader does not look: a damaged one would crash the process.
    """
    content = made.read_bytes()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        temporary.write_bytes(content + hashlib.sha256(content).digest())
        temporary.replace(path)
    except OSError:
        pass


def _draws_torchs_orders(functions: ctypes.CDLL) -> bool:
    """Whether the program's permutations, some at once and a single one, are those of the installed torch."""
    seeds, size = torch.arange(TRIED) + 2**62, 700  # remainders of the fourth one depend on rounding
    orders = torch.empty((TRIED, size), dtype=torch.int32)
    functions.draw_orders(seeds.data_ptr(), TRIED, size, orders.data_ptr())
    return torch.equal(orders.long(), torch.stack([permutation(seed, size) for seed in seeds.tolist()]))


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
