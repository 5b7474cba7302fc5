"""What ``backward()`` and ``autograd.grad()`` do, as measured on a network and a batch.

Each lesson runs the calls that it is about and returns what came of them: tensors, None, what torch
raised. The words beside them say what to look for. Knows nothing of how a lesson is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from sinefit.lessons.lesson import Lesson
from sinefit.lessons.measuring import attempt, difference, grads, join, name_of_note, returned_by_grad
from sinefit.lessons.trace import grad_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from sinefit.lessons.lesson import Cell
    from sinefit.lessons.trace import Batch


def teach(batch: Batch) -> Iterator[Lesson]:
    """All lessons, from the graph to gradients of several numbers."""
    lessons = (graph, backward, returned, second_call, kept_graph, second_derivatives, on_the_way, unused)
    for lesson in (*lessons, several_numbers):
        yield lesson(batch)


def graph(batch: Batch) -> Lesson:
    """What stands on the way from the inputs to the loss."""
    rows = [
        (name, tuple(tensor.shape), tensor.is_leaf, tensor.requires_grad, name_of_note(tensor))
        for name, tensor in batch.forward().tensors.items()
    ]
    return Lesson(
        "From the inputs to the loss",
        "An operation on a tensor with requires_grad leaves a note in its result, the grad_fn, which knows"
        " how to go back. The notes together are the graph. A tensor without such a note is a leaf: the"
        " data, and the parameters, which are what is trained.",
        ("tensor", "shape", "is_leaf", "requires_grad", "grad_fn"),
        tuple(rows),
    )


def backward(batch: Batch) -> Lesson:
    """Where `backward` puts gradients."""
    trace = batch.forward()
    before = grads(trace.tensors.values())
    result = trace.loss.backward()  # type: ignore[no-untyped-call]
    after = grads(trace.tensors.values())
    return Lesson(
        "loss.backward() adds into the .grad of the leaves",
        "It goes back through the graph and adds, at each leaf with requires_grad, the gradient of the loss"
        " to what stands in .grad. Tensors in between are passed through and keep nothing. It returns"
        " nothing: an optimizer finds its gradients in the .grad of the parameters.",
        ("tensor", ".grad before", ".grad after"),
        tuple(zip(trace.tensors, before, after, strict=True)),
        (("loss.backward() returned", result),),
    )


def returned(batch: Batch) -> Lesson:
    """What `torch.autograd.grad` returns, and that it leaves every ``.grad`` alone."""
    trace = batch.forward()
    trace.loss.backward()  # type: ignore[no-untyped-call]
    left = grads(trace.parameters.values())
    trace = batch.forward()
    before = grads(trace.tensors.values())
    gradients = returned_by_grad(trace)
    after = grads(trace.tensors.values())
    given = dict(zip(trace.parameters, gradients, strict=True))
    rows = [
        (name, was, now, given.get(name, "not asked for"))
        for name, was, now in zip(trace.tensors, before, after, strict=True)
    ]
    return Lesson(
        "torch.autograd.grad(loss, parameters) returns the gradients",
        "It goes the same way back, gives you the gradients of the tensors that you name, in the order in"
        " which you name them, and leaves every .grad as it was. What to do with them is up to you.",
        ("tensor", ".grad before", ".grad after", "returned"),
        tuple(rows),
        (("largest difference from what backward() left", difference(gradients, left)),),
    )


def second_call(batch: Batch) -> Lesson:
    """What a second call on the same graph raises."""
    backwards = batch.forward()
    returning = batch.forward()
    facts = (
        ("loss.backward()", attempt(backwards.loss.backward)),
        ("loss.backward() again", attempt(backwards.loss.backward)),
        ("autograd.grad(loss, parameters)", attempt(lambda: join(returned_by_grad(returning)))),
        ("autograd.grad(loss, parameters) again", attempt(lambda: join(returned_by_grad(returning)))),
    )
    is_used_up = any(isinstance(result, RuntimeError) for _, result in facts)
    return Lesson(
        "The same call once more",
        "On the way back both need numbers that the forward pass kept in the graph, and both throw them"
        " away as soon as they are used, to save memory. So a graph serves once; the next batch makes a new"
        f" one.{'' if is_used_up else ' This graph of sums alone keeps no numbers, and serves again.'}",
        facts=facts,
    )


def kept_graph(batch: Batch) -> Lesson:
    """Two calls with ``retain_graph=True``: one accumulates, the other returns the same again."""
    trace = batch.forward()
    parameters = list(trace.parameters.values())
    first = returned_by_grad(trace, retain_graph=True)
    second = returned_by_grad(trace, retain_graph=True)
    untouched = sum(parameter.grad is None for parameter in parameters)
    trace.loss.backward(retain_graph=True)  # type: ignore[no-untyped-call]
    once = grads(parameters)
    trace.loss.backward()  # type: ignore[no-untyped-call]
    twice = grads(parameters)
    batch.model.zero_grad()
    doubled = [None if gradient is None else 2 * gradient for gradient in once]
    return Lesson(
        "Twice with retain_graph=True",
        "retain_graph=True keeps the graph for another call. backward() then adds the same gradient a"
        " second time: .grad is twice as large, which is why a training loop begins each step with"
        " zero_grad(). autograd.grad() only returns the same numbers again.",
        ("parameter", "once: .grad", "twice: .grad", "once: returned", "twice: returned"),
        tuple(zip(trace.parameters, once, twice, first, second, strict=True)),
        (
            ("two backward(): largest difference from twice the first", difference(twice, doubled)),
            ("second autograd.grad(): largest difference from the first", difference(second, first)),
            ("parameters without .grad after both autograd.grad()", f"{untouched} of {len(parameters)}"),
            (".grad of all parameters after zero_grad()", join(grads(parameters))),
        ),
    )


def second_derivatives(batch: Batch) -> Lesson:
    """What ``create_graph=True`` adds to a gradient."""
    trace = batch.forward()
    plain = returned_by_grad(trace, retain_graph=True)
    graphed = returned_by_grad(trace, create_graph=True)
    joined = join(graphed)
    curved: Cell = "not possible: the gradient is the same wherever the parameters are"
    if joined is not None and joined.requires_grad:
        inputs = list(trace.parameters.values())
        curved = join(torch.autograd.grad(joined.square().sum(), inputs, allow_unused=True))
    return Lesson(
        "Gradients of gradients: create_graph=True",
        "The numbers of a gradient usually do not remember how they were computed. With create_graph=True"
        " the way back is itself noted in a graph, so that the gradient can be differentiated again. That"
        " is how losses with derivatives in them, such as loss=sobolev and loss=ode, are trained.",
        ("gradient of", "grad_fn as usual", "grad_fn with create_graph=True"),
        tuple(zip(trace.parameters, map(name_of_note, plain), map(name_of_note, graphed), strict=True)),
        (("gradient of the sum of all squared gradients, by autograd.grad()", curved),),
    )


def on_the_way(batch: Batch) -> Lesson:
    """The gradient of a tensor that is no leaf."""
    trace = batch.forward()
    name, tensor = next((name, tensor) for name, tensor in trace.tensors.items() if not tensor.is_leaf)
    trace.loss.backward()  # type: ignore[no-untyped-call]
    nothing = grad_of(tensor)
    trace = batch.forward()
    tensor = trace.tensors[name]
    tensor.retain_grad()
    trace.loss.backward()  # type: ignore[no-untyped-call]
    kept = grad_of(tensor)
    trace = batch.forward()
    (given,) = torch.autograd.grad(trace.loss, trace.tensors[name], allow_unused=True)
    return Lesson(
        f"A tensor on the way: {name}",
        "It is no leaf, so backward() leaves nothing there, unless retain_grad() asked for it before."
        " autograd.grad() treats leaves and other tensors alike: it returns what you name.",
        facts=(
            (".grad after loss.backward()", nothing),
            (".grad after retain_grad() and loss.backward()", kept),
            ("autograd.grad(loss, tensor)", given),
            ("largest difference of the last two", difference([kept], [given])),
        ),
    )


def unused(batch: Batch) -> Lesson:
    """A parameter on which the loss does not depend."""
    trace = batch.forward()
    spare = torch.zeros(3, dtype=trace.loss.dtype, device=trace.loss.device, requires_grad=True)

    def ask(*, allow_unused: bool | None = None, materialize_grads: bool = False) -> Tensor | None:
        (gradient,) = torch.autograd.grad(
            trace.loss,
            [spare],
            retain_graph=True,
            allow_unused=allow_unused,
            materialize_grads=materialize_grads,
        )
        return gradient

    facts = (
        ("autograd.grad(loss, spare)", attempt(ask)),
        ("autograd.grad(loss, spare, allow_unused=True)", attempt(lambda: ask(allow_unused=True))),
        ("autograd.grad(loss, spare, materialize_grads=True)", attempt(lambda: ask(materialize_grads=True))),
    )
    trace.loss.backward()  # type: ignore[no-untyped-call]
    return Lesson(
        "A parameter that the loss does not use",
        "spare = torch.zeros(3, requires_grad=True) takes no part in the loss. backward() silently"
        " passes it by. autograd.grad() takes it for a mistake, unless you say that it may be so:"
        " allow_unused=True returns None for it, materialize_grads=True returns zeros.",
        facts=(*facts, ("spare.grad after loss.backward()", grad_of(spare))),
    )


def several_numbers(batch: Batch) -> Lesson:
    """Gradients of a vector: ``grad_outputs`` says how to add its numbers up."""
    trace = batch.forward()
    prediction = trace.prediction
    ones, pick = torch.ones_like(prediction), torch.zeros_like(prediction)
    pick[0] = 1

    def ask(outputs: Tensor, grad_outputs: Tensor | None = None) -> list[Tensor | None]:
        inputs = list(trace.parameters.values())
        return [
            *torch.autograd.grad(outputs, inputs, grad_outputs, retain_graph=True, materialize_grads=True)
        ]

    summed, first = ask(prediction, ones), ask(prediction, pick)
    return Lesson(
        "A gradient of several numbers: grad_outputs",
        "A gradient belongs to one number, and a prediction has one for each point. grad_outputs holds a"
        " weight for each of them, and you get the gradient of the weighted sum: ones for the plain sum; a"
        " single one, at the first point, for that point alone. backward(gradient=...) takes the same"
        " weights.",
        facts=(
            ("shape of the prediction", tuple(prediction.shape)),
            ("autograd.grad(prediction, parameters)", attempt(lambda: join(ask(prediction)))),
            ("autograd.grad(prediction, parameters, grad_outputs=ones)", join(summed)),
            (
                "... its largest difference from that of prediction.sum()",
                difference(summed, ask(prediction.sum())),
            ),
            ("autograd.grad(prediction, parameters, grad_outputs=first)", join(first)),
            (
                "... its largest difference from that of prediction[0].sum()",
                difference(first, ask(prediction[0].sum())),
            ),
        ),
    )
