"""The lessons on gradients, against finite differences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from torch.nn.functional import mse_loss

from sinefit.errors import SinefitError
from sinefit.lessons.lessons import teach
from sinefit.lessons.trace import BatchLoss, first_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from sinefit.core.experiment import Experiment
    from sinefit.lessons.lesson import Lesson

LOSSES = [
    ["loss=mse"],
    ["loss=l1"],
    ["loss=huber"],
    ["loss=sobolev"],
    ["loss=ode"],
    ["loss=sobolev", "loss.weights=[0,1]"],
]
MODELS = [["model=mlp", "model.activation=tanh"], ["model=siren"], ["model=fourier", "model.activation=tanh"]]


def lessons_of(batch: BatchLoss) -> dict[str, Lesson]:
    """The lessons by the first word that tells them apart."""
    names = ["graph", "backward", "returned", "again", "kept", "second", "between", "unused", "several"]
    return dict(zip(names, teach(batch), strict=True))


def column(lesson: Lesson, name: str) -> dict[str, object]:
    """A column of a lesson's table, by tensor."""
    index = lesson.columns.index(name)
    return {row[0]: row[index] for row in lesson.rows}


def facts(lesson: Lesson) -> list[object]:
    """What came of each call."""
    return [result for _, result in lesson.facts]


def numerical(compute: Callable[[], Tensor], parameter: Tensor, step: float = 1e-6) -> Tensor:
    """Central differences of a scalar by each number of a parameter."""
    found = torch.zeros_like(parameter)
    flat, slopes = parameter.detach().view(-1), found.view(-1)
    for index in range(len(flat)):
        kept = flat[index].item()
        values = []
        for moved in (kept + step, kept - step):
            flat[index] = moved
            values.append(compute().item())
        flat[index] = kept
        slopes[index] = (values[0] - values[1]) / (2 * step)
    return found


def batch_of(experiment: Callable[..., Experiment], *overrides: str) -> BatchLoss:
    """The first batch of a run in float64, so that finite differences are exact enough."""
    return first_batch(experiment("dtype=float64", "model.hidden_size=3", *overrides))


@pytest.mark.parametrize("loss", LOSSES, ids=" ".join)
@pytest.mark.parametrize("model", MODELS, ids=" ".join)
def test_gradients_are_those_of_finite_differences(
    experiment: Callable[..., Experiment], model: list[str], loss: list[str]
) -> None:
    """What `backward` left and what `grad` returned are the slopes of the loss, for every model and loss."""
    batch = batch_of(experiment, *model, *loss)
    lessons = lessons_of(batch)
    left, given = column(lessons["backward"], ".grad after"), column(lessons["returned"], "returned")
    parameters = batch.forward().parameters
    assert parameters
    for name, parameter in parameters.items():
        expected = numerical(lambda: batch.forward().loss, parameter)
        torch.testing.assert_close(left[name], expected, rtol=1e-5, atol=1e-7)
        torch.testing.assert_close(given[name], expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES, ids=" ".join)
def test_what_stays_as_it_is(experiment: Callable[..., Experiment], loss: list[str]) -> None:
    """`backward` fills leaves that require gradients and nothing else; `grad` fills none."""
    lessons = lessons_of(batch_of(experiment, "model=fourier", "model.activation=tanh", *loss))
    leaf, requires = column(lessons["graph"], "is_leaf"), column(lessons["graph"], "requires_grad")
    before, after = (column(lessons["backward"], f".grad {when}") for when in ("before", "after"))
    assert all(value is None for value in before.values())
    assert {name for name, value in after.items() if value is not None} == {
        name for name in leaf if leaf[name] and requires[name]
    }
    assert all(value is None for value in column(lessons["returned"], ".grad after").values())
    assert facts(lessons["backward"]) == [None]
    assert facts(lessons["returned"]) == [0]


@pytest.mark.parametrize("loss", LOSSES, ids=" ".join)
def test_second_calls(experiment: Callable[..., Experiment], loss: list[str]) -> None:
    """On a used graph both raise; on a kept one `backward` doubles `.grad`, and `grad` returns the same."""
    lessons = lessons_of(batch_of(experiment, "model=siren", *loss))
    first, again, asked, asked_again = facts(lessons["again"])
    assert first is None
    assert isinstance(asked, torch.Tensor)
    for error in (again, asked_again):
        assert isinstance(error, RuntimeError)
        assert "second time" in str(error)
    assert "serves again" not in lessons["again"].words
    kept = lessons["kept"]
    once, twice = column(kept, "once: .grad"), column(kept, "twice: .grad")
    for name, gradient in once.items():
        assert isinstance(gradient, torch.Tensor)
        assert torch.equal(twice[name], gradient + gradient)  # type: ignore[arg-type]
        assert torch.equal(column(kept, "twice: returned")[name], gradient)  # type: ignore[arg-type]
    assert facts(kept) == [0, 0, "4 of 4", None]


def test_a_graph_that_keeps_no_numbers() -> None:
    """A sum of sums can be walked twice, and the lesson says that this one can."""
    lesson = lessons_of(
        BatchLoss(Shift(), lambda network: network(torch.ones(3, 1)).sum(), torch.ones(3, 1))
    )["again"]
    assert not any(isinstance(result, RuntimeError) for result in facts(lesson))
    assert "serves again" in lesson.words


class Shift(nn.Module):
    """x plus a level: a sum, whose gradient needs no numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.level = nn.Parameter(torch.tensor(1.0))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1) to (N, 1)."""
        return x + self.level


def squared_gradient(batch: BatchLoss) -> Tensor:
    """The sum of all squared gradients, each by `backward`."""
    trace = batch.forward()
    trace.loss.backward()
    return torch.stack([p.grad.square().sum() for p in trace.parameters.values() if p.grad is not None]).sum()


@pytest.mark.parametrize("loss", ["mse", "sobolev", "ode"])
def test_second_derivatives(experiment: Callable[..., Experiment], loss: str) -> None:
    """A gradient with a graph has the slopes that finite differences of the gradient have."""
    batch = batch_of(experiment, "model=siren", f"loss={loss}")
    lesson = lessons_of(batch)["second"]
    parameters = batch.forward().parameters
    expected = [numerical(lambda: squared_gradient(batch), p).flatten() for p in parameters.values()]
    torch.testing.assert_close(facts(lesson)[0], torch.cat(expected), rtol=1e-4, atol=1e-5)
    assert set(column(lesson, "grad_fn as usual").values()) == {None}
    assert None not in column(lesson, "grad_fn with create_graph=True").values()


def test_a_gradient_that_is_the_same_everywhere() -> None:
    """A loss that is linear in the only parameter has a gradient without a graph, and the lesson says so."""
    model = nn.Linear(1, 1, bias=False)
    x = torch.ones(3, 1)
    lesson = lessons_of(BatchLoss(model, lambda network: network(x).sum(), x))["second"]
    assert str(facts(lesson)[0]).startswith("not possible")


def test_gradient_of_an_output_on_the_way(experiment: Callable[..., Experiment]) -> None:
    """The output of the first layer has the gradient that the chain rule gives by hand."""
    batch = batch_of(experiment, "model=mlp_tanh")
    lesson = lessons_of(batch)["between"]
    trace = batch.forward()
    hidden = torch.tanh(trace.tensors["Linear 0"].detach())
    error = 2 * (trace.prediction - batch.targets).detach() / len(batch.targets)
    by_hand = error @ trace.tensors["2.weight"].detach() * (1 - hidden**2)
    nothing, kept, given, gap = facts(lesson)
    assert "Linear 0" in lesson.title
    assert nothing is None
    torch.testing.assert_close(kept, by_hand)
    torch.testing.assert_close(given, by_hand)
    assert gap == 0


def test_unused_parameter(experiment: Callable[..., Experiment]) -> None:
    """`grad` raises for it, or returns None or zeros where that is asked for; `backward` leaves it alone."""
    error, none, zeros, left = facts(lessons_of(batch_of(experiment))["unused"])
    assert isinstance(error, RuntimeError)
    assert "not have been used" in str(error)
    assert none is None
    assert torch.equal(zeros, torch.zeros(3, dtype=torch.float64))  # type: ignore[arg-type]
    assert left is None


@pytest.mark.parametrize("loss", ["mse", "ode"])
def test_several_numbers(experiment: Callable[..., Experiment], loss: str) -> None:
    """Weights of one give the slopes of the predictions' sum; a single one those of that prediction."""
    batch = batch_of(experiment, "model=siren", f"loss={loss}")
    shape, error, summed, gap, first, first_gap = facts(lessons_of(batch)["several"])
    assert shape == (32, 1)
    assert isinstance(error, RuntimeError)
    assert "scalar outputs" in str(error)

    def sum_of(points: int) -> Tensor:
        return batch.forward().prediction[:points].sum()

    for points, found in ((32, summed), (1, first)):
        parameters = batch.forward().parameters.values()
        slopes = [numerical(partial(sum_of, points), parameter).flatten() for parameter in parameters]
        torch.testing.assert_close(found, torch.cat(slopes), rtol=1e-6, atol=1e-6)
    assert (gap, first_gap) == (0, 0)


class Named(nn.Module):
    """Hostile names, dropout, a frozen and an unused parameter, a shared layer."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({"[red]x[/red] ü": nn.Linear(1, 1)})
        self.drop = nn.Dropout(0.5)
        self.frozen = nn.Parameter(torch.ones(1), requires_grad=False)
        self.spare = nn.Parameter(torch.ones(2))

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1) to (N, 1)."""
        shared = self.parts["[red]x[/red] ü"]
        return self.drop(shared(torch.tanh(shared(x)))) * self.frozen


def test_any_module() -> None:
    """Modules that are used twice, draw at random, or hold what is not trained are shown as they are."""
    model, x = Named(), torch.linspace(-1, 1, 8).unsqueeze(1)
    lessons = lessons_of(BatchLoss(model, lambda network: mse_loss(network(x), x), x))
    requires = column(lessons["graph"], "requires_grad")
    outputs = "Linear parts.[red]x[/red] ü"
    assert {outputs, f"{outputs} (2)", "frozen", "spare", "prediction"} <= requires.keys()
    assert not requires["frozen"]
    assert column(lessons["backward"], ".grad after")["spare"] is None
    assert column(lessons["returned"], "returned")["spare"] is None
    assert column(lessons["returned"], "returned")["frozen"] == "not asked for"
    assert facts(lessons["returned"]) == [0]
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


def test_global_draws_stay_as_they_are() -> None:
    """Lessons draw for dropout, and put the generator back."""
    model, x = Named(), torch.ones(4, 1)
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    list(teach(BatchLoss(model, lambda network: mse_loss(network(x), x), x)))
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.parametrize(
    "objective",
    [lambda network: network(torch.ones(1, 1)).detach().sum(), lambda _: torch.ones((), requires_grad=True)],
    ids=["detached", "elsewhere"],
)
def test_no_gradients_to_show(objective: Callable[[Callable[[Tensor], Tensor]], Tensor]) -> None:
    """A loss that has nothing to do with the model's parameters is refused."""
    with pytest.raises(SinefitError, match="no trained parameter"):
        next(teach(BatchLoss(nn.Linear(1, 1), objective, torch.ones(1, 1))))


def test_order_of_appearance(experiment: Callable[..., Experiment]) -> None:
    """The table follows the data: inputs, each layer's parameters and output, targets, loss."""
    tensors: Mapping[str, Tensor] = batch_of(experiment, "model=mlp").forward().tensors
    assert [*tensors] == [
        "inputs",
        "0.weight",
        "0.bias",
        "Linear 0",
        "ReLU 1",
        "2.weight",
        "2.bias",
        "prediction",
        "targets",
        "loss",
    ]
