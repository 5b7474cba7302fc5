"""Experiments from overrides, without the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sinefit.core.experiment import Experiment


def compose_experiment(*overrides: str) -> Experiment:
    """The experiment that `sinefit OVERRIDES` would train."""
    import hydra

    from sinefit.settings.build import build_experiment
    from sinefit.settings.compose import config_folder
    from sinefit.settings.plain import plain_settings

    with hydra.initialize_config_dir(str(config_folder()), version_base="1.3"):
        return build_experiment(plain_settings(hydra.compose("config", overrides=list(overrides))))
