"""A run that was trained before, back in Python: its model with the weights, its config, its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from sinefit.composed import plain_settings
from sinefit.errors import RecordError
from sinefit.record import RunFolder, as_typed

if TYPE_CHECKING:
    import os

    from torch import Tensor, nn

    from sinefit.result import Result

_UNREADABLE = (
    OSError,
    YAMLError,
    OmegaConfBaseException,
    UnicodeDecodeError,
    KeyError,
    TypeError,
    AttributeError,
)


@dataclass(frozen=True)
class LoadedRun:
    """A run read back from its folder.

    Attributes:
        model: with the trained weights, on the CPU, in evaluation mode.
        config: the composed config that the run had.
        result: what `result.json` holds.
        history: one dict an epoch.
    """

    model: nn.Module
    config: DictConfig
    result: Result
    history: list[dict[str, float | None]]

    def __call__(self, inputs: Tensor) -> Tensor:
        """The model's outputs (N, O) for inputs (N, I), without a graph; inputs take the model's dtype."""
        import torch  # noqa: PLC0415 - loaded with the model

        with torch.no_grad():
            outputs: Tensor = self.model(inputs.to(getattr(torch, self.config.dtype)))
        return outputs


def load_run(folder: str | os.PathLike[str]) -> LoadedRun:
    """Read a run folder.

    The weights are read with ``weights_only=True``, so that a pickle with code in it is refused. The
    model is built from the config's `_target_`, by Hydra and under its rules: load the runs of people
    whose configs you would run.

    Raises:
        RecordError: if a file is missing, broken or foreign, or the weights do not fit the model.
    """
    from sinefit.building import build_model  # noqa: PLC0415 - loads torch

    files = RunFolder(folder)
    result = files.read_result()
    history = files.read_history()
    parameters = files.read_parameters()
    config = read_config(files)
    import torch  # noqa: PLC0415 - loaded with the model

    with torch.random.fork_rng(devices=[]):
        model = build_model(plain_settings(config)["model"]).to(getattr(torch, config.dtype))
    try:
        model.load_state_dict(parameters)
    except RuntimeError as error:
        msg = f"{files.model} does not fit the model of {files.config}: {error}"
        raise RecordError(msg) from error
    return LoadedRun(model.eval(), config, result, history)


def read_config(files: RunFolder) -> DictConfig:
    """The composed config that Hydra saved with a run.

    Raises:
        RecordError: if it is missing, broken, or no config of a run.
    """
    try:
        config = OmegaConf.load(files.config)
    except _UNREADABLE as error:
        msg = f"{files.config} cannot be read as a run's config: {error}"
        raise RecordError(msg) from error
    if not isinstance(config, DictConfig) or not {"model", "dtype"} <= set(config):
        msg = f"{files.config} is no config of a run of sinefit"
        raise RecordError(msg)
    from sinefit.building import DTYPES  # noqa: PLC0415 - loads Hydra

    dtype = plain_settings(config)["dtype"]
    if dtype not in DTYPES:
        msg = f"{files.config}: dtype must be one of {', '.join(DTYPES)}, got {dtype!r}"
        raise RecordError(msg)
    return config


def read_typed(files: RunFolder) -> tuple[list[str], dict[str, str]]:
    """The overrides of a single run as typed, and its choice of each config group, as Hydra saved them.

    Raises:
        RecordError: if they are missing or broken.
    """
    try:
        content: Any = OmegaConf.to_container(OmegaConf.load(files.hydra_config), resolve=False)
        typed, choices = content["hydra"]["overrides"]["task"], content["hydra"]["runtime"]["choices"]
        return as_typed(typed), dict(choices)
    except _UNREADABLE as error:
        reason = f"{type(error).__name__}: {error}"
        msg = f"{files.hydra_config} cannot be read as what was typed for a run: {reason}"
        raise RecordError(msg) from error
