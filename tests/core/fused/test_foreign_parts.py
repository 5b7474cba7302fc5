"""Parts that nobody here wrote, and what they may hide: they are fused rightly, or run by themselves."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import torch
from composing import run_by
from test_equality import assert_equal
from torch import nn, optim
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from sinefit.core.fused import plan_stacks, run_many
from sinefit.core.plain import run_plain
from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from sinefit.core.experiment import Experiment

    Make = Callable[..., Experiment]

SMALL = ("data.num_points=50", "data.batch_size=16", "trainer.max_epochs=5", "dtype=float64")


class Doubling(optim.Adam):
    """An Adam of one's own, with a step of its own."""

    def step(self, closure: Any = None) -> Any:
        """Step on the gradient's square."""
        for parameter in self.param_groups[0]["params"]:
            parameter.grad.square_()
        return super().step(closure)


def hooked(parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
    """SGD that does something before each step."""
    optimizer = optim.SGD(parameters, lr=0.01)
    optimizer.register_step_pre_hook(lambda _optimizer, _args, _kwargs: None)
    return optimizer


def weights_only(parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
    """SGD that leaves the biases as they are."""
    return optim.SGD([p for p in parameters if p.dim() > 1], lr=0.01)


class Counting(nn.Module):
    """A module that remembers how often it was trained."""

    calls: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output."""
        self.calls += 1
        return self.layer(x)


def with_hook_on_parameter() -> nn.Module:
    """A perceptron whose first bias is never trained."""
    model = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    model[0].bias.register_hook(torch.zeros_like)
    return model


def with_backward_hook() -> nn.Module:
    """A perceptron with a hook on its way back."""
    model = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
    model[1].register_full_backward_hook(lambda _module, gradients, _: (2 * gradients[0],))
    return model


def broken_off(optimizer: optim.Optimizer) -> LRScheduler:
    """A schedule that ends with the second epoch."""
    return LambdaLR(optimizer, [1.0, 0.5, 0.25].__getitem__)


UNSTACKABLE = {
    "optimizer Doubling is none of SGD": {"optimizer": partial(Doubling, lr=0.01)},
    "optimizer SGD has hooks": {"optimizer": hooked},
    "optimizer SGD does not train every parameter": {"optimizer": weights_only},
    "model Counting changes more than its parameters while it trains": {"model": Counting},
    "model Sequential has hooks on its gradients": {"model": with_backward_hook},
}


@pytest.mark.parametrize(("reason", "parts"), UNSTACKABLE.items(), ids=UNSTACKABLE)
def test_what_does_more_than_it_seems_is_trained_by_itself(
    experiment: Make, reason: str, parts: dict[str, Any]
) -> None:
    """The reason is told, the outcome is the plain loop's, and a named engine refuses it."""
    single = replace(experiment(*SMALL), **parts)
    assert reason in plan_stacks([single]).unstackable[0]
    assert_equal(run_many([single])[0], run_plain(single), 0)
    with pytest.raises(SinefitError, match=reason):
        run_by("eager", [single])


def test_hooks_on_parameters_are_found(experiment: Make) -> None:
    """A gradient that a hook changes."""
    single = replace(experiment(*SMALL), model=with_hook_on_parameter)
    assert "model Sequential has hooks on its gradients" in plan_stacks([single]).unstackable[0]


def test_a_schedule_that_breaks_off_fails_when_the_run_gets_there(experiment: Make) -> None:
    """As in the plain loop: a run that ended before is none the worse."""
    short, long = (
        replace(experiment(*SMALL, *more), scheduler=broken_off)
        for more in (("trainer.target_loss=100",), ())
    )
    assert "scheduler LambdaLR raises IndexError" in plan_stacks([short]).unstackable[0]
    assert run_many([short])[0].status == "converged"
    with pytest.raises(IndexError):
        run_many([long])


def test_a_function_of_ones_own_that_makes_an_optimizer_is_fused(experiment: Make) -> None:
    """It trains every parameter with one rule: nothing speaks against it."""
    base = experiment(*SMALL, "scheduler=cosine")
    own = replace(base, optimizer=lambda parameters: optim.AdamW(parameters, lr=0.01, weight_decay=0.1))
    assert_equal(run_by("native", [own])[0], run_plain(own), 1e-12)


class Scaled(nn.Module):
    """A module with a number, a tensor and a buffer of its own, in places that `repr` does not show."""

    def __init__(self, number: float = 1.0, tensor: float = 1.0, buffer: float = 1.0) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self._number = number
        self.tensor = torch.full((2000,), 1.0, dtype=torch.float64)
        self.tensor[1000] = tensor
        self.register_buffer("buffer", torch.tensor(buffer, dtype=torch.float64), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """The scaled output."""
        return self.layer(x) * self._number * self.tensor[1000] * self.buffer


class Weighted(nn.Module):
    """A loss with the same."""

    def __init__(self, number: float = 1.0, tensor: float = 1.0, buffer: float = 1.0) -> None:
        super().__init__()
        self._number = number
        self.tensor = torch.tensor(tensor, dtype=torch.float64)
        self.register_buffer("buffer", torch.tensor(buffer, dtype=torch.float64))

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """A weighted mean of squares."""
        return ((prediction - target) ** 2 * self._number * self.tensor * self.buffer).mean()


VALUES = [{}, {"number": 1.5}, {"tensor": 1.0 + 1e-6}, {"buffer": 1.25}]


def test_values_that_no_text_shows_are_kept_apart(experiment: Make) -> None:
    """Models and losses that differ in a private number, in one element of a tensor, in a buffer."""
    base = experiment(*SMALL, "optimizer=sgd")
    runs = [replace(base, model=partial(Scaled, **values)) for values in VALUES]
    runs += [replace(base, loss=Weighted(**values)) for values in VALUES]
    for fused, single in zip(run_by("eager", runs), runs, strict=True):
        assert fused.engine == "eager"
        assert_equal(fused, run_plain(single), 1e-12)


def test_partials_with_tensors_are_kept_apart(experiment: Make) -> None:
    """Losses that are a function with some arguments given."""
    base = experiment(*SMALL)

    def weighted(prediction: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        return ((prediction - target) ** 2 * weight[1000]).mean()

    weights = [torch.ones(2000, 1, dtype=torch.float64) for _ in range(2)]
    weights[1][1000] = 1.0 + 1e-6
    runs = [replace(base, loss=partial(weighted, weight=weight)) for weight in weights]
    for fused, single in zip(run_by("eager", runs), runs, strict=True):
        assert_equal(fused, run_plain(single), 1e-12)


class Louder(nn.Module):
    """A module that answers otherwise while it is trained, without a draw."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Doubled in training."""
        return self.layer(x) * (2 if self.training else 1)


def test_validation_is_no_training(experiment: Make) -> None:
    """The held-out points are evaluated as in the plain loop, also beside a probe."""
    base = experiment(*SMALL, "data.validation_share=0.3", "probe=spectrum", "probe.every=2")
    single = replace(base, model=Louder)
    (fused,) = run_by("eager", [single])
    assert fused.engine == "eager"
    assert_equal(fused, run_plain(single), 1e-12)
