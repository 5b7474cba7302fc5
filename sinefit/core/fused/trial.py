"""Tries whether `torch.func` can train a model in a stack, each run with its own bits; trains nothing.

Matrix products of torch take other ways, and round otherwise, for matrices that lie otherwise in memory. In a
stack a run's matrices lie where its place says, unless their sizes are multiples of what the processor
loads at once. No list of sizes tells this of a module that nobody here wrote: so copies of one run are put at
all places, and must have equal bits there.

Shapes: R copies of the run, B points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.func import functional_call, grad_and_value, vmap

from sinefit.core.fused.layout import Layout
from sinefit.core.fused.likeness import describe
from sinefit.core.fused.schedule import RunsAloneError
from sinefit.core.gradients import Differentiable, functional_derivatives
from sinefit.core.losses import compute_loss

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor

    from sinefit.core.data import Points
    from sinefit.core.fused.member import Member

COPIES = 64
"""Places of a stack after which matrices of any size lie as they did."""
DRAWS = 4
"""Different parameters that are tried: not each shows every difference."""
SPREAD = 0.1


class Trials:
    """Remembers what became of each kind of run, as told by `Member.key`."""

    def __init__(self) -> None:
        self._reasons: dict[Hashable, str | None] = {}

    def require(self, member: Member) -> None:
        """Try the first run of its kind.

        Raises:
            RunsAloneError: if runs of this kind cannot be stacked.
        """
        if member.key not in self._reasons:
            try:
                try_vectorised(member)
                self._reasons[member.key] = None
            except RunsAloneError as error:
                self._reasons[member.key] = str(error)
        reason = self._reasons[member.key]
        if reason is not None:
            raise RunsAloneError(reason)


def try_vectorised(member: Member) -> None:
    """Let `torch.func` differentiate copies of the run at once.

    Raises:
        RunsAloneError: if it cannot, if the model then is another, or if the copies differ.
    """
    model, samples = member.model.train(), member.samples
    name = type(model).__name__
    before = describe(model)
    size, batch = len(samples.training.inputs), member.experiment.data.batch_size
    batches = [(samples.training, min(size, batch)), (samples.training, size % batch if size > batch else 0)]
    try:
        tried = [try_batch(member, *each, has_gradient=True) for each in batches if each[1]]
        if samples.validation is not None:
            held_out = samples.validation, len(samples.validation.inputs)
            model.eval()
            tried.append(try_batch(member, *held_out, has_gradient=False))
    except Exception as error:
        text = str(error).partition("\n")[0]
        msg = f"torch.func cannot vectorise model {name} with this loss: {text}"
        raise RunsAloneError(msg) from error
    if describe(model) != before or any(has_changed for has_changed, _ in tried):
        msg = f"model {name} changes more than its parameters while it trains"
        raise RunsAloneError(msg)
    if not all(is_independent for _, is_independent in tried):
        msg = (
            f"model {name} with such batches: its bits would follow from its place in the stack (see README)"
        )
        raise RunsAloneError(msg)


def try_batch(member: Member, points: Points, count: int, *, has_gradient: bool) -> tuple[bool, bool]:
    """Compute the loss of copies of a run's model, in the mode that it is in, at so many points.

    Returns:
        Whether the buffers have changed, and whether all copies have the same bits.
    """
    generator = torch.Generator().manual_seed(0)
    model, loss_function = member.model, member.experiment.loss
    x_BI, y_BO = points.inputs[:count], points.targets[:count]
    has_changed, is_independent = False, True

    def loss_of(p: dict[str, Tensor], b: dict[str, Tensor], x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        def network(inputs: Tensor) -> Tensor:
            outputs: Tensor = functional_call(model, (p, b), (inputs,))
            return outputs

        differentiable = Differentiable(network, functional_derivatives)
        return compute_loss(loss_function, differentiable, x, y), network(x)

    compute = vmap(grad_and_value(loss_of, has_aux=True) if has_gradient else loss_of)
    layout = Layout(model)
    for _ in range(DRAWS):
        parameters = layout.split(copies(layout.spread(scattered(member.initial, generator))))
        buffers = {name: copies(b) for name, b in model.named_buffers()}
        result = compute(parameters, buffers, copies(x_BI), copies(y_BO))
        has_changed |= any(
            not is_same(b, copies(own)) for b, own in zip(buffers.values(), model.buffers(), strict=True)
        )
        is_independent &= all(is_same(each, copies(each[0])) for each in tensors_of(result))
    return has_changed, is_independent


def scattered(parameters_P: Tensor, generator: torch.Generator) -> Tensor:
    """Parameters with some noise: zeros show no rounding."""
    noise_P = torch.randn(parameters_P.shape, generator=generator, dtype=parameters_P.dtype)
    return parameters_P + SPREAD * noise_P.to(parameters_P.device)


def copies(tensor: Tensor) -> Tensor:
    """(...) to (R, ...)."""
    return torch.stack([tensor.detach()] * COPIES)


def is_same(one: Tensor, other: Tensor) -> bool:
    """Whether all numbers are equal; nan equals nan."""
    return bool(((one == other) | (one.isnan() & other.isnan())).all())


def tensors_of(result: object) -> list[Tensor]:
    """The tensors in nested tuples and mappings."""
    if isinstance(result, torch.Tensor):
        return [result]
    parts = result.values() if isinstance(result, dict) else result
    return [tensor for part in parts for tensor in tensors_of(part)]  # type: ignore[attr-defined]
