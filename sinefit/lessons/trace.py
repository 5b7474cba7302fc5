"""The loss of a network on one batch, and every tensor on the way to it by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sinefit.core.experiment import draw_samples
from sinefit.core.gradients import Differentiable, derivatives
from sinefit.core.losses import compute_loss
from sinefit.core.plain import Training
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch.utils.hooks import RemovableHandle

    from sinefit.core.experiment import Experiment

    Network = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Trace:
    """The tensors of one forward pass.

    Attributes:
        tensors: all of them by name, in the order in which they appeared; the loss is the last.
        parameters: those among them that are trained.
        prediction: the network's output for the batch, (B, O).
        loss: a scalar.
    """

    tensors: Mapping[str, Tensor]
    parameters: Mapping[str, Tensor]
    prediction: Tensor
    loss: Tensor

    def backward(self, *, retain_graph: bool = False) -> None:
        """Call ``loss.backward()``."""
        self.loss.backward(retain_graph=retain_graph)  # type: ignore[no-untyped-call]

    def grad(
        self,
        outputs: Tensor | None = None,
        inputs: Sequence[Tensor] | None = None,
        **options: Any,  # noqa: ANN401 - as torch takes them
    ) -> list[Tensor | None]:
        """What `torch.autograd.grad` returns; None for an input that is not used.

        Args:
            outputs: what is differentiated; the loss unless given.
            inputs: by which; the trained parameters unless given.
            options: of `torch.autograd.grad`, such as ``create_graph``.
        """
        outputs = self.loss if outputs is None else outputs
        inputs = [*self.parameters.values()] if inputs is None else inputs
        return [*torch.autograd.grad(outputs, inputs, **{"allow_unused": True} | options)]


@dataclass(frozen=True)
class BatchLoss:
    """A network and its loss on one batch.

    Attributes:
        model: the network.
        compute: from the network to a scalar loss on the batch.
        targets: of the batch, (B, O).
    """

    model: nn.Module
    compute: Callable[[Differentiable], Tensor]
    targets: Tensor

    def forward(self) -> Trace:
        """A new graph: one pass after ``zero_grad()``, with the same random draws at each call.

        Raises:
            SinefitError: if no gradient of the loss reaches the model.
        """
        self.model.zero_grad()
        seen: list[tuple[str, object]] = []

        def differentiate(network: Network, inputs: Tensor, order: int) -> tuple[Tensor, ...]:
            found = derivatives(network, inputs, order)
            seen.extend(("prediction" + "'" * k, found[k]) for k in range(1, order + 1))
            return found

        hooks = _watch(self.model, seen)
        try:
            with torch.random.fork_rng():
                loss = self.compute(Differentiable(self.model, differentiate))
        finally:
            for hook in hooks:
                hook.remove()
        seen += [*self.model.named_parameters(), ("targets", self.targets), ("loss", loss)]
        tensors = _name_tensors(seen)
        trained = {id(parameter) for parameter in self.model.parameters() if parameter.requires_grad}
        parameters = {name: tensor for name, tensor in tensors.items() if id(tensor) in trained}
        prediction = tensors.get("prediction")
        if not (parameters and loss.requires_grad and prediction is not None and prediction.requires_grad):
            msg = "the loss depends on no trained parameter of the model, so there are no gradients to show"
            raise SinefitError(msg)
        return Trace(tensors, parameters, prediction, loss)


def first_batch(experiment: Experiment) -> BatchLoss:
    """The loss of a run before its first step: of its initial weights, on its first batch.

    Raises:
        SinefitError: if the run could not start.
    """
    with torch.random.fork_rng():
        training = Training(experiment, draw_samples(experiment))
        training.model.train()
        inputs, targets = next(iter(training.loader))
    loss = experiment.loss
    return BatchLoss(training.model, lambda network: compute_loss(loss, network, inputs, targets), targets)


def _watch(model: nn.Module, seen: list[tuple[str, object]]) -> list[RemovableHandle]:
    """Hooks that note what goes into the model, and each module's own tensors and its output."""
    paths = {module: path for path, module in model.named_modules()}

    def before(module: nn.Module, inputs: tuple[object, ...]) -> None:
        if module is model:
            seen.append(("inputs", inputs[0]))
        own = (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
        seen.extend((f"{paths[module]}.{name}".lstrip("."), tensor) for name, tensor in own)

    def after(module: nn.Module, _inputs: object, output: object) -> None:
        name = "prediction" if module is model else f"{type(module).__name__} {paths[module]}"
        seen.append((name, output))

    befores = [module.register_forward_pre_hook(before) for module in paths]
    return [*befores, *(module.register_forward_hook(after) for module in paths)]


def _name_tensors(seen: Sequence[tuple[str, object]]) -> dict[str, Tensor]:
    """Tensors by the first name each was seen under, a prediction by that; equal names are numbered."""
    named: dict[str, Tensor] = {}
    predictions = [tensor for name, tensor in seen if name == "prediction"]
    for name, tensor in seen:
        known = (*named.values(), *(predictions if name != "prediction" else ()))
        if not isinstance(tensor, Tensor) or any(tensor is other for other in known):
            continue
        numbered, number = name, 1
        while numbered in named:
            number += 1
            numbered = f"{name} ({number})"
        named[numbered] = tensor
    return named
