"""A folder for a run or a sweep, claimed before anything is written."""

from __future__ import annotations

import itertools
import os
import shlex
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sinefit.errors import RecordError
from sinefit.record.folder import SWEEP_NAMES
from sinefit.record.lock import locked
from sinefit.settings.plain import hydra_globals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omegaconf import DictConfig


@contextmanager
def claimed_folder(config: DictConfig, kind: Literal["run", "sweep"]) -> Iterator[Path]:
    """The folder of a run or a sweep, which no other process writes into while the block runs.

    It is made, unless it is resumed; a second one of the same second gets ``-2`` behind its name. A folder
    that was typed is taken as it is, unless it holds a sweep already.

    Args:
        config: as composed, with the hydra node.
        kind: which of the two.

    Raises:
        RecordError: if it cannot be made or written, is in use, or holds a sweep.
    """
    folder = name_folder(config, kind)
    existed = os.path.exists(folder)  # noqa: PTH110 - False for names that nothing can have
    if not config.resume:
        folder = _make_folder(config, kind, folder)
    # A job that is trained by itself belongs to its sweep.
    is_job = kind == "run" and any((folder.parent / name).exists() for name in SWEEP_NAMES)
    try:
        with locked(folder.parent if is_job else folder):
            if not config.resume:
                _check_room(folder, kind)
            yield folder
    finally:
        if not existed:
            with suppress(OSError):
                folder.rmdir()  # if nothing was left in it


def shown_from_here(folder: Path) -> Path:
    """A folder as one would type it: relative below the working directory, else as it is.

    Args:
        folder: of a run or a sweep.
    """
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def discard_sweep(folder: Path) -> None:
    """Remove what a sweep leaves that ends before its first job."""
    for name in SWEEP_NAMES:
        (folder / name).unlink(missing_ok=True)


def _make_folder(config: DictConfig, kind: str, wanted: Path) -> Path:
    key = f"hydra.{kind}.dir"
    typed: Any = OmegaConf.to_container(config.hydra.overrides.hydra, resolve=False)
    try:
        if any(str(word).startswith(f"{key}=") for word in typed):
            wanted.mkdir(parents=True, exist_ok=True)
            return wanted
        wanted.parent.mkdir(parents=True, exist_ok=True)
        others = (wanted.with_name(f"{wanted.name}-{number}") for number in itertools.count(2))
        return next(filter(_is_made, itertools.chain([wanted], others)))
    except OSError as error:
        raise _refuse(kind, wanted, error) from error


def _check_room(folder: Path, kind: str) -> None:
    """Refuse a folder with a sweep in it, and one on a full disk, of which permissions do not tell."""
    if kind == "sweep" and any((folder / name).exists() for name in SWEEP_NAMES):
        resume = f"sinefit -m {shlex.quote(f'resume={folder}')}"
        msg = f"{folder} holds a sweep: type {resume} to go on with it, or another hydra.sweep.dir=FOLDER"
        raise RecordError(msg)
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(b"\0")
    except OSError as error:
        raise _refuse(kind, folder, error) from error


def _refuse(kind: str, folder: Path, error: OSError) -> RecordError:
    return RecordError(
        f"the {kind} folder {folder} cannot be written: {error.strerror}; type hydra.{kind}.dir=FOLDER"
    )


def name_folder(config: DictConfig, kind: Literal["run", "sweep"]) -> Path:
    """The folder that the config names for a run or a sweep.

    Args:
        config: as composed, with the hydra node.
        kind: which of the two.

    Raises:
        RecordError: if it names none.
    """
    key = f"hydra.{kind}.dir"
    try:
        with hydra_globals(config):  # for references such as ${hydra:runtime.cwd}
            name = OmegaConf.select(config, key)
    except OmegaConfBaseException as error:
        msg = f"{key} refers to nothing: {str(error).splitlines()[0]}; type {key}=FOLDER"
        raise RecordError(msg) from error
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
