"""The C program's structures, filled from Python's values, with the tensors that they point into."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from sinefit.core.fused.rule import FIXED_NAMES, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sinefit.core.fused.member import Member
    from sinefit.core.fused.points import Points
    from sinefit.core.fused.rule import State

SCALES_BEFORE, SCALES_AFTER = 1, 2


class PointsStructure(ctypes.Structure):
    """`points` in train.c."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("x", "y", "which_x", "which_y")),
        ("size", ctypes.c_int64),
        ("inputs", ctypes.c_int32),
        ("outputs", ctypes.c_int32),
    )


class RunsStructure(ctypes.Structure):
    """`runs` in train.c."""

    _fields_ = (
        ("count", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("at", "p", "m", "v", "shape_at", "shapes", "factors")),
        *((name, ctypes.c_void_p) for name in ("loss", "loss_factor", "rule", "scales", "clip")),
    )


@dataclass(frozen=True)
class Described:
    """A structure, and the tensors that it points into.

    Attributes:
        structure: as C sees it.
        tensors: kept alive.
    """

    structure: ctypes.Structure
    tensors: tuple[Tensor, ...]

    @property
    def pointer(self) -> object:
        """What a C function takes."""
        return ctypes.byref(self.structure)


def describe_points(points: Points) -> Described:
    """The points of a stack's runs."""
    which = points.which_inputs.int(), points.which_targets.int()
    tensors = (points.inputs.contiguous(), points.targets.contiguous(), *which)
    pointers = (tensor.data_ptr() for tensor in tensors)
    sizes = points.size, points.inputs.shape[-1], points.targets.shape[-1]
    return Described(PointsStructure(*pointers, *sizes), tensors)


def describe_runs(members: Sequence[Member], state: State, ends: Sequence[int]) -> Described:
    """A stack's runs; the program changes `state`, three vectors in which each run has its part.

    Args:
        members: with networks.
        state: parameters, m and v.
        ends: where each run's part begins, and where the last one ends.
    """
    shapes: list[int] = []
    factors: list[float] = []
    shape_at = []
    networks = [m.network for m in members if m.network is not None]
    for network in networks:
        shape_at.append(len(shapes))
        shapes += [len(network.activations), *network.sizes, *network.activations]
        factors += [0.0] * (1 + len(network.sizes)) + list(network.factors)
    rule = Rule([m.schedule.rule for m in members], state.p_RP.dtype, state.p_RP.device)
    clips = [m.experiment.trainer.gradient_clip_norm or math.inf for m in members]
    tensors = (
        torch.tensor(ends, dtype=torch.int64),
        *state,
        torch.tensor(shape_at, dtype=torch.int32),
        torch.tensor(shapes, dtype=torch.int32),
        torch.tensor(factors, dtype=torch.float64),
        torch.tensor([network.loss for network in networks], dtype=torch.int32),
        torch.tensor([network.loss_factor for network in networks], dtype=torch.float64),
        torch.cat([rule.fixed[name] for name in FIXED_NAMES], dim=1),
        (SCALES_BEFORE * rule.is_before.int() + SCALES_AFTER * rule.is_after.int()).int(),
        torch.tensor(clips, dtype=torch.float64),
    )
    pointers = (tensor.data_ptr() for tensor in tensors)
    return Described(RunsStructure(len(members), *pointers), tensors)
