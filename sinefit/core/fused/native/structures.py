"""The C program's structures, filled from Python's values, with the tensors that they point into."""

from __future__ import annotations

import ctypes
import math
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

import torch

from sinefit.core.fused.network import find_features
from sinefit.core.fused.orders import Orders
from sinefit.core.fused.points import Points
from sinefit.core.fused.progress import RunState
from sinefit.core.stopping import Waiting

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from torch import Tensor

    from sinefit.core.data import points as data
    from sinefit.core.fused.member import Member

SCALES_BEFORE, SCALES_AFTER = 1, 2
POINTER, WHOLE, INT, DOUBLE = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32, ctypes.c_double
FROM_RULE = ("l2", "keep_v", "take_v", "keep_m", "take_m", "use_g", "use_m", "eps")
RATES = ("decay", "lr_decay", "beta1", "beta2")


class SizesStructure(ctypes.Structure):
    """`sizes` in train.c."""

    _fields_ = tuple((name, WHOLE) for name in ("size", "held_out", "batch"))


class RunStructure(ctypes.Structure):
    """`run` in train.c."""

    _fields_ = (
        *((name, POINTER) for name in ("p", "m", "v", "kept")),
        ("structure", WHOLE),
        *((name, POINTER) for name in ("shape", "factors")),
        ("loss_factor", DOUBLE),
        *((name, INT) for name in ("loss", "scales")),
        *((name, POINTER) for name in ("x", "y", "held_out_x", "held_out_y")),
        ("generator", WHOLE),
        ("lrs", POINTER),
        ("num_lrs", WHOLE),
        *(
            (name, DOUBLE)
            for name in ("clip", *FROM_RULE, *RATES, "target_loss", "min_improvement", "best", "to_beat")
        ),
        *((name, WHOLE) for name in ("patience", "evaluate_every", "max_epochs", "waited")),
    )


class Runs:
    """A stack's runs as the C program sees them.

    Shapes: P numbers, all parameters of all runs one after the other.

    Args:
        members: with networks, and equal keys.

    Attributes:
        sizes: what they share.
        each: a structure a run; runs of equal ``structure`` can share lanes.
        p_P: the parameters, which the program changes.
        kept_P: the parameters that each run keeps, which it changes too.
        ends: where each run's part begins, and where the last one ends.
        orders: draws the orders of their points.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        first = members[0]
        self.ends = list(accumulate((member.num_parameters for member in members), initial=0))
        states = [m.progress.state if m.progress is not None else _first_state(m) for m in members]
        self.p_P, self._m_P, self._v_P, self.kept_P = map(
            torch.cat, zip(*(state.vectors for state in states), strict=True)
        )
        self._training = Points([_see(m, m.samples.training) for m in members])
        held_out = [(m, m.samples.validation) for m in members]
        self._held_out = Points([_see(m, points) for m, points in held_out if points is not None])
        self._tensors: dict[object, Tensor] = {}
        self._lanes: dict[Hashable, int] = {}
        shuffle = first.experiment.data.shuffle
        self.orders = Orders([m.generator for m in members], self._training.size, shuffle=shuffle)
        self.orders.skip(0 if first.progress is None else first.progress.epoch)
        self.sizes = SizesStructure(
            size=self._training.size,
            held_out=self._held_out.size,
            batch=first.experiment.data.batch_size,
        )
        self.each = [self._describe(row, member, states[row]) for row, member in enumerate(members)]

    def state(self, row: int) -> RunState:
        """What a run needs to go on later; copies."""
        part, run = slice(*self.ends[row : row + 2]), self.each[row]
        vectors = tuple(x_P[part].clone() for x_P in (self.p_P, self._m_P, self._v_P, self.kept_P))
        return RunState(vectors, Waiting(run.best, run.to_beat, run.waited))

    def _describe(self, row: int, member: Member, first: RunState) -> RunStructure:
        network, trainer, schedule = member.network, member.experiment.trainer, member.schedule
        assert network is not None  # noqa: S101 - the members are native
        layers = [len(network.activations), *network.sizes, *network.activations]
        begin = self.ends[row]
        state = {"p": self.p_P, "m": self._m_P, "v": self._v_P, "kept": self.kept_P}
        rule = {name: getattr(schedule.rule, name) for name in (*FROM_RULE, *RATES)}
        scales = SCALES_BEFORE * bool(schedule.rule.scales_before)
        scales += SCALES_AFTER * bool(schedule.rule.scales_after)
        return RunStructure(
            **{name: tensor[begin:].data_ptr() for name, tensor in state.items()},
            **dict(self._point_at_data(row)),
            **rule,
            structure=self._lanes.setdefault(member.lanes, len(self._lanes)),
            shape=self._point_at(tuple(layers), torch.int32),
            factors=self._point_at(network.factors, torch.float64),
            generator=int(self.orders.which[row]),
            lrs=self._point_at(schedule.lrs, torch.float64),
            num_lrs=len(schedule.lrs),
            loss=network.loss,
            loss_factor=network.loss_factor,
            scales=scales,
            clip=trainer.gradient_clip_norm or math.inf,
            target_loss=-math.inf if trainer.target_loss is None else trainer.target_loss,
            min_improvement=trainer.min_improvement,
            **first.waiting._asdict(),
            patience=-1 if trainer.patience is None else trainer.patience,
            evaluate_every=trainer.evaluate_every,
            max_epochs=trainer.max_epochs,
        )

    def _point_at_data(self, row: int) -> Iterator[tuple[str, int]]:
        for prefix, points in (("", self._training), ("held_out_", self._held_out)):
            if points.size:
                yield f"{prefix}x", points.inputs[points.which_inputs[row]].data_ptr()
                yield f"{prefix}y", points.targets[points.which_targets[row]].data_ptr()

    def _point_at(self, numbers: Sequence[float], dtype: torch.dtype) -> int:
        """The address of numbers, equal tuples and the same lists held once."""
        key = numbers if isinstance(numbers, tuple) else id(numbers)
        if key not in self._tensors:
            self._tensors[key] = torch.tensor(numbers, dtype=dtype)
        return self._tensors[key].data_ptr()


def _see(member: Member, points: data.Points) -> data.Points:
    """Points as a member's perceptron sees them."""
    features = find_features(member.model)
    return points if features is None else replace(points, inputs=features(points.inputs))


def _first_state(member: Member) -> RunState:
    p_P = member.initial
    v_P = torch.full_like(p_P, member.schedule.rule.initial_v)
    return RunState((p_P, torch.zeros_like(p_P), v_P, p_P), Waiting())
