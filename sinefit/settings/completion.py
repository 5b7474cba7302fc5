"""What Tab completes beyond Hydra: choices in folders and of ``--config-dir``, and folders themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAKE_FOLDERS = ("resume", "rerun", "hydra.run.dir", "hydra.sweep.dir", "--config-dir", "-cd")


def complete(line: str, conf: Path) -> list[str] | None:
    """The words that the last word of a line can become; None where Hydra knows better.

    Args:
        line: what was typed so far, the command itself included.
        conf: the folder of the config groups.
    """
    *before, last = line.split(" ")
    if before and before[-1] in _TAKE_FOLDERS:
        return _match_folders(last)
    name, equals, value = last.partition("=")
    if name in _TAKE_FOLDERS and equals:
        return [f"{name}={folder}" for folder in _match_folders(value)]
    own = find_config_dir(line)
    group = name.lstrip("+")
    groups = [folder for root in (conf, own) if root is not None and (folder := root / group).is_dir()]
    if not (groups and group and equals) or group.startswith("hydra"):
        return None
    earlier, comma, part = value.rpartition(",")
    choices = sorted({choice for folder in groups for choice in _choices(folder)})
    return [f"{name}={earlier}{comma}{choice}" for choice in choices if choice.startswith(part)]


def find_config_dir(line: str) -> Path | None:
    """The folder that a line names by ``--config-dir``; None if it names none that exists."""
    found = re.search(r" (?:--config-dir|-cd)[ =](\S+)", line)
    folder = Path(found[1]).expanduser() if found else None
    return folder if folder is not None and folder.is_dir() else None


def _choices(group: Path) -> Iterable[str]:
    """The choices of a group, also those in folders of it; not parts of others, which begin with _."""
    for file in group.rglob("[!_]*.yaml"):
        yield file.relative_to(group).with_suffix("").as_posix()


def _match_folders(typed: str) -> list[str]:
    """The folders whose paths begin so, with a slash behind."""
    parent, slash, start = typed.rpartition("/")
    try:
        names = sorted(
            path.name for path in Path(parent + slash or ".").expanduser().iterdir() if path.is_dir()
        )
    except OSError:
        return []
    return [
        f"{parent}{slash}{name}/"
        for name in names
        if name.startswith(start) and (start or not name.startswith("."))
    ]
