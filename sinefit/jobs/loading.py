"""A run that was trained before, back in Python: its model with the weights, its config, its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sinefit.errors import RecordError, SinefitError
from sinefit.record.folder import RunFolder
from sinefit.record.nested import flatten
from sinefit.record.references import DISARMED
from sinefit.settings.plain import plain_settings
from sinefit.settings.saved import restore_config
from sinefit.settings.trust import check_targets, read_trust

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import ArrayLike
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

    def __call__(self, inputs: ArrayLike | Tensor) -> Tensor:
        """The model's outputs (N, O), without a graph.

        Args:
            inputs: (N, I) as a tensor, an array or a list, in any dtype; N numbers are N points of one input.
        """
        import torch  # noqa: PLC0415 - loaded with the model

        points = torch.as_tensor(inputs, dtype=getattr(torch, self.config.dtype))
        with torch.no_grad():
            outputs: Tensor = self.model(points if points.ndim > 1 else points.reshape(-1, 1))
        return outputs


def load_run(folder: str | os.PathLike[str], trust: str | Sequence[str] = ()) -> LoadedRun:
    """Read a run folder, which may be anybody's: it is data, and no code that it names is run unasked.

    The weights are read with ``weights_only=True``, so that a pickle with code in it is refused. A model
    of `torch.nn.Module`s of sinefit and torch is built; a model with other classes or functions in it is
    refused, unless their packages are named.

    Args:
        folder: the run's.
        trust: packages whose code may be run, such as ``"my_models"``; also resolvers, such as ``"oc.env"``,
            that the model's settings may call.

    Raises:
        RecordError: if a file is missing, broken or foreign, the weights do not fit the model, or the
            model is not to be trusted.
    """
    from sinefit.settings.build import build_model  # noqa: PLC0415 - loads torch

    trusted = read_trust(trust)
    files = RunFolder(folder)
    result = files.read_result()
    history = files.read_history()
    parameters = files.read_parameters()
    config = restore_config(folder, trusted)
    node = plain_settings(config)["model"]
    _check_resolvers(node, folder)
    check_targets({"model": node}, folder, trusted)
    import torch  # noqa: PLC0415 - loaded with the model

    with torch.random.fork_rng(devices=[]):
        most = sum(value.untyped_storage().nbytes() for value in parameters.values())
        if _count_numbers(node) > most:  # which the memory may not hold
            msg = f"{files.model} does not fit the model of {files.config}, which has more numbers"
            raise RecordError(msg)
        model = build_model(node).to(getattr(torch, config.dtype))
    try:
        model.load_state_dict(parameters)
    except RuntimeError as error:
        msg = f"{files.model} does not fit the model of {files.config}: {error}"
        raise RecordError(msg) from error
    return LoadedRun(model.eval(), config, result, history)


def _count_numbers(node: Any) -> int:  # noqa: ANN401 - a node of a config
    """How many numbers a model's weights have; 0 if it cannot be built without memory for them."""
    import torch  # noqa: PLC0415 - loaded with the model

    from sinefit.settings.build import build_model  # noqa: PLC0415 - loads torch

    try:
        with torch.device("meta"):
            state = build_model(node).state_dict()
    except SinefitError:
        return 0
    return sum(value.numel() for value in state.values() if not torch.nn.parameter.is_lazy(value))


def _check_resolvers(node: Any, folder: str | os.PathLike[str]) -> None:  # noqa: ANN401 - a node of a config
    """Refuse a model whose settings call resolvers that nobody has said to be trusted.

    Raises:
        RecordError: naming each of them.
    """
    calls = {
        path: value for path, value in flatten(node, "model", lists=True).items() if DISARMED in str(value)
    }
    if calls:
        listed = ", ".join(f"{path} ({value})" for path, value in calls.items())
        msg = f"{folder} wants functions to be called for {listed}; if you trust them, name them in trust"
        raise RecordError(msg)
