"""The config of a past run, with its references; nothing that is read is built or run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sinefit.errors import RecordError
from sinefit.record.folder import CONFIG_NAME
from sinefit.record.hydra_files import read_config
from sinefit.record.references import disarm
from sinefit.settings.plain import DTYPES, plain_settings

if TYPE_CHECKING:
    import os

_NO_SETTINGS = ("hydra", "defaults")
"""Keys that Hydra would take for its own, and that it never leaves in a run's config."""


def restore_config(folder: str | os.PathLike[str], trust: tuple[str, ...] | None = None) -> DictConfig:
    """The composed config that Hydra saved in a run folder.

    Args:
        folder: the run's.
        trust: resolvers that its references may call; None for all that there are.

    Raises:
        RecordError: if it is missing, broken, or no config of a run.
    """
    path = Path(folder, CONFIG_NAME)
    try:
        saved = {key: node for key, node in read_config(folder).items() if key not in _NO_SETTINGS}
        config = OmegaConf.create(saved if trust is None else disarm(saved, trust))
        settings = plain_settings(config)
    except (OmegaConfBaseException, ValueError, RecursionError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        msg = f"{path} cannot be read as a run's config: {reason}"
        raise RecordError(msg) from error
    if not {"model", "dtype"} <= settings.keys():
        msg = f"{path} is no config of a run of sinefit"
        raise RecordError(msg)
    if settings["dtype"] not in DTYPES:
        msg = f"{path}: dtype must be one of {', '.join(DTYPES)}, got {settings['dtype']!r}"
        raise RecordError(msg)
    return config
