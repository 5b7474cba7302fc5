"""Tries whether `torch.func` can train a model in a stack, each run with its own bits; trains nothing.

Matrix products of torch take other ways, and round otherwise, for matrices that lie otherwise in memory. In a
stack a run's matrices lie where its index says, unless their sizes are multiples of what the processor
loads at once. No list of sizes tells this of a module that nobody here wrote: so copies of one run are put at
all indices, and must have equal bits there.

Shapes: R copies of the run, B points, P parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.func import grad_and_value, vmap

from sinefit.core.fused.layout import Layout
from sinefit.core.fused.schedule import UnstackableError
from sinefit.core.fused.stack_keys import describe
from sinefit.core.gradients import functional_network
from sinefit.core.losses import compute_loss

if TYPE_CHECKING:
    from torch import Tensor, nn

    from sinefit.core.data import Points, Samples
    from sinefit.core.experiment import Experiment
    from sinefit.core.losses.contract import Loss

COPIES = 64
"""Indices of a stack after which matrices of any size lie as they did."""
DRAWS = 4
"""Different parameters that are tried: not each shows every difference."""
SPREAD = 0.1


def try_vectorized(experiment: Experiment, samples: Samples, model: nn.Module, initial_P: Tensor) -> None:
    """Let `torch.func` differentiate copies of a run at once.

    Args:
        experiment: the run.
        samples: its points.
        model: its module, which keeps its parameters.
        initial_P: its first parameters.

    Raises:
        UnstackableError: if it cannot, if the model then is another, or if the copies differ.
    """
    name, loss = type(model).__name__, experiment.loss
    before = describe(model.train())
    size, batch = len(samples.training.inputs), experiment.data.batch_size
    counts = {min(size, batch), size % batch or batch} if size > batch else {size}
    try:
        tried = [_try_batch(model, loss, initial_P, samples.training, count) for count in counts]
        if samples.validation is not None:
            model.eval()
            count = len(samples.validation.inputs)
            tried.append(_try_batch(model, loss, initial_P, samples.validation, count, has_gradient=False))
    except Exception as error:
        text = str(error).partition("\n")[0]
        msg = f"torch.func cannot vectorize model {name} with this loss: {text}"
        raise UnstackableError(msg) from error
    if describe(model) != before or any(has_changed for has_changed, _ in tried):
        msg = f"model {name} changes more than its parameters while it trains"
        raise UnstackableError(msg)
    if not all(is_independent for _, is_independent in tried):
        why = "its bits would follow from its place in the stack (see docs/engines.md)"
        msg = f"model {name} with such batches: {why}"
        raise UnstackableError(msg)


def _try_batch(  # noqa: PLR0913 - a run's parts
    model: nn.Module,
    loss: Loss,
    initial_P: Tensor,
    points: Points,
    count: int,
    *,
    has_gradient: bool = True,
) -> tuple[bool, bool]:
    """Compute the loss of copies of a run's model, in the mode that it is in, at so many points.

    Returns:
        Whether the buffers have changed, and whether all copies have the same bits.
    """
    generator = torch.Generator().manual_seed(0)
    has_changed, is_independent = False, True

    def compute(p: dict[str, Tensor], b: dict[str, Tensor], x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        network = functional_network(model, p, b)
        return compute_loss(loss, network, x, y), network(x)

    compute_all = vmap(grad_and_value(compute, has_aux=True) if has_gradient else compute)
    layout = Layout(model)
    points_RB = _copy(points.inputs[:count]), _copy(points.targets[:count])
    for _ in range(DRAWS):
        noise_P = torch.randn(initial_P.shape, generator=generator, dtype=initial_P.dtype)
        tried_P = initial_P + SPREAD * noise_P.to(initial_P.device)  # zeros show no rounding
        buffers = {name: _copy(buffer) for name, buffer in model.named_buffers()}
        result = compute_all(layout.split(_copy(layout.spread(tried_P))), buffers, *points_RB)
        has_changed |= any(
            not _is_same(b, _copy(own)) for b, own in zip(buffers.values(), model.buffers(), strict=True)
        )
        is_independent &= all(_is_same(each, _copy(each[0])) for each in _find_tensors(result))
    return has_changed, is_independent


def _copy(tensor: Tensor) -> Tensor:
    """(...) to (R, ...)."""
    return torch.stack([tensor.detach()] * COPIES)


def _is_same(one: Tensor, other: Tensor) -> bool:
    """Whether all numbers are equal; nan equals nan."""
    return bool(((one == other) | (one.isnan() & other.isnan())).all())


def _find_tensors(result: object) -> list[Tensor]:
    """The tensors in nested tuples and mappings."""
    if isinstance(result, torch.Tensor):
        return [result]
    parts = result.values() if isinstance(result, dict) else result
    return [tensor for part in parts for tensor in _find_tensors(part)]  # type: ignore[attr-defined]
