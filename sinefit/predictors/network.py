"""A trained network from its settings and its weights, which may be anybody's: no code is run unasked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from sinefit.core.data.scaling import Scaled, Scaling
from sinefit.errors import RecordError, SinefitError
from sinefit.record.nested import flatten
from sinefit.record.references import DISARMED
from sinefit.settings.build import build_model, fill_sizes
from sinefit.settings.trust import check_targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor, nn

    from sinefit.predictors.trained_table import TrainedTable


@dataclass(frozen=True)
class Saved:
    """A network as it was saved.

    Attributes:
        node: of the model, in plain settings.
        dtype: name of the network's.
        state: the `state_dict`; of a run on a table that of a `Scaled`.
        table: what the run was trained on; None for a function.
        source: the file or folder that it comes from, for messages.
        weights: the file that holds the `state_dict`, for messages.
    """

    node: Mapping[str, Any]
    dtype: str
    state: Mapping[str, Tensor]
    table: TrainedTable | None
    source: str
    weights: str


def build_trained(saved: Saved, trust: Sequence[str]) -> nn.Module:
    """The network with its weights, in evaluation mode, on the CPU; of a run on a table a `Scaled`.

    Only modules of sinefit and torch are built, and of the packages that are named. Torch's global
    generator is left as it is.

    Args:
        saved: the network.
        trust: packages, also resolvers that the model's settings may call.

    Raises:
        RecordError: if the weights do not fit the model, or the model is not to be trusted.
    """
    _check_resolvers(saved)
    check_targets({"model": saved.node}, saved.source, trust)
    scalings = _make_scalings(saved)
    node = fill_sizes(saved.node, *(len(scaling.shift) for scaling in scalings))
    with torch.random.fork_rng(devices=[]):
        most = sum(value.untyped_storage().nbytes() for value in saved.state.values())
        if _count_numbers(node) > most:  # which the memory may not hold
            msg = f"{saved.weights} does not fit the model of {saved.source}, which has more numbers"
            raise RecordError(msg)
        model = build_model(node).to(getattr(torch, saved.dtype))
    if saved.table is not None:
        model = Scaled(model, *scalings)
    try:
        model.load_state_dict(saved.state)
    except RuntimeError as error:
        msg = f"{saved.weights} does not fit the model of {saved.source}: {error}"
        raise RecordError(msg) from error
    return model.eval()


def _make_scalings(saved: Saved) -> tuple[Scaling, Scaling]:
    """Scalings of the inputs and the targets with the sizes of the saved ones; of functions those of size 1.

    Raises:
        RecordError: if they are missing, or of other columns than those of the table.
    """
    if saved.table is None:
        return _unit_scaling(1), _unit_scaling(1)
    scalings = []
    for name, columns in (("input", saved.table.encoder.names), ("target", saved.table.targets)):
        for kind in ("shift", "factor"):
            value = saved.state.get(f"{name}_{kind}")
            if value is None or value.shape != (len(columns),) or not value.is_floating_point():
                found = "none" if value is None else f"{value.dtype} of shape {tuple(value.shape)}"
                msg = f"{saved.weights} must hold {name}_{kind} of {len(columns)} columns, got {found}"
                raise RecordError(msg)
        scalings.append(_unit_scaling(len(columns)))
    return scalings[0], scalings[1]


def _unit_scaling(size: int) -> Scaling:
    return Scaling(torch.zeros(size, dtype=torch.float64), torch.ones(size, dtype=torch.float64))


def _count_numbers(node: Mapping[str, Any]) -> int:
    """How many numbers a model's weights have; 0 if it cannot be built without memory for them."""
    try:
        with torch.device("meta"):
            state = build_model(node).state_dict()
    except SinefitError:
        return 0
    return sum(value.numel() for value in state.values() if not torch.nn.parameter.is_lazy(value))


def _check_resolvers(saved: Saved) -> None:
    """Refuse a model whose settings call resolvers that nobody has said to be trusted.

    Raises:
        RecordError: naming each of them.
    """
    found = flatten(saved.node, "model", lists=True)
    calls = {path: value for path, value in found.items() if DISARMED in str(value)}
    if calls:
        listed = ", ".join(f"{path} ({value})" for path, value in calls.items())
        msg = (
            f"{saved.source} wants functions to be called for {listed}; if you trust them, name them in trust"
        )
        raise RecordError(msg)
