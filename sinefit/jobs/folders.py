"""A folder for a run or a sweep, claimed before anything is written."""

from __future__ import annotations

import itertools
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sinefit.errors import RecordError
from sinefit.record.folder import SWEEP_NAME

if TYPE_CHECKING:
    from omegaconf import DictConfig


def claim_folder(config: DictConfig, kind: Literal["run", "sweep"]) -> Path:
    """Make the folder of a run or a sweep; a second one of the same second gets ``-2`` behind its name.

    A folder that was typed is taken as it is, unless it holds a sweep already.

    Args:
        config: as composed, with the hydra node.
        kind: which of the two.

    Raises:
        RecordError: if it cannot be made or written, or holds a sweep.
    """
    key = f"hydra.{kind}.dir"
    wanted = name_folder(config, kind)
    is_typed = any(word.startswith(f"{key}=") for word in config.hydra.overrides.hydra)
    try:
        if is_typed:
            wanted.mkdir(parents=True, exist_ok=True)
            if kind == "sweep" and (wanted / SWEEP_NAME).exists():
                resume = shlex.quote(f"resume={wanted}")
                msg = f"{wanted} holds a sweep: type {resume} to go on with it, or another {key}=FOLDER"
                raise RecordError(msg)
            folder = wanted
        else:
            wanted.parent.mkdir(parents=True, exist_ok=True)
            others = (wanted.with_name(f"{wanted.name}-{number}") for number in itertools.count(2))
            folder = next(filter(_is_made, itertools.chain([wanted], others)))
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(b"\0")  # permissions do not tell of a full disk
    except OSError as error:
        msg = f"the {kind} folder {wanted} cannot be written: {error.strerror}; type {key}=FOLDER"
        raise RecordError(msg) from error
    return folder


def name_folder(config: DictConfig, kind: Literal["run", "sweep"]) -> Path:
    """The folder that the config names for a run or a sweep.

    Args:
        config: as composed, with the hydra node.
        kind: which of the two.

    Raises:
        RecordError: if it names none.
    """
    key = f"hydra.{kind}.dir"
    holder = HydraConfig.instance()
    before = holder.cfg
    try:
        holder.set_config(config)  # for references such as ${hydra:runtime.cwd}
        name = OmegaConf.select(config, key)
    except OmegaConfBaseException as error:
        msg = f"{key} refers to nothing: {str(error).splitlines()[0]}; type {key}=FOLDER"
        raise RecordError(msg) from error
    finally:
        holder.cfg = before
    if not name:
        msg = f"{key} must be a folder, got {name!r}; type {key}=FOLDER"
        raise RecordError(msg)
    return Path(name)


def _is_made(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True
