"""What stands around a task: extras before it, its log and its folder after it, its metric at the end."""

from __future__ import annotations

import logging
import warnings
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
import rich.tree
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable

    from lightning import Trainer

    Metrics = dict[str, Any]
    Task = Callable[[DictConfig], tuple[Metrics, dict[str, Any]]]

log = logging.getLogger(__name__)


def apply_extras(cfg: DictConfig) -> None:
    """Do what the group `extras` asks for."""
    if cfg.extras.ignore_warnings:
        log.info("Disabling python warnings! <cfg.extras.ignore_warnings=True>")
        warnings.filterwarnings("ignore")
    if cfg.extras.enforce_tags and not cfg.get("tags"):
        message = "tags are missing"
        raise ValueError(message)
    if cfg.extras.print_config:
        tree = rich.tree.Tree("CONFIG")
        for field in cfg:
            text = (
                OmegaConf.to_yaml(cfg[field], resolve=True)
                if OmegaConf.is_config(cfg[field])
                else str(cfg[field])
            )
            tree.add(str(field)).add(text)
        with Path(cfg.paths.output_dir, "config_tree.log").open("w") as file:
            Console(file=file, width=120).print(tree)


def task_wrapper(task: Task) -> Task:
    """Let a task log what it raises, and where it was."""

    @wraps(task)
    def wrapped(cfg: DictConfig) -> tuple[Metrics, dict[str, Any]]:
        try:
            apply_extras(cfg)
            return task(cfg)
        except Exception:
            log.exception("")
            raise
        finally:
            log.info("Output dir: %s", cfg.paths.output_dir)

    return wrapped


def instantiate_all(configs: DictConfig | None) -> list[Any]:
    """What each config of a group of callbacks or loggers makes."""
    found = [each for each in (configs or {}).values() if isinstance(each, DictConfig) and "_target_" in each]
    for each in found:
        log.info("Instantiating <%s>", each._target_)
    return [hydra.utils.instantiate(each) for each in found]


def log_hyperparameters(cfg: DictConfig, model: Any, trainer: Trainer) -> None:
    """Send the settings and the number of parameters to all loggers."""
    hparams: dict[str, Any] = {
        key: OmegaConf.to_container(cfg[key], resolve=True) for key in ("model", "data", "trainer")
    }
    hparams["model/params/total"] = sum(p.numel() for p in model.parameters())
    hparams |= {"seed": cfg.seed, "tags": list(cfg.tags)}
    for logger in trainer.loggers:
        logger.log_hyperparams(hparams)


def get_metric_value(metrics: Metrics, name: str | None) -> float | None:
    """The metric that a sweeper optimizes."""
    if not name:
        return None
    value = float(metrics[name])
    log.info("Retrieved metric value! <%s=%s>", name, value)
    return value
