"""``sinefit init``: a config folder of one's own, which is used from then on wherever it lies.

A folder `conf` of somebody else's is not used unasked: its files name code. This account's own are known by
the list of `sinefit.record.known`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from sinefit.errors import SinefitError, plural
from sinefit.record.known import is_known, remember
from sinefit.settings.packaged import packaged_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "conf"
MAIN = "config.yaml"


def find_own_folder() -> Path | None:
    """The folder `conf` here that ``sinefit init`` made or took over; None if there is none.

    Raises:
        SinefitError: if its main config lacks settings that this sinefit needs.
    """
    try:
        folder = Path.cwd() / NAME
        is_own = is_own_folder(folder)
    except OSError:  # the current folder is gone, which is told elsewhere
        return None
    if not is_own or folder.resolve() == packaged_folder().resolve():
        return None
    _check(folder)
    return folder


def is_own_folder(folder: Path) -> bool:
    """Whether a config folder is there that this account made or took over by ``sinefit init``."""
    return (folder / MAIN).is_file() and is_known(_item(folder))


def note_unused_folder() -> Iterator[str]:
    """A line if there is a config folder of sinefit here that this account has not taken over."""
    folder = Path.cwd() / NAME
    if not (folder / MAIN).is_file() or folder.resolve() == packaged_folder().resolve():
        return
    if _is_ours(folder) and not is_known(_item(folder)):
        yield f"{NAME}/ is not used, since it may be anybody's; type sinefit init to use it from now on"


def init(words: list[str], tell: Callable[[str], None]) -> None:
    """Copy the config folder that comes with sinefit, all of it or nothing; one that is there is taken over.

    Args:
        words: what was typed behind ``init``: a folder, or nothing for the current one.
        tell: is told what was done, a line at a time.

    Raises:
        SinefitError: if something else was typed, or `conf` there is none of sinefit, or cannot be written.
    """
    if len(words) > 1 or any(word.startswith("-") or "=" in word for word in words):
        msg = f"init takes one folder, got {' '.join(words)}; type sinefit init or sinefit init FOLDER"
        raise SinefitError(msg)
    parent = Path(words[0] if words else ".").absolute()
    folder = parent / NAME
    if os.path.lexists(folder):
        _require_ours(folder)
        _check(folder)
        remember([_item(folder)])
        tell(f"{folder} was there already: sinefit uses it from now on, typed in {parent}")
        return
    try:
        count = _copy(folder)
    except OSError as error:
        msg = f"{folder} cannot be written: {error.strerror or error}; type sinefit init FOLDER for another"
        raise SinefitError(msg) from error
    remember([_item(folder)])
    tell(f"{plural(count, 'file')} copied to {folder}: sinefit uses them from now on, typed in {parent}")
    tell("an experiment of your own is a file in conf/experiment, a choice one in the folder of its group")


def _copy(folder: Path) -> int:
    """Copy all files beside the folder's place, then give them its name; how many there are."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sinefit-", dir=folder.parent) as temporary:
        copied = Path(temporary) / NAME
        shutil.copytree(packaged_folder(), copied)
        count = sum(path.is_file() for path in copied.rglob("*"))
        copied.rename(folder)
    return count


def _require_ours(folder: Path) -> None:
    """Refuse a folder whose main config does not begin as sinefit's does."""
    if not _is_ours(folder):
        msg = (
            f"{folder} exists and is no config folder of sinefit: its {MAIN} would begin with '# sinefit'; "
            "nothing is overwritten, type sinefit init FOLDER for another place"
        )
        raise SinefitError(msg)


def _is_ours(folder: Path) -> bool:
    """Whether a main config begins as sinefit's does."""
    try:
        return (folder / MAIN).read_text(encoding="utf-8").lstrip().startswith("# sinefit")
    except (OSError, UnicodeDecodeError):
        return False


def _check(folder: Path) -> None:
    """Refuse a main config that lacks what the packaged one has, as after an update of sinefit."""
    own, ours = (_keys(path / MAIN) for path in (folder, packaged_folder()))
    missing = [key for key in ours if key not in own]
    if missing:
        lines = [
            line
            for line in (packaged_folder() / MAIN).read_text(encoding="utf-8").splitlines()
            if line.partition(":")[0] in missing
        ]
        msg = f"{folder / MAIN} is of another sinefit; add what it lacks:\n" + "\n".join(lines)
        raise SinefitError(msg)


def _keys(main: Path) -> list[str]:
    try:
        loaded = yaml.safe_load(main.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        msg = f"{main} cannot be read: {reason}"
        raise SinefitError(msg) from error
    return list(map(str, loaded)) if isinstance(loaded, dict) else []


def _item(folder: Path) -> str:
    return f"conf {folder.resolve()}"
