"""A composed config as plain values: what a run is built from, and what its hash is taken of."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sinefit.record.neutral import HALVING, NOT_HASHED, REPEATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DTYPES = ("float32", "float64")


@contextmanager
def hydra_globals(config: DictConfig) -> Iterator[None]:
    """Let references such as ``${hydra:job.num}`` find this config's hydra node, while the block runs."""
    holder = HydraConfig.instance()
    before = holder.cfg
    try:
        holder.set_config(config)
        yield
    finally:
        holder.cfg = before


def plain_settings(config: DictConfig) -> dict[str, Any]:
    """A config's values, without Hydra's own, references resolved; one that leads nowhere stays as typed."""
    if "hydra" in config:
        config = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    try:
        plain = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException:
        plain = _resolve_what_can_be(config)
    assert isinstance(plain, dict)  # noqa: S101 - a composed config is a mapping
    return plain  # type: ignore[return-value]


def _resolve_what_can_be(node: DictConfig | ListConfig) -> Any:  # noqa: ANN401 - what a config holds
    typed: Any = OmegaConf.to_container(node, resolve=False)
    for key in typed if isinstance(typed, dict) else range(len(typed)):
        try:
            value = node[key]
        except OmegaConfBaseException:
            continue
        is_node = isinstance(value, DictConfig | ListConfig)
        typed[key] = _resolve_what_can_be(value) if is_node else value
    return typed


def hash_settings(settings: Mapping[str, Any]) -> str:
    """SHA-256 of everything in a run's settings that decides its numbers."""
    relevant = {key: value for key, value in settings.items() if key not in NOT_HASHED}
    trainer = relevant.get("trainer")
    if isinstance(trainer, dict) and HALVING in trainer:
        relevant["trainer"] = {key: value for key, value in trainer.items() if key != HALVING}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True, default=str).encode()).hexdigest()


def hash_setting(settings: Mapping[str, Any]) -> str:
    """The hash that repeats of the same settings share: without seeds, folds and splits."""
    shared = dict(settings)
    for key in REPEATS:
        group, _, name = key.rpartition(".")
        if not group:
            shared.pop(name, None)
        elif isinstance(shared.get(group), dict):
            shared[group] = {each: value for each, value in shared[group].items() if each != name}
    return hash_settings(shared)
