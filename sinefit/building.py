"""From a composed config to an `Experiment`: each node is instantiated, and all mistakes are told together.

Config objects stop here; the numerics see numbers, tensors and callables.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from sinefit.core.settings import Checks
from sinefit.errors import SettingsError, SinefitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from torch import nn

    from sinefit.core.experiment import Experiment

DTYPES = ("float32", "float64")
DEVICES = ("auto", "cpu", "cuda")
NOT_HASHED = frozenset({"objective", "picture", "on_error", "skip_done", "resume", "rerun"})
"""Settings that leave a run's numbers as they are."""

_OFFERS = {
    "data": ("an object with draw(seed, dtype), batch_size and shuffle", "draw"),
    "loss": ("a callable that maps prediction and target to a scalar tensor", "__call__"),
    "optimizer": ("a function of the parameters: _partial_: true is missing", "__call__"),
    "scheduler": ("a function of the optimizer: _partial_: true is missing", "__call__"),
    "trainer": ("a sinefit.core.trainer.Trainer", "max_epochs"),
}


def build_experiment(config: DictConfig) -> Experiment:
    """Instantiate a composed config.

    Args:
        config: the task's config, with the groups data, model, loss, optimizer, scheduler and trainer.

    Raises:
        SinefitError: naming every setting that cannot be used.
    """
    import torch  # noqa: PLC0415 - only runs need it

    from sinefit.core.experiment import Experiment  # noqa: PLC0415 - loads torch

    mistakes: list[str] = []
    parts: dict[str, Any] = {}
    for name, (allowed, attribute) in _OFFERS.items():
        parts[name] = _attempt(mistakes, partial(build_node, config, name))
        if parts[name] is not None and not hasattr(parts[name], attribute):
            mistakes.append(f"{name} must be {allowed}, got {parts[name]!r}")
    # Plain values: a node would keep the whole config alive.
    model = partial(build_model, OmegaConf.to_container(config.model, resolve=True))
    with torch.random.fork_rng(devices=[]):
        _attempt(mistakes, model)
    basics = _attempt(mistakes, lambda: build_basics(config))
    if mistakes:
        raise SinefitError("\n".join(mistakes))
    return Experiment(model=model, **parts, **basics)


def build_node(config: DictConfig, name: str) -> Any:  # noqa: ANN401 - whatever the node's target makes
    """Instantiate one group's node, and check what can be checked of it alone.

    Raises:
        SinefitError: if it cannot be built; the message names the setting.
    """
    try:
        part = instantiate(config[name], _convert_="all")
    except InstantiationException as error:
        raise explain_instantiation(name, error) from error
    if name == "optimizer":
        from sinefit.core.optimizers import check_optimizer  # noqa: PLC0415 - loads torch

        try:
            check_optimizer(part)
        except SettingsError as error:
            raise error.within(name) from error
    return part


def build_model(node: Any) -> nn.Module:  # noqa: ANN401 - a node, or the plain values of one
    """Instantiate the model's node; its initial weights come from torch's global generator.

    Raises:
        SinefitError: if it cannot be built, or is no module.
    """
    from torch import nn  # noqa: PLC0415 - loads torch

    try:
        model = instantiate(node, _convert_="all")
    except InstantiationException as error:
        raise explain_instantiation(name="model", error=error) from error
    if not isinstance(model, nn.Module):
        msg = f"model must be a torch.nn.Module, got {model!r}"
        raise SinefitError(msg)
    return model


def build_basics(config: DictConfig) -> dict[str, Any]:
    """The run's seed, dtype and device.

    Raises:
        SettingsError: if one of them, or another setting outside the groups, cannot be used.
    """
    import torch  # noqa: PLC0415 - only runs need it

    from sinefit.core.metrics import METRICS  # noqa: PLC0415 - loads torch

    checks = Checks()
    checks.whole("seed", config.seed, at_least=0, example=0)
    checks.choice("dtype", config.dtype, DTYPES)
    checks.choice("device", config.device, DEVICES)
    checks.whole("num_threads", config.num_threads, at_least=1, example=1)
    checks.choice("objective", config.objective, (*METRICS, "train_loss", "validation_loss"))
    checks.require(
        config.picture in ("auto", True, False), "picture", config.picture, "auto, true or false", "auto"
    )
    checks.choice("on_error", config.on_error, ("continue", "stop"))
    checks.require(isinstance(config.skip_done, bool), "skip_done", config.skip_done, "true or false", "true")
    if config.device == "cuda":
        found = "cpu or auto: torch finds no CUDA device here"
        checks.require(torch.cuda.is_available(), "device", config.device, found, "cpu")
    checks.raise_if_any()
    return {"seed": config.seed, "dtype": getattr(torch, config.dtype), "device": _device(config.device)}


def _device(name: str) -> torch.device:
    import torch  # noqa: PLC0415 - only runs need it

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _attempt(mistakes: list[str], build: Any) -> Any:  # noqa: ANN401 - builds anything
    try:
        return build()
    except SinefitError as error:
        mistakes.append(str(error))
        return None


def explain_instantiation(name: str, error: InstantiationException) -> SinefitError:
    """What went wrong within a node, by the name of the setting."""
    cause = error.__cause__
    found = re.search(r"full_key: (\S+)", str(error))
    path = found.group(1) if found else name
    if isinstance(cause, SettingsError):
        return cause.within(path)
    if isinstance(cause, SinefitError):
        return cause
    if cause is None:
        text = " ".join(str(error).split("full_key:")[0].split())
        msg = f"{path}: {text}"
        return SinefitError(msg)
    return SinefitError(f"{path} cannot be built: {type(cause).__name__}: {cause}")


def hash_config(config: DictConfig | Mapping[str, Any]) -> str:
    """SHA-256 of everything in a config that decides a run's numbers, references resolved."""
    plain = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else dict(config)
    assert isinstance(plain, dict)  # noqa: S101 - a composed config is a mapping
    relevant = {key: value for key, value in plain.items() if key not in NOT_HASHED}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True, default=str).encode()).hexdigest()
