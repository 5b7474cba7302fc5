"""A composed config as plain values: what a run is built from, and what its hash is taken of."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omegaconf import DictConfig

NOT_HASHED = frozenset({"objective", "picture", "on_error", "skip_done", "resume", "rerun"})
"""Settings that leave a run's numbers as they are."""


def plain_settings(config: DictConfig) -> dict[str, Any]:
    """A config's values with references resolved; as typed, if one leads nowhere: building names it then."""
    try:
        plain = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException:
        plain = OmegaConf.to_container(config, resolve=False)
    assert isinstance(plain, dict)  # noqa: S101 - a composed config is a mapping
    return plain  # type: ignore[return-value]


def hash_settings(settings: Mapping[str, Any]) -> str:
    """SHA-256 of everything in a run's settings that decides its numbers."""
    relevant = {key: value for key, value in settings.items() if key not in NOT_HASHED}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True, default=str).encode()).hexdigest()
