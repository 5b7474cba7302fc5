"""A run that was trained before, back in Python: its model with the weights, its config, its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sinefit.errors import RecordError
from sinefit.record.folder import RunFolder
from sinefit.settings.plain import plain_settings
from sinefit.settings.saved import restore_config

if TYPE_CHECKING:
    import os

    from omegaconf import DictConfig
    from torch import Tensor, nn

    from sinefit.record.result import Result


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
    from sinefit.settings.build import build_model  # noqa: PLC0415 - loads torch

    files = RunFolder(folder)
    result = files.read_result()
    history = files.read_history()
    parameters = files.read_parameters()
    config = restore_config(folder)
    import torch  # noqa: PLC0415 - loaded with the model

    with torch.random.fork_rng(devices=[]):
        model = build_model(plain_settings(config)["model"]).to(getattr(torch, config.dtype))
    try:
        model.load_state_dict(parameters)
    except RuntimeError as error:
        msg = f"{files.model} does not fit the model of {files.config}: {error}"
        raise RecordError(msg) from error
    return LoadedRun(model.eval(), config, result, history)
