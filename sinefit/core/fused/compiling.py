"""Compiling a stack's step by torch, where there is a C++ compiler; knows no runs."""

from __future__ import annotations

import os
import shlex
import shutil
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = TypeVar("Step", bound=Callable[..., object])


class NotCompiledError(Exception):
    """A step that torch could not compile; its text says why."""


def explain_no_compiler() -> str:
    """Why no step can be compiled on this machine; empty if the compiler that torch asks for is there."""
    compiler = os.environ.get("CXX") or "g++"
    if shutil.which(shlex.split(compiler)[0]):
        return ""
    return f"the C++ compiler {compiler} was not found (on Debian: apt-get install g++)"


def compile_step(step: Step) -> Step:
    """The step compiled, for any width and any number of points; each stack of a sweep compiles its own."""
    import torch._dynamo  # noqa: PLC0415 - takes a second

    torch._dynamo.config.recompile_limit = 1024  # noqa: SLF001 - torch offers the setting there
    compiled: Step = torch.compile(step, dynamic=True)  # type: ignore[assignment]
    return compiled
