"""One forward pass with everything on its way by name: data, parameters, outputs of modules, the loss.

Knows nothing of what is shown of it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from sinefit.core.gradients.derivatives import Differentiable, derivatives
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Objective = Callable[[Differentiable], Tensor]


@dataclass(frozen=True)
class Trace:
    """The tensors of one forward pass.

    Attributes:
        tensors: all of them by name, in the order in which they appeared; the loss is the last.
        parameters: those among them that are trained.
        prediction: what the network made of the batch, (B, O).
        loss: a scalar.
    """

    tensors: Mapping[str, Tensor]
    parameters: Mapping[str, Tensor]
    prediction: Tensor
    loss: Tensor


@dataclass(frozen=True)
class Batch:
    """A network, a loss of it on one batch, and the batch's targets, to be passed as often as is wanted.

    Attributes:
        model: the network.
        objective: from the network to a scalar loss on the batch.
        targets: of the batch, (B, O).
    """

    model: nn.Module
    objective: Objective
    targets: Tensor

    def forward(self) -> Trace:
        """A new graph: one pass after ``zero_grad()``, with the same random draws at each call.

        Raises:
            SinefitError: if no gradient of the loss reaches the model.
        """
        self.model.zero_grad()
        names = _Names()
        hooks = _watch(self.model, names)
        try:
            with torch.random.fork_rng():
                loss = self.objective(Differentiable(self.model, names.watch_derivatives))
        finally:
            for hook in hooks:
                hook.remove()
        trained = {id(parameter) for parameter in self.model.parameters() if parameter.requires_grad}
        for name, parameter in self.model.named_parameters():
            names.add(name, parameter)
        names.add("targets", self.targets)
        names.add("loss", loss)
        parameters = {name: tensor for name, tensor in names.tensors.items() if id(tensor) in trained}
        prediction = names.tensors.get("prediction")
        if not (parameters and loss.requires_grad and prediction is not None and prediction.requires_grad):
            msg = "the loss depends on no trained parameter of the model, so there are no gradients to show"
            raise SinefitError(msg)
        return Trace(names.tensors, parameters, prediction, loss)


class _Names:
    """Tensors by name; a tensor has one name, and a name that is taken gets a number behind it."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}

    def add(self, name: str, tensor: object) -> None:
        """Note a tensor, unless it has a name already."""
        if not isinstance(tensor, Tensor) or any(tensor is known for known in self.tensors.values()):
            return
        number = 1
        while (numbered := name if number == 1 else f"{name} ({number})") in self.tensors:
            number += 1
        self.tensors[numbered] = tensor

    def rename(self, name: str, tensor: object) -> None:
        """Give a tensor this name instead of the one that it has."""
        self.tensors = {known: other for known, other in self.tensors.items() if other is not tensor}
        self.add(name, tensor)

    def watch_derivatives(
        self, network: Callable[[Tensor], Tensor], inputs: Tensor, order: int
    ) -> tuple[Tensor, ...]:
        """`derivatives`, each noted under the prediction's name with a prime an order."""
        found = derivatives(network, inputs, order)
        for primes, derivative in enumerate(found[1:], start=1):
            self.add("prediction" + "'" * primes, derivative)
        return found


def _watch(model: nn.Module, names: _Names) -> list[torch.utils.hooks.RemovableHandle]:
    """Hooks that note what goes into the model, and each module's own tensors and its output."""
    hooks = []
    for path, module in model.named_modules():

        def before(module: nn.Module, args: tuple[object, ...], path: str = path) -> None:
            if module is model:
                names.add("inputs", args[0])
            own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
            for name, tensor in own:
                names.add(f"{path}.{name}".lstrip("."), tensor)

        def after(module: nn.Module, args: object, output: object, path: str = path) -> None:
            del args
            if module is model:
                names.rename("prediction", output)
            else:
                names.add(f"{type(module).__name__} {path}", output)

        hooks += [module.register_forward_pre_hook(before), module.register_forward_hook(after)]
    return hooks


def grad_of(tensor: Tensor) -> Tensor | None:
    """A copy of what stands in a tensor's ``.grad``; torch warns where it is asked of a non-leaf."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gradient = tensor.grad
    return None if gradient is None else gradient.detach().clone()
