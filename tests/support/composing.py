"""Overrides to configs and experiments, as Hydra composes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import hydra
from hydra_versions import VERSION_BASE

from sinefit.core.fused import run_many
from sinefit.run import config_folder
from sinefit.settings.build import build_experiment
from sinefit.settings.plain import plain_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from omegaconf import DictConfig

    from sinefit.core.experiment import Engine, Experiment
    from sinefit.core.outcome import Outcome


FOREIGN = "model.activation={_target_:torch.nn.Softplus}"
"""A model that the C program does not know."""


def compose_config(*overrides: str) -> DictConfig:
    """The task's config for these overrides."""
    with hydra.initialize_config_dir(str(config_folder()), **VERSION_BASE):
        return hydra.compose("config", overrides=list(overrides))


def make_experiment(*overrides: str) -> Experiment:
    """The experiment for these overrides."""
    return build_experiment(plain_settings(compose_config(*overrides)))


def run_by(engine: Engine, experiments: Iterable[Experiment], workers: int | None = None) -> list[Outcome]:
    """What becomes of experiments that are trained together by this engine."""
    return run_many([replace(each, engine=engine) for each in experiments], workers=workers)
