"""The config of a past run, with its references; nothing that is read is built or run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sinefit.errors import RecordError
from sinefit.record.folder import CONFIG_NAME
from sinefit.record.hydra_files import read_config
from sinefit.settings.plain import DTYPES, plain_settings

if TYPE_CHECKING:
    import os


def restore_config(folder: str | os.PathLike[str]) -> DictConfig:
    """The composed config that Hydra saved in a run folder.

    Raises:
        RecordError: if it is missing, broken, or no config of a run.
    """
    path = Path(folder, CONFIG_NAME)
    try:
        config = OmegaConf.create(read_config(folder))
        settings = plain_settings(config)
    except OmegaConfBaseException as error:
        msg = f"{path} cannot be read as a run's config: {str(error).splitlines()[0]}"
        raise RecordError(msg) from error
    if not {"model", "dtype"} <= settings.keys():
        msg = f"{path} is no config of a run of sinefit"
        raise RecordError(msg)
    if settings["dtype"] not in DTYPES:
        msg = f"{path}: dtype must be one of {', '.join(DTYPES)}, got {settings['dtype']!r}"
        raise RecordError(msg)
    return config
