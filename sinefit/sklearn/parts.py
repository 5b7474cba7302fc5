"""From an estimator's parameters to the parts of an `Experiment`; equal parameters give the same objects.

The defaults are those of conf/, which a test compares. Sharing matters: runs whose parts are the same objects
are prepared together.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.optim import lr_scheduler

from sinefit.core.experiment import AUTO
from sinefit.core.models import MLP

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

_ADAM = {"betas": (0.9, 0.999), "eps": 1e-8}
OPTIMIZERS: dict[str, tuple[type[Optimizer], dict[str, Any]]] = {
    "adagrad": (torch.optim.Adagrad, {"lr": 0.1, "lr_decay": 0.0, "eps": 1e-10}),
    "adam": (torch.optim.Adam, {"lr": 0.01, **_ADAM}),
    "adamw": (torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.01, **_ADAM}),
    "momentum": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.9, "nesterov": True}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "momentum": 0.0}),
    "sgd": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.0}),
}
"""Classes and their settings, by the names of conf/optimizer."""
SCHEDULERS = ("constant", "cosine", "exponential", "one_cycle", "plateau", "step")
LOSSES: dict[str, Callable[[], nn.Module]] = {
    "huber": nn.HuberLoss,
    "l1": nn.L1Loss,
    "mse": nn.MSELoss,
}


@cache
def make_model(hidden_size: int, num_hidden_layers: int, activation: str) -> Callable[..., nn.Module]:
    """What builds the network, told the numbers of inputs and outputs."""
    settings: dict[str, Any] = {
        "input_size": AUTO,
        "hidden_size": hidden_size,
        "output_size": AUTO,
        "num_hidden_layers": num_hidden_layers,
        "activation": activation,
    }
    return partial(MLP, **settings)


@cache
def make_loss(name: str) -> nn.Module:
    """The loss of that name."""
    return LOSSES[name]()


@cache
def make_optimizer(name: str, lr: float | None, weight_decay: float | None) -> partial[Optimizer]:
    """What makes the optimizer of a network's parameters.

    Args:
        name: one of `OPTIMIZERS`.
        lr: the learning rate; the optimizer's own if None.
        weight_decay: likewise; 0 for all but ``adamw``.
    """
    kind, settings = OPTIMIZERS[name]
    given = {"weight_decay": 0.0, **settings}
    given |= {
        key: value for key, value in {"lr": lr, "weight_decay": weight_decay}.items() if value is not None
    }
    return partial(kind, **given)


@cache
def make_scheduler(name: str, max_epochs: int, lr: float) -> Callable[[Optimizer], LRScheduler]:
    """What makes the learning rate's schedule of an optimizer.

    Args:
        name: one of `SCHEDULERS`.
        max_epochs: at which ``cosine`` and ``one_cycle`` end.
        lr: the highest rate of ``one_cycle``.
    """
    schedules: dict[str, Callable[[Optimizer], LRScheduler]] = {
        "constant": partial(lr_scheduler.ConstantLR, factor=1.0, total_iters=0),
        "cosine": partial(lr_scheduler.CosineAnnealingLR, T_max=max_epochs, eta_min=0.0),
        "exponential": partial(lr_scheduler.ExponentialLR, gamma=0.98),
        "one_cycle": partial(
            lr_scheduler.OneCycleLR, max_lr=lr, total_steps=max_epochs, pct_start=0.3, cycle_momentum=False
        ),
        "plateau": partial(lr_scheduler.ReduceLROnPlateau, factor=0.1, patience=10),
        "step": partial(lr_scheduler.StepLR, step_size=30, gamma=0.5),
    }
    return schedules[name]
