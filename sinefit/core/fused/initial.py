"""A model's first parameters for many seeds, drawn by the C program without building the model again.

Saves 0.7 of 1.0 ms that planning takes a run, where runs differ in their seeds only.

Shapes: P parameters.
"""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from sinefit.core.experiment import build_model
from sinefit.core.fused.native.library import load_library
from sinefit.core.models import MLP, Siren
from sinefit.core.seeding import seed_globally

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from sinefit.core.data import Samples
    from sinefit.core.experiment import Experiment

UNIFORM = (MLP, Siren)
"""Models that are the same for all seeds but for uniform draws of torch's global generator."""
UNIT = (0.0, 1.0)
"""Bounds that torch leaves out at the end."""


class UniformStructure(ctypes.Structure):
    """`uniform` in draws.h."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("first", "count")),
        *((name, ctypes.c_double) for name in ("low", "high")),
    )


class InitialDraws:
    """Draws the first parameters of one model as torch does.

    Args:
        functions: the C program.
        draws: what is drawn, in order.
        initial_P: the parameters of any seed, for those that are not drawn.
        generator: the state of torch's global generator after these.
    """

    def __init__(
        self, functions: ctypes.CDLL, draws: list[UniformStructure], initial_P: Tensor, generator: Tensor
    ) -> None:
        self._c = functions
        self._draws = (UniformStructure * len(draws))(*draws)
        self._initial_P = initial_P
        self._generator = generator

    def draw(self, seed: int) -> tuple[Tensor, Tensor]:
        """The parameters (P,) of a seed, and the state of torch's global generator after they were drawn."""
        drawn_P, generator = self._initial_P.to(torch.float32, copy=True), self._generator.clone()
        self._c.draw_parameters(seed, self._draws, len(self._draws), drawn_P.data_ptr(), generator.data_ptr())
        return drawn_P.to(self._initial_P.dtype), generator


def find_draws(
    experiment: Experiment, samples: Samples, initial_P: Tensor, generator: Tensor
) -> InitialDraws | None:
    """How to draw the parameters of a model for other seeds; None if torch must build it for each.

    The draws are taken down while the model is built once more, and tried with the seed of the run.

    Args:
        experiment: a run.
        samples: its points.
        initial_P: its first parameters, on the CPU.
        generator: the state of torch's global generator after the model was built.
    """
    functions = load_library(experiment.dtype).functions
    if functions is None or _find_class(experiment.model) not in UNIFORM:
        return None
    with torch.random.fork_rng(devices=[]), _Recorder() as recorder:
        seed_globally(experiment.seed)
        model = build_model(experiment, samples)
    found = InitialDraws(functions, recorder.find_draws(model), initial_P, generator)
    is_torchs = all(map(torch.equal, found.draw(experiment.seed), (initial_P, generator)))
    return found if is_torchs else None


def _find_class(factory: Callable[..., nn.Module]) -> object:
    """What a factory calls, if it does nothing else."""
    return factory.func if isinstance(factory, functools.partial) else factory


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's
    """Remembers which tensors are filled, and between which bounds; None for zeros."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's
        self._fills: list[tuple[Tensor, tuple[float, float] | None]] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Let torch leave its compiler out, which it loads for a second to skip what it never sees."""
        return False

    def __torch_dispatch__(
        self,
        function: Callable[..., object],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> object:
        """Called by torch for each of its operations."""
        del types
        if function is torch.ops.aten.uniform_.default:
            low, high = args[1:] + UNIT[len(args) - 1 :]
            self._fills.append((args[0], (low, high)))
        elif function is torch.ops.aten.zero_.default:
            self._fills.append((args[0], None))
        return function(*args, **(kwargs or {}))

    def find_draws(self, model: nn.Module) -> list[UniformStructure]:
        """The draws in order; those of numbers that were written over go nowhere."""
        last = {id(tensor): at for at, (tensor, _) in enumerate(self._fills)}
        firsts, total = {}, 0
        for parameter in model.parameters():
            firsts[id(parameter)] = total
            total += parameter.numel()
        draws = []
        for at, (tensor, bounds) in enumerate(self._fills):
            if bounds is not None:
                first = firsts.get(id(tensor), -1) if last[id(tensor)] == at else -1
                draws.append(UniformStructure(first, tensor.numel(), *bounds))
        return draws
