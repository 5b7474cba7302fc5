"""Trains and tests a model that a tree of configs describes; knows nothing of launchers."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["PROJECT_ROOT"] = str(Path(__file__).parent)

import hydra
import lightning
from wrapping import get_metric_value, instantiate_all, log_hyperparameters, task_wrapper

if TYPE_CHECKING:
    from omegaconf import DictConfig

log = logging.getLogger(__name__)


@task_wrapper
def train(cfg: DictConfig) -> tuple[dict[str, Any], dict[str, Any]]:
    """Train, then test with the best weights; the metrics of both, and all objects."""
    if cfg.get("seed"):
        lightning.seed_everything(cfg.seed, workers=True)
    log.info("Instantiating datamodule <%s>", cfg.data._target_)
    datamodule = hydra.utils.instantiate(cfg.data)
    log.info("Instantiating model <%s>", cfg.model._target_)
    model = hydra.utils.instantiate(cfg.model)
    callbacks = instantiate_all(cfg.get("callbacks"))
    logger = instantiate_all(cfg.get("logger"))
    trainer = hydra.utils.instantiate(cfg.trainer, callbacks=callbacks, logger=logger)
    if logger:
        log_hyperparameters(cfg, model, trainer)
    if cfg.get("train"):
        trainer.fit(model=model, datamodule=datamodule, ckpt_path=cfg.get("ckpt_path"))
    train_metrics = dict(trainer.callback_metrics)
    if cfg.get("test"):
        best = getattr(trainer.checkpoint_callback, "best_model_path", "") or None
        trainer.test(model=model, datamodule=datamodule, ckpt_path=best, weights_only=False)
        log.info("Best ckpt path: %s", best)
    return {**train_metrics, **trainer.callback_metrics}, {"model": model, "trainer": trainer}


@hydra.main(version_base="1.3", config_path="configs", config_name="train.yaml")
def main(cfg: DictConfig) -> float | None:
    """The metric to optimize."""
    metrics, _ = train(cfg)
    return get_metric_value(metrics, cfg.get("optimized_metric"))


if __name__ == "__main__":
    main()
