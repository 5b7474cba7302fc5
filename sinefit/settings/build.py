"""From a run's settings to an `Experiment`: each node is instantiated, and all mistakes are told together.

Config objects stop here; the numerics see numbers, tensors and callables. Jobs of a sweep with equal nodes
share what is made of them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate

from sinefit.core.checks import Checks
from sinefit.errors import SettingsError, SinefitError
from sinefit.settings.nodes import check_given, check_keywords, explain_instantiation, find_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from torch import nn

    from sinefit.core.experiment import Experiment

DTYPES = ("float32", "float64")
DEVICES = ("auto", "cpu", "cuda")
_BASICS = ("seed", "dtype", "device", "num_threads", "objective", "picture", "on_error", "skip_done")
OURS = ("sinefit.", "torch.")
"""Targets whose instances never change, so that runs with equal nodes can share them."""
MOST_SHARED = 4096
"""Nodes whose instances are held."""

_shared: dict[tuple[str, str], Any] = {}
_OFFERS = {
    "data": ("an object with draw(seed), batch_size and shuffle", "draw"),
    "loss": (
        "a callable of prediction and target, or an object with of_model(network, inputs, targets)",
        "of_model",
        "__call__",
    ),
    "optimizer": ("a function of the parameters: _partial_: true is missing", "__call__"),
    "scheduler": ("a function of the optimizer: _partial_: true is missing", "__call__"),
    "trainer": ("a sinefit.core.trainer.Trainer", "max_epochs"),
    "probe": ("an object with every, names, look(samples, predict) and summarize(log)", "look"),
}
_OPTIONAL = {"probe"}


def build_experiment(settings: Mapping[str, Any]) -> Experiment:
    """Instantiate a run's settings.

    Args:
        settings: `plain_settings`, with the groups data, model, loss, optimizer, scheduler and trainer.

    Raises:
        SinefitError: naming every setting that cannot be used.
    """
    from sinefit.core.experiment import Experiment  # noqa: PLC0415 - loads torch

    missing = [name for name in (*_OFFERS, "model", *_BASICS) if name not in {*settings, *_OPTIONAL}]
    if missing:
        msg = f"the config has no {', '.join(missing)}: remove ~{missing[0]} from what was typed"
        raise SinefitError(msg)
    mistakes: list[str] = []
    nodes = {name: settings[name] for name in _OFFERS if settings.get(name) is not None}
    parts = {name: _attempt(mistakes, partial(share, name, node, build_node)) for name, node in nodes.items()}
    model = _attempt(mistakes, partial(share, "model", settings["model"], build_factory))
    basics = _attempt(mistakes, partial(build_basics, settings))
    if mistakes:
        raise SinefitError("\n".join(mistakes))
    return Experiment(model=model, **parts, **basics)


def share(name: str, node: Any, build: Callable[[str, Any], Any]) -> Any:  # noqa: ANN401 - anything is built
    """What `build` makes of a group's node; the same as for an equal node, if it can be shared.

    Raises:
        SinefitError: if it cannot be built.
    """
    if not all(target.startswith(OURS) for target in find_targets(node)):
        return build(name, node)
    key = name, repr(node)
    if key not in _shared:
        if len(_shared) >= MOST_SHARED:
            _shared.clear()
        _shared[key] = build(name, node)
    return _shared[key]


def build_node(name: str, node: Any) -> Any:  # noqa: ANN401 - whatever the node's target makes
    """Instantiate one group's node, and check what can be checked of it alone.

    Raises:
        SinefitError: if it cannot be built, or is not what the group is for; the message names the setting.
    """
    part = instantiate_node(name, node)
    check_keywords(name, part)
    try:
        check_part(name, part)
    except SettingsError as error:
        raise error.within(name) from error
    allowed, *attributes = _OFFERS[name]
    if not any(hasattr(part, attribute) for attribute in attributes):
        msg = f"{name} must be {allowed}, got {part!r}"
        raise SinefitError(msg)
    return part


def check_part(name: str, part: Any) -> None:  # noqa: ANN401 - whatever a node's target makes
    """The checks of what torch takes as it is, and cannot use.

    Raises:
        SettingsError: naming the settings within the group.
    """
    from sinefit.core.losses import check_loss  # noqa: PLC0415 - loads torch
    from sinefit.core.optimizers import check_optimizer  # noqa: PLC0415
    from sinefit.core.schedulers import check_scheduler  # noqa: PLC0415

    checks: dict[str, Callable[[Any], None]] = {
        "loss": check_loss,
        "optimizer": check_optimizer,
        "scheduler": check_scheduler,
    }
    if name in checks:
        checks[name](part)


def instantiate_node(name: str, node: Any) -> Any:  # noqa: ANN401 - whatever the node's target makes
    """What Hydra makes of a group's node.

    Raises:
        SinefitError: if it cannot be built; the message names the setting.
    """
    check_given(name, node)
    try:
        return instantiate(node, _convert_="all")
    except InstantiationException as error:
        raise explain_instantiation(name, node, error) from error


def build_factory(name: str, node: Any) -> Callable[[], nn.Module]:  # noqa: ANN401 - any value of a config
    """What builds the model; it is tried once.

    A node without nodes within is resolved by Hydra once, not at each call.

    Raises:
        SinefitError: if the model cannot be built, or is no module.
    """
    import torch  # noqa: PLC0415 - only runs need it

    with torch.random.fork_rng(devices=[]):
        build_model(node)
    if [*find_targets(node)] == [node.get("_target_")] and "_partial_" not in node:
        factory: Callable[[], nn.Module] = instantiate_node(name, {**node, "_partial_": True})
        return factory
    return partial(build_model, node)


def build_model(node: Any) -> nn.Module:  # noqa: ANN401 - a node of a config
    """Instantiate the model's node; its initial weights come from torch's global generator.

    Raises:
        SinefitError: if it cannot be built, or is no module.
    """
    from torch import nn  # noqa: PLC0415 - loads torch

    model = instantiate_node("model", node)
    if not isinstance(model, nn.Module):
        msg = f"model must be a torch.nn.Module, got {model!r}"
        raise SinefitError(msg)
    return model


def build_basics(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The run's seed, dtype and device.

    Raises:
        SettingsError: if one of them, or another setting outside the groups, cannot be used.
    """
    import torch  # noqa: PLC0415 - only runs need it

    from sinefit.core.metrics import METRICS  # noqa: PLC0415

    checks = Checks()
    checks.seed("seed", settings["seed"])
    checks.choice("dtype", settings["dtype"], DTYPES)
    checks.choice("device", settings["device"], DEVICES)
    checks.whole("num_threads", settings["num_threads"], at_least=1, example=1)
    checks.choice("objective", settings["objective"], METRICS)
    checks.require(
        settings["picture"] in ("auto", True, False),
        "picture",
        settings["picture"],
        "auto, true or false",
        "auto",
    )
    checks.choice("on_error", settings["on_error"], ("continue", "stop"))
    checks.truth("skip_done", settings["skip_done"])
    if settings["device"] == "cuda":
        found = "cpu or auto: torch finds no CUDA device here"
        checks.require(torch.cuda.is_available(), "device", settings["device"], found, "cpu")
    checks.raise_if_any()
    return {
        "seed": settings["seed"],
        "dtype": getattr(torch, settings["dtype"]),
        "device": _device(settings["device"]),
    }


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
