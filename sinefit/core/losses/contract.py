"""What a loss may be: a function of prediction and target, or of the network itself.

Every engine computes its losses by `compute_loss`; it knows no engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sinefit.core.gradients import Differentiable


class ModelLoss(Protocol):
    """A loss that needs more of a network than its predictions, such as derivatives.

    It asks the network for them (`Differentiable.derivatives`), so that it works within transforms of
    `torch.func` too. A loss of one's own needs only `of_model`; the two numbers count as 0 then.
    """

    @property
    def order(self) -> int:
        """Of the highest derivative of the network that it takes."""

    @property
    def target_order(self) -> int:
        """Of the highest derivative of the targets that it is given, as further columns of them."""

    def of_model(self, network: Differentiable, inputs: Tensor, targets: Tensor) -> Tensor:
        """The loss, a scalar.

        Args:
            network: maps (N, I) to (N, O).
            inputs: (N, I).
            targets: (N, O), then the derivatives of order 1 (N, I), 2 and so on to `target_order`.
        """


if TYPE_CHECKING:
    Loss = Callable[[Tensor, Tensor], Tensor] | ModelLoss


def compute_loss(loss: Loss, network: Differentiable, inputs: Tensor, targets: Tensor) -> Tensor:
    """The loss of a network on points (N, I) and (N, O), a scalar."""
    if hasattr(loss, "of_model"):
        return loss.of_model(network, inputs, targets)
    return loss(network(inputs), targets)


def derivatives_of_targets(loss: Loss) -> int:
    """The order of the highest derivative of the targets that a loss needs."""
    return getattr(loss, "target_order", 0) if hasattr(loss, "of_model") else 0
