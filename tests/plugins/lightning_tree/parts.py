"""What the tree's configs name: data, a network, callbacks of Lightning and one of Hydra."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning
import torch
from hydra.experimental.callback import Callback as HydraCallback
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

if TYPE_CHECKING:
    from collections.abc import Callable

    from omegaconf import DictConfig


class Waves(lightning.LightningDataModule):
    """Noisy points of sin x, drawn from the generator that was seeded for the run."""

    def __init__(self, num_points: int, batch_size: int, noise: float) -> None:  # noqa: ARG002 - saved as a hyperparameter
        super().__init__()
        self.save_hyperparameters(logger=False)
        x = torch.linspace(-3, 3, num_points).unsqueeze(1)
        self._points = TensorDataset(x, x.sin() + noise * torch.randn_like(x))

    def train_dataloader(self) -> DataLoader[Any]:
        """Shuffled batches."""
        return DataLoader(self._points, self.hparams["batch_size"], shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        """All points, in their order."""
        return DataLoader(self._points, self.hparams["batch_size"])

    def test_dataloader(self) -> DataLoader[Any]:
        """As for validation."""
        return self.val_dataloader()


def make_network(hidden_size: int) -> nn.Module:
    """A small perceptron."""
    return nn.Sequential(nn.Linear(1, hidden_size), nn.Tanh(), nn.Linear(hidden_size, 1))


class Fit(lightning.LightningModule):
    """Fits a network by mean squared error."""

    def __init__(
        self,
        net: nn.Module,
        optimizer: Callable[..., torch.optim.Optimizer],
    ) -> None:
        super().__init__()
        self.save_hyperparameters(logger=False, ignore=["net", "optimizer"])  # Hydra 1.4's cannot be pickled
        self.net = net
        self.make_optimizer = optimizer

    def _loss(self, batch: list[Tensor], stage: str) -> Tensor:
        x, y = batch
        loss = nn.functional.mse_loss(self.net(x), y)
        self.log(f"{stage}/loss", loss, on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch: list[Tensor]) -> Tensor:
        """The loss of a batch."""
        return self._loss(batch, "train")

    def validation_step(self, batch: list[Tensor]) -> None:
        """Logged alone."""
        self._loss(batch, "val")

    def test_step(self, batch: list[Tensor]) -> None:
        """Logged alone."""
        self._loss(batch, "test")

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """What the config has chosen, for this network."""
        return self.make_optimizer(params=self.parameters())


class Environment(lightning.Callback):
    """Writes the variables of the environment that `hydra.job.env_set` sets, as a run sees them."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Called by Lightning."""
        del trainer, pl_module
        seen = {name: os.environ.get(name) for name in ("RUN_NAME", "DEBUGGED", "PROJECT_ROOT")}
        self._path.write_text(json.dumps(seen))


class Returned(HydraCallback):
    """Writes what a job has returned, as a sweeper gets it."""

    def on_job_end(self, config: DictConfig, job_return: Any, **kwargs: Any) -> None:
        """Called by Hydra."""
        del kwargs
        path = Path(config.hydra.runtime.output_dir, "returned.json")
        path.write_text(json.dumps([job_return.status.name, job_return.return_value]))
