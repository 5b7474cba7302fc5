"""`+experiment=seed` against the loop that a textbook prints, data by numpy: the same bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

from sinefit.core.experiment import draw_samples
from sinefit.core.plain import run_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sinefit.core.experiment import Experiment


class Textbook(NamedTuple):
    """What the textbook's program ends with."""

    x: Tensor
    y: Tensor
    initial: dict[str, Tensor]
    batches: list[Tensor]
    parameters: dict[str, Tensor]
    losses: list[float]


def textbook(seed: int, epochs: int = 100, num_points: int = 1000) -> Textbook:
    """The textbook's program, written out; nothing of it is sinefit's."""
    x = np.linspace(-2 * np.pi, 2 * np.pi, num_points)
    y = np.sin(x)
    x = torch.tensor(x).float().unsqueeze(1)
    y = torch.tensor(y).float().unsqueeze(1)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(1, 10), nn.ReLU(), nn.Linear(10, 1))
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    criterion = nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    batches, losses = [], []
    for _ in range(epochs):
        total = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            batches.append(inputs)
            total += loss.item() * len(inputs)
        losses.append(total / len(x))
    return Textbook(x, y, initial, batches, model.state_dict(), losses)


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether two `state_dict` have the same names and bits."""
    return list(one) == list(other) and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("seed", [0, 1, 2, 42, 2**31 + 7])
def test_a_hundred_epochs_equal_the_textbook(experiment: Callable[..., Experiment], seed: int) -> None:
    """Points, losses of all epochs and parameters are the textbook's, bit for bit."""
    ours, expected = experiment("+experiment=seed", f"seed={seed}"), textbook(seed)
    points = draw_samples(ours).training
    assert torch.equal(points.inputs, expected.x)
    assert torch.equal(points.targets, expected.y)
    outcome = run_plain(ours)
    assert (outcome.steps, outcome.epochs, outcome.status) == (3200, 100, "completed")
    assert [row.train_loss for row in outcome.history] == expected.losses
    assert same(outcome.parameters, expected.parameters)


@pytest.mark.parametrize("seed", [0, 9])
def test_initial_weights_and_orders_are_the_textbooks(
    experiment: Callable[..., Experiment], seed: int
) -> None:
    """What the first step starts from, and each batch that the network sees in three epochs."""
    seen: list[Tensor] = []
    states: list[dict[str, Tensor]] = []

    def listen(model: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if model.training and isinstance(model, nn.Sequential):
            seen.append(inputs[0])
            states.append({name: value.clone() for name, value in model.state_dict().items()})

    ours = experiment("+experiment=seed", f"seed={seed}", "trainer.max_epochs=3")
    with nn.modules.module.register_module_forward_pre_hook(listen):
        run_plain(ours)
    expected = textbook(seed, epochs=3)
    assert same(states[0], expected.initial)
    assert len(seen) == len(expected.batches) == 96
    assert all(map(torch.equal, seen, expected.batches))


@pytest.mark.parametrize("seed", [0, 1, 7, 123456])
@pytest.mark.parametrize("num_points", [1000, 70, 33, 32, 5])
def test_smaller_last_batches_equal_the_textbook(
    experiment: Callable[..., Experiment], seed: int, num_points: int
) -> None:
    """Parameters and losses are equal bit for bit, also with a smaller last batch."""
    epochs = 8
    overrides = (f"seed={seed}", f"data.num_points={num_points}", f"trainer.max_epochs={epochs}")
    outcome = run_plain(experiment("+experiment=seed", *overrides))
    expected = textbook(seed, epochs, num_points)
    assert len(outcome.parameters) == 4
    assert same(outcome.parameters, expected.parameters)
    assert [row.train_loss for row in outcome.history] == expected.losses


def test_a_run_leaves_the_global_generator_alone(experiment: Callable[..., Experiment]) -> None:
    """Who calls `run` in a program of one's own keeps one's own draws."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    run_plain(experiment("trainer.max_epochs=1", "data.num_points=40"))
    assert torch.equal(torch.rand(3), expected)
