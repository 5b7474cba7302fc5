"""`experiment=seed` against the loop that a textbook prints: the same bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

from sinefit.core.plain import run_plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment


def textbook(seed: int, num_points: int, epochs: int) -> tuple[list[torch.Tensor], list[float]]:
    """The textbook's loop, written out: its parameters, and the sum of each epoch's losses."""
    x = np.linspace(-2 * np.pi, 2 * np.pi, num_points)
    y = torch.tensor(np.sin(x)).float().unsqueeze(1)
    x = torch.tensor(x).float().unsqueeze(1)
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(1, 10), nn.ReLU(), nn.Linear(10, 1))
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    criterion = nn.MSELoss()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(inputs)
        losses.append(total / num_points)
    return [parameter.detach() for parameter in model.parameters()], losses


@pytest.mark.parametrize("seed", [0, 1, 7, 123456])
@pytest.mark.parametrize("num_points", [1000, 70, 33, 32, 5])
def test_seed_experiment_equals_the_textbook(
    experiment: Callable[..., Experiment], seed: int, num_points: int
) -> None:
    """Parameters and losses are equal bit for bit, also with a smaller last batch."""
    epochs = 8
    overrides = (f"seed={seed}", f"data.num_points={num_points}", f"trainer.max_epochs={epochs}")
    outcome = run_plain(experiment("+experiment=seed", *overrides))
    parameters, losses = textbook(seed, num_points, epochs)
    assert len(outcome.parameters) == len(parameters) == 4
    assert all(map(torch.equal, outcome.parameters.values(), parameters))
    assert [row.train_loss for row in outcome.history] == losses


def test_all_hundred_epochs_equal_the_textbook(experiment: Callable[..., Experiment]) -> None:
    """The experiment as it stands, with all its 3,200 steps."""
    outcome = run_plain(experiment("+experiment=seed"))
    parameters, _ = textbook(seed=0, num_points=1000, epochs=100)
    assert (outcome.steps, outcome.epochs, outcome.status) == (3200, 100, "completed")
    assert all(map(torch.equal, outcome.parameters.values(), parameters))


def test_a_run_leaves_the_global_generator_alone(experiment: Callable[..., Experiment]) -> None:
    """Who calls `run` in a program of one's own keeps one's own draws."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    run_plain(experiment("trainer.max_epochs=1", "data.num_points=40"))
    assert torch.equal(torch.rand(3), expected)
