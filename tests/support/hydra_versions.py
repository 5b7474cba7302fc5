"""What the tests do otherwise under Hydra 1.3 and under 1.4."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import hydra.utils
from hydra.version import setbase
from omegaconf import OmegaConf

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

IS_1_4 = not hydra.__version__.startswith("1.3")

VERSION_BASE = {} if IS_1_4 else {"version_base": "1.3"}
"""What functions of Hydra are given; 1.4 warns of it."""

register_resolver = OmegaConf.register_resolver if IS_1_4 else OmegaConf.register_new_resolver


def trusting(package: str) -> AbstractContextManager[Any]:
    """A context in which Hydra 1.4 may call what configs name in a package, as Hydra 1.3 does anyway."""
    return hydra.utils.execution_whitelist([f"{package}.*"]) if IS_1_4 else nullcontext()


def set_version_base(version: str | None) -> None:
    """Let Hydra 1.3 behave as an older version does; later versions do not."""
    if not IS_1_4:
        setbase(version)
