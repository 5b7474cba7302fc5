"""What ``backward()`` and ``autograd.grad()`` do, as measured on a network and a batch.

A lesson makes the calls that it is about, and says what to look for in what came of them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from sinefit.lessons.lesson import Lesson, attempt, join, largest_difference, name_grad_fn, read_grads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sinefit.lessons.lesson import Cell
    from sinefit.lessons.trace import BatchLoss


def graph(batch: BatchLoss) -> Lesson:
    """All tensors from the inputs to the loss."""
    rows = [
        (name, tuple(tensor.shape), tensor.is_leaf, tensor.requires_grad, name_grad_fn(tensor))
        for name, tensor in batch.forward().tensors.items()
    ]
    return Lesson(
        "From the inputs to the loss",
        "An operation on a tensor with requires_grad leaves a note in its result, the grad_fn, which knows"
        " how to go back. The notes together are the graph. A tensor without such a note is a leaf: the"
        " data, and the parameters, which are what is trained.",
        ("tensor", "shape", "is_leaf", "requires_grad", "grad_fn"),
        rows,
    )


def backward(batch: BatchLoss) -> Lesson:
    """Where `backward` puts gradients."""
    trace = batch.forward()
    before = read_grads(trace.tensors.values())
    result = trace.loss.backward()  # type: ignore[no-untyped-call]
    after = read_grads(trace.tensors.values())
    return Lesson(
        "loss.backward() adds into the .grad of the leaves",
        "It goes back through the graph and adds, at each leaf with requires_grad, the gradient of the loss"
        " to what stands in .grad. Tensors in between are passed through and keep nothing. It returns"
        " nothing: an optimizer finds its gradients in the .grad of the parameters.",
        ("tensor", ".grad before", ".grad after"),
        [*zip(trace.tensors, before, after, strict=True)],
        (("loss.backward() returned", result),),
    )


def autograd_grad(batch: BatchLoss) -> Lesson:
    """What `torch.autograd.grad` returns, and that it leaves every ``.grad`` alone."""
    trace = batch.forward()
    trace.backward()
    left = read_grads(trace.parameters.values())
    trace = batch.forward()
    before = read_grads(trace.tensors.values())
    gradients = trace.grad()
    after = read_grads(trace.tensors.values())
    given = dict(zip(trace.parameters, gradients, strict=True))
    returned = [given.get(name, "not asked for") for name in trace.tensors]
    return Lesson(
        "torch.autograd.grad(loss, parameters) returns the gradients",
        "It goes the same way back, gives you the gradients of the tensors that you name, in the order in"
        " which you name them, and leaves every .grad as it was. What to do with them is up to you.",
        ("tensor", ".grad before", ".grad after", "returned"),
        [*zip(trace.tensors, before, after, returned, strict=True)],
        (("largest difference from what backward() left", largest_difference(gradients, left)),),
    )


def second_call(batch: BatchLoss) -> Lesson:
    """What a second call on the same graph raises."""
    one, other = batch.forward(), batch.forward()
    facts = (
        ("loss.backward()", attempt(one.backward)),
        ("loss.backward() again", attempt(one.backward)),
        ("autograd.grad(loss, parameters)", attempt(other.grad)),
        ("autograd.grad(loss, parameters) again", attempt(other.grad)),
    )
    is_used_up = any(isinstance(result, RuntimeError) for _, result in facts)
    return Lesson(
        "The same call once more",
        "On the way back both need numbers that the forward pass kept in the graph, and both throw them"
        " away as soon as they are used, to save memory. So a graph serves once; the next batch makes a new"
        f" one.{'' if is_used_up else ' This graph of sums alone keeps no numbers, and serves again.'}",
        facts=facts,
    )


def retain_graph(batch: BatchLoss) -> Lesson:
    """Two calls with ``retain_graph=True``: one accumulates, the other returns the same again."""
    trace = batch.forward()
    parameters = trace.parameters.values()
    first, second = trace.grad(retain_graph=True), trace.grad(retain_graph=True)
    untouched = sum(parameter.grad is None for parameter in parameters)
    trace.backward(retain_graph=True)
    once = read_grads(parameters)
    trace.backward()
    twice = read_grads(parameters)
    batch.model.zero_grad()
    doubled = [None if gradient is None else 2 * gradient for gradient in once]
    return Lesson(
        "Twice with retain_graph=True",
        "retain_graph=True keeps the graph for another call. backward() then adds the same gradient a"
        " second time: .grad is twice as large, which is why a training loop begins each step with"
        " zero_grad(). autograd.grad() only returns the same numbers again.",
        ("parameter", "once: .grad", "twice: .grad", "once: returned", "twice: returned"),
        [*zip(trace.parameters, once, twice, first, second, strict=True)],
        (
            ("two backward(): largest difference from twice the first", largest_difference(twice, doubled)),
            ("second autograd.grad(): largest difference from the first", largest_difference(second, first)),
            ("parameters without .grad after both autograd.grad()", f"{untouched} of {len(parameters)}"),
            (".grad of all parameters after zero_grad()", join(read_grads(parameters))),
        ),
    )


def second_derivatives(batch: BatchLoss) -> Lesson:
    """What ``create_graph=True`` adds to a gradient."""
    trace = batch.forward()
    plain, graphed = trace.grad(retain_graph=True), trace.grad(create_graph=True)
    joined = join(graphed)
    curved: Cell = "not possible: the gradient is the same wherever the parameters are"
    if joined is not None and joined.requires_grad:
        curved = join(trace.grad(joined.square().sum()))
    return Lesson(
        "Gradients of gradients: create_graph=True",
        "The numbers of a gradient usually do not remember how they were computed. With create_graph=True"
        " the way back is itself noted in a graph, so that the gradient can be differentiated again. That"
        " is how losses with derivatives in them, such as loss=sobolev and loss=ode, are trained.",
        ("gradient of", "grad_fn as usual", "grad_fn with create_graph=True"),
        [*zip(trace.parameters, map(name_grad_fn, plain), map(name_grad_fn, graphed), strict=True)],
        (("gradient of the sum of all squared gradients, by autograd.grad()", curved),),
    )


def intermediate_tensor(batch: BatchLoss) -> Lesson:
    """The gradient of a tensor that is no leaf."""
    trace = batch.forward()
    name = next(name for name, tensor in trace.tensors.items() if not tensor.is_leaf)
    trace.backward()
    (nothing,) = read_grads([trace.tensors[name]])
    trace = batch.forward()
    trace.tensors[name].retain_grad()
    trace.backward()
    (kept,) = read_grads([trace.tensors[name]])
    trace = batch.forward()
    (given,) = trace.grad(inputs=[trace.tensors[name]])
    return Lesson(
        f"A tensor on the way: {name}",
        "It is no leaf, so backward() leaves nothing there, unless retain_grad() asked for it before."
        " autograd.grad() treats leaves and other tensors alike: it returns what you name.",
        facts=(
            (".grad after loss.backward()", nothing),
            (".grad after retain_grad() and loss.backward()", kept),
            ("autograd.grad(loss, tensor)", given),
            ("largest difference of the last two", largest_difference([kept], [given])),
        ),
    )


def unused_parameter(batch: BatchLoss) -> Lesson:
    """A parameter on which the loss does not depend."""
    trace = batch.forward()
    spare = torch.zeros(3, dtype=trace.loss.dtype, device=trace.loss.device, requires_grad=True)
    ask = partial(trace.grad, inputs=[spare], retain_graph=True)
    facts = (
        ("autograd.grad(loss, spare)", attempt(lambda: ask(allow_unused=False))),
        ("autograd.grad(loss, spare, allow_unused=True)", attempt(ask)),
        ("autograd.grad(loss, spare, materialize_grads=True)", attempt(lambda: ask(materialize_grads=True))),
    )
    trace.backward()
    return Lesson(
        "A parameter that the loss does not use",
        "spare = torch.zeros(3, requires_grad=True) takes no part in the loss. backward() silently"
        " passes it by. autograd.grad() takes it for a mistake, unless you say that it may be so:"
        " allow_unused=True returns None for it, materialize_grads=True returns zeros.",
        facts=(*facts, ("spare.grad after loss.backward()", spare.grad)),
    )


def several_numbers(batch: BatchLoss) -> Lesson:
    """Gradients of a vector: ``grad_outputs`` says how to add its numbers up."""
    trace = batch.forward()
    prediction = trace.prediction
    ones, first = torch.ones_like(prediction), torch.zeros_like(prediction)
    first[0] = 1
    ask = partial(trace.grad, retain_graph=True)
    facts: list[tuple[str, Cell]] = [
        ("shape of the prediction", tuple(prediction.shape)),
        ("autograd.grad(prediction, parameters)", attempt(lambda: ask(prediction))),
    ]
    for name, weights, total, summed in (
        ("ones", ones, "prediction.sum()", prediction.sum()),
        ("first", first, "prediction[0].sum()", prediction[0].sum()),
    ):
        weighted = ask(prediction, grad_outputs=weights)
        facts += [
            (f"autograd.grad(prediction, parameters, grad_outputs={name})", join(weighted)),
            (f"... its largest difference from that of {total}", largest_difference(weighted, ask(summed))),
        ]
    return Lesson(
        "A gradient of several numbers: grad_outputs",
        "A gradient belongs to one number, and a prediction has one for each point. grad_outputs holds a"
        " weight for each of them, and you get the gradient of the weighted sum: ones for the plain sum; a"
        " single one, at the first point, for that point alone. backward(gradient=...) takes the same"
        " weights.",
        facts=facts,
    )


def teach(batch: BatchLoss) -> Iterator[Lesson]:
    """All lessons, measured one after the other."""
    first = (graph, backward, autograd_grad, second_call, retain_graph, second_derivatives)
    return (lesson(batch) for lesson in (*first, intermediate_tensor, unused_parameter, several_numbers))
